import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { newPlayer } from "../support/bots.ts";
import { eventually, freePort, pause } from "../support/server.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Place {
  readonly address: string;
  readonly pid: number;
}
interface Line {
  readonly msg: string;
  readonly servers: readonly Place[];
  readonly database: Place;
  readonly redis: Place;
}

/** `npm run cluster` in a process group of its own, as a shell gives it one. */
class Command {
  readonly child: ChildProcess;
  /** What it printed. */
  readonly lines: string[] = [];
  stderr = "";
  /** Its exit code; settles when nobody is left who writes where it writes: none of its children outlives that. */
  readonly closed: Promise<number | null>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    const { PATH, HOME, TMPDIR } = process.env;
    this.child = spawn(process.execPath, ["src/cli/cluster.ts", ...args], {
      ...{ cwd: ROOT, detached: true, stdio: ["ignore", "pipe", "pipe"] },
      env: { PATH, HOME, TMPDIR, HOST: "127.0.0.1", ...env },
    });
    createInterface({ input: this.child.stdout! }).on("line", (line) => void this.lines.push(line));
    this.child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
    });
    this.closed = once(this.child, "close").then(([code]) => code as number | null);
  }

  /** What it said when everything ran. */
  async ready(): Promise<Line> {
    await Promise.race([this.closed, eventually("the cluster is ready", () => this.lines.length > 0, 60_000)]);
    assert.equal(this.lines.length, 1, this.stderr);
    return JSON.parse(this.lines[0]!) as Line;
  }

  /** What a terminal does at Ctrl-C: a signal to the whole group. */
  interrupt(): void {
    process.kill(-this.child.pid!, "SIGINT");
  }
}

function isAlive({ pid }: Place): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function answers({ address }: Place): Promise<boolean> {
  return fetch(`${address}/ready`).then(
    (response) => response.ok,
    () => false,
  );
}

function hasListener(port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect(port, "127.0.0.1", () => settle(true));
    socket.once("error", () => settle(false)).once("connect", () => socket.destroy());
  });
}

describe("npm run cluster", function () {
  this.timeout(120_000);
  let dir: string;
  let command: Command;

  before(function () {
    if (spawnSync("redis-server", ["--version"]).status === 0) return;
    console.log("      skipped: there is no redis-server on the PATH");
    this.skip();
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hypogeum-cluster-"));
  });
  afterEach(async () => {
    command?.child.kill("SIGKILL");
    await command?.closed;
    rmSync(dir, { recursive: true, force: true });
  });

  /** Two servers; answers the port from which theirs are looked for. */
  async function start(env: NodeJS.ProcessEnv = {}): Promise<number> {
    const port = await freePort();
    command = new Command(["--processes", "2", "--port", String(port)], { DATA_DIR: join(dir, "data"), ...env });
    return port;
  }

  it("says where everything is, and at Ctrl-C ends servers first, then the database, then Redis", async () => {
    await start();
    const { msg, servers, database, redis } = await command.ready();
    assert.deepEqual([msg, servers.length], ["cluster ready", 2]);
    assert.deepEqual(await Promise.all(servers.map(answers)), [true, true]);
    assert.ok([...servers, database, redis].every(isAlive));
    let isOver = false;
    command.interrupt();
    const watching = watchOrder(servers, database, redis, () => isOver);
    assert.equal(await command.closed, 0, command.stderr);
    isOver = true;
    assert.deepEqual(await watching, []);
    assert.ok(![...servers, database, redis].some(isAlive));
    assert.equal(command.lines.length, 1);
    assert.doesNotMatch(command.stderr, /connection lost|"level":"(error|fatal)"|not end in time/);
  });

  it("gives no server an address that one process alone can have", async () => {
    await start({ INTERNAL_ADDRESS: "192.0.2.1:1", PUBLIC_ADDRESS: "play.example" });
    const [one, other] = (await command.ready()).servers as [Place, Place];
    const [host, guest] = await Promise.all([one, other].map(({ address }) => newPlayer(address)));
    const table = await host!.client.joinOrCreate("dice", { private: true });
    const tunnelled = await guest!.client.joinById(table.roomId); // by the other, which reaches the first
    await Promise.all([table, tunnelled].map((room) => room.leave()));
    command.interrupt();
    assert.equal(await command.closed, 0, command.stderr);
  });

  it("leaves nobody behind when it is killed, and can be started on the same data at once", async () => {
    await start();
    const { servers, database, redis } = await command.ready();
    command.child.kill("SIGKILL");
    await command.closed;
    await eventually("everybody has ended", () => ![...servers, database, redis].some(isAlive));
    await start();
    assert.equal((await command.ready()).servers.length, 2);
    command.interrupt();
    assert.equal(await command.closed, 0, command.stderr);
  });

  it("leaves nobody behind when it is interrupted while it starts", async () => {
    const port = await start();
    // Redis has the port after those of the servers, which wait for it.
    await eventually("Redis runs", () => hasListener(port + 2));
    command.child.kill("SIGTERM");
    assert.equal(await command.closed, 0, command.stderr);
    assert.deepEqual(command.lines, []);
  });

  it("goes on with the other server when one is killed, and ends when none is left", async () => {
    await start();
    const [one, other] = (await command.ready()).servers as [Place, Place];
    process.kill(one.pid, "SIGKILL");
    await eventually("it says so", () => command.stderr.includes(`(${one.pid}) ended with SIGKILL`));
    assert.ok(await answers(other));
    process.kill(other.pid, "SIGKILL");
    assert.equal(await command.closed, 1);
    assert.match(command.stderr, /no server is left\n$/);
  });

  it("ends everything when the database or Redis is gone", async () => {
    for (const name of ["database", "redis"] as const) {
      await start({ DRAIN_SECONDS: "1" });
      process.kill((await command.ready())[name].pid, "SIGKILL");
      assert.equal(await command.closed, 1);
      assert.match(command.stderr, /hypogeum: (the database|redis-server) ended with SIGKILL\n/);
    }
  });

  it("says in one line what it lacks: Redis, a free data directory, a setting, an argument", async () => {
    const [lacking, busy] = [join(dir, "empty"), join(dir, "data")];
    const cases: [args: string[], env: NodeJS.ProcessEnv, code: number, said: RegExp][] = [
      [[], { PATH: lacking }, 1, /^hypogeum: redis-server is not on the PATH: [^\n]+\n$/],
      [["--processes", "0"], {}, 2, /--processes must be a number from 1 to 16/],
      [["--nonsense"], {}, 2, /usage: npm run cluster/],
      [[], { PORT: "0" }, 2, /PORT must be/],
      [[], { PORT: "x" }, 78, /^hypogeum: PORT must[^\n]+\n$/],
    ];
    for (const [args, env, code, said] of cases) {
      command = new Command(args, { DATA_DIR: busy, ...env });
      assert.deepEqual([await command.closed, said.test(command.stderr)], [code, true], command.stderr);
    }
    await start();
    await command.ready();
    const second = new Command(["--port", String(await freePort())], { DATA_DIR: busy });
    assert.equal(await second.closed, 70);
    assert.match(second.stderr, /in use by another process/);
  });
});

/** Who was seen alive after somebody who is to end later had ended: the later one is looked at first. */
async function watchOrder(
  servers: readonly Place[],
  database: Place,
  redis: Place,
  isOver: () => boolean,
): Promise<string[]> {
  const wrong = new Set<string>();
  while (!isOver()) {
    const redisEnded = !isAlive(redis);
    const databaseEnded = !isAlive(database);
    if (redisEnded && isAlive(database)) wrong.add("Redis ended before the database");
    if (databaseEnded && servers.some(isAlive)) wrong.add("the database ended before the servers");
    await pause(1);
  }
  return [...wrong];
}
