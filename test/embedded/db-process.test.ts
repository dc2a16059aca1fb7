import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { join } from "node:path";
import mongoose from "mongoose";
import { DatabaseProcess } from "../support/database-process.ts";
import { connect, eventually, removeDirectories, temporaryDirectory } from "./support/database.ts";

const KILLS = 4;
const ACKNOWLEDGED_BETWEEN = 150;

/** A client in a process of its own, and all it was told is durable. */
class Client {
  readonly kept = new Set<string>();
  readonly counters: number[] = [];
  readonly child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #partial = "";

  constructor(uri: string, name: string) {
    const program = join(import.meta.dirname, "support/db-client.ts");
    this.child = spawn(process.execPath, [program, uri, name], { stdio: ["ignore", "pipe", "inherit"] });
    this.#closed = once(this.child, "close");
    this.child.stdout!.setEncoding("utf8").on("data", (chunk: string) => this.#note(chunk));
  }

  get acknowledged(): number {
    return this.kept.size;
  }

  #note(chunk: string): void {
    const lines = (this.#partial + chunk).split("\n");
    this.#partial = lines.pop()!;
    for (const line of lines) {
      const [kind, value] = line.split(" ") as [string, string];
      if (kind === "kept") this.kept.add(value);
      else this.counters.push(Number(value));
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.#closed;
  }
}

/** Both go on from where they are. */
function bothWrite(clients: readonly Client[], much = ACKNOWLEDGED_BETWEEN): Promise<void> {
  const before = clients.map(({ acknowledged }) => acknowledged);
  return eventually(() => clients.every(({ acknowledged }, i) => acknowledged > before[i]! + much), 30_000);
}

describe("the database as a process of its own", function () {
  this.timeout(120_000);
  const databases: DatabaseProcess[] = [];
  const clients: Client[] = [];
  const crowd: Socket[] = [];

  async function started(...args: string[]): Promise<DatabaseProcess> {
    const database = await DatabaseProcess.started(args);
    databases.push(database);
    return database;
  }
  /** How a database ends that cannot start. */
  async function refused(...args: string[]): Promise<{ code: number | null; said: string }> {
    const database = new DatabaseProcess(args);
    databases.push(database);
    await assert.rejects(database.start(), /ended with/);
    return { code: await database.ended, said: database.stderr };
  }
  afterEach(async () => {
    for (const socket of crowd.splice(0)) socket.destroy();
    for (const client of clients.splice(0)) await client.end("SIGKILL");
    for (const database of databases.splice(0)) await database.stop("SIGKILL");
  });
  after(removeDirectories);

  it("serves two processes and loses nothing it acknowledged, however often it is killed", async () => {
    const dir = temporaryDirectory();
    const database = await started("--data", dir, "--port", "0");
    const restart = new DatabaseProcess(["--data", dir, "--port", String(database.port)]);
    databases.push(restart);
    clients.push(new Client(database.uri, "a"), new Client(database.uri, "b"));
    for (let kill = 0; kill < KILLS; kill++) {
      await bothWrite(clients);
      assert.equal(await databases[kill === 0 ? 0 : 1]!.stop("SIGKILL"), null);
      await restart.start();
    }
    await bothWrite(clients);
    for (const client of clients) await client.end("SIGTERM");
    await assertKept(restart.uri, clients);
  });

  it("goes on when a client is killed in the middle of its work", async () => {
    const database = await started("--data", ":memory:", "--port", "0");
    clients.push(new Client(database.uri, "a"), new Client(database.uri, "b"));
    await bothWrite(clients);
    await clients[0]!.end("SIGKILL");
    await bothWrite(clients.slice(1));
  });

  it("ends cleanly by SIGTERM, with what it has, while clients are connected", async () => {
    const dir = temporaryDirectory();
    const first = await started("--data", dir, "--port", "0");
    const connection = await connect(`${first.uri}app`);
    await connection.collection("c").insertOne({ _id: 1 as never });
    assert.deepEqual([await first.stop("SIGTERM"), first.stderr], [0, ""]);
    await connection.close();
    const second = await started("--data", dir, "--port", "0");
    const again = await connect(`${second.uri}app`);
    assert.equal(await again.collection("c").countDocuments(), 1);
    await again.close();
  });

  it("has its data directory alone: a second one ends with 70, and the first goes on", async () => {
    const dir = temporaryDirectory();
    const first = await started("--data", dir, "--port", "0");
    const { code, said } = await refused("--data", dir, "--port", "0");
    assert.equal(code, 70);
    assert.match(said, /^hypogeum: the data directory \S+ is in use by another process\n$/);
    const connection = await connect(`${first.uri}app`);
    await connection.collection("c").insertOne({});
    await connection.close();
  });

  it("says which address is taken, and lets go of the data directory", async () => {
    const first = await started("--data", ":memory:", "--port", "0");
    const dir = temporaryDirectory();
    const { code, said } = await refused("--data", dir, "--port", String(first.port));
    assert.deepEqual([code, said.includes(`EADDRINUSE: address already in use 127.0.0.1:${first.port}`)], [1, true]);
    await started("--data", dir, "--port", "0");
  });

  it("answers on the loopback alone unless it is told otherwise, and then says what that means", async () => {
    const usual = await started("--data", ":memory:", "--port", "0");
    assert.match(usual.uri, /^mongodb:\/\/127\.0\.0\.1:\d+\/$/);
    assert.equal(usual.stderr, "");
    const outside = await refused("--data", ":memory:", "--port", "0.0.0.0:27017");
    assert.deepEqual([outside.code, /--bind/.test(outside.said)], [2, true]);
    const open = await started("--data", ":memory:", "--port", "0", "--bind", "0.0.0.0");
    assert.match(open.stderr, /listens on 0\.0\.0\.0 without authentication/);
    const connection = await connect(`${open.uri}app`);
    await connection.close();
  });

  it("refuses what it does not understand, with its usage", async () => {
    const lines = [["--port", "x"], ["--port", "65536"], ["--bind", "example.org"], ["--nonsense"], ["extra"]];
    for (const args of [...lines, ["--socket", "/tmp/s", "--port", "1"]]) {
      const { code, said } = await refused(...args);
      assert.deepEqual([code, said.includes("usage: hypogeum db")], [2, true], args.join(" "));
    }
  });

  it("answers on a socket file for its own user, takes over a dead one's, and leaves a living one's alone", async () => {
    const socket = join(temporaryDirectory(), "db.sock");
    const first = await started("--data", ":memory:", "--socket", socket);
    assert.equal(statSync(socket).mode & 0o777, 0o600);
    const living = await refused("--data", ":memory:", "--socket", socket);
    assert.deepEqual([living.code, /another process listens on/.test(living.said)], [1, true]);
    await first.stop("SIGKILL");
    assert.ok(existsSync(socket));
    const second = await started("--data", ":memory:", "--socket", socket);
    const connection = await connect(`${second.uri}app`);
    await connection.collection("c").insertOne({});
    await connection.close();
    await second.stop();
    assert.ok(!existsSync(socket));
    writeFileSync(socket, "precious");
    const other = await refused("--data", ":memory:", "--socket", socket);
    assert.deepEqual([other.code, /not a socket/.test(other.said), existsSync(socket)], [1, true, true]);
  });

  it("hangs up on browsers and other strangers to its protocol", async () => {
    const database = await started("--data", ":memory:", "--port", "0");
    await assert.rejects(fetch(`http://127.0.0.1:${database.port}/`));
    const connection = await connect(`${database.uri}app`);
    assert.equal((await connection.db!.admin().ping()).ok, 1);
    await connection.close();
  });

  it("answers what a shell asks when it starts, or says that it has no such command", async () => {
    const database = await started("--data", ":memory:", "--port", "0");
    const client = await new mongoose.mongo.MongoClient(database.uri, { appName: "shell" }).connect();
    const admin = client.db("admin");
    for (const command of ["hello", "buildInfo", "ping", "connectionStatus", "serverStatus", "listDatabases"]) {
      assert.equal((await admin.command({ [command]: 1 })).ok, 1, command);
    }
    for (const command of ["getCmdLineOpts", "getLog", "atlasVersion", "getFreeMonitoringStatus"]) {
      await assert.rejects(admin.command({ [command]: 1 }), { code: 59 }, command);
    }
    assert.equal((await admin.command({ ping: 1 })).ok, 1);
    await client.close();
  });

  it("serves at most 2,000 connections, and those it serves notice nothing of the rest", async () => {
    const database = await started("--data", ":memory:", "--port", "0");
    const connection = await connect(`${database.uri}app`);
    let hungUp = 0;
    // Fewer at a time than the 511 that wait to be accepted: the system drops what comes on top, and tries again seconds later.
    for (let dialled = 0; dialled < 2050; dialled += 205) {
      const group = Array.from({ length: 205 }, () => connectSocket(database.port, "127.0.0.1"));
      for (const socket of group) socket.on("error", () => undefined).on("close", () => hungUp++);
      crowd.push(...group);
      await eventually(() => group.every(({ connecting }) => !connecting), 20_000);
    }
    await eventually(() => hungUp >= 50, 20_000);
    assert.equal((await connection.db!.admin().command({ serverStatus: 1 })).ok, 1);
    await connection.close();
  });
});

async function assertKept(uri: string, clients: readonly Client[]): Promise<void> {
  const connection = await connect(`${uri}app`);
  const found = await connection
    .collection("kept")
    .find({}, { projection: { _id: 1 } })
    .toArray();
  const stored = new Set(found.map(({ _id }) => String(_id)));
  for (const { kept } of clients) {
    assert.ok(kept.size > KILLS * ACKNOWLEDGED_BETWEEN, "too little load to mean anything");
    assert.deepEqual(
      [...kept].filter((id) => !stored.has(id)),
      [],
      "acknowledged and lost",
    );
  }
  const told = clients.flatMap(({ counters }) => counters);
  assert.equal(new Set(told).size, told.length, "two were told the same count");
  const counter = await connection.collection<{ _id: string; n: number }>("counters").findOne({ _id: "c" });
  assert.ok(told.length > 0 && counter!.n >= Math.max(...told), "an acknowledged count is lost");
  await connection.close();
}
