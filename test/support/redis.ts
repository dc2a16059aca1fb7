import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { RedisLink } from "../../src/infra/redis.ts";
import { silentLog } from "./journal.ts";
import { freePort, pause } from "./server.ts";

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0;
const START_MS = 10_000;
const DUMP = "dump.rdb";
const live = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of live) child.kill("SIGKILL");
});

/** A suite that needs redis-server, and says in one line that it was skipped where there is none. */
export function describeWithRedis(title: string, suite: (this: Mocha.Suite) => void): void {
  if (isInstalled) {
    describe(title, suite);
    return;
  }
  process.stdout.write(`  skipped: ${title} (redis-server is not on the PATH)\n`);
}

/** A real redis-server on a port of its own that can be killed, stopped and started again, empty. */
export class RedisServer {
  readonly port: number;
  readonly #dir = mkdtempSync(join(tmpdir(), "hypogeum-redis-"));
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();

  private constructor(port: number) {
    this.port = port;
  }

  static async started(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.start();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Starts it and waits until it answers. @param data what `save` wrote, or none */
  async start(data: "saved" | "none" = "none"): Promise<void> {
    if (data === "none") rmSync(join(this.#dir, DUMP), { force: true });
    const args = [
      "--port",
      String(this.port),
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      this.#dir,
      "--dbfilename",
      DUMP,
    ];
    const child = spawn("redis-server", args, { stdio: "ignore" });
    this.#child = child;
    live.add(child);
    this.#exited = new Promise((resolve) => {
      child.once("exit", () => {
        live.delete(child);
        resolve();
      });
    });
    const deadline = performance.now() + START_MS;
    while (!(await this.#answers())) {
      if (performance.now() > deadline) throw new Error("redis-server does not answer");
      await pause(20);
    }
  }

  /** Keeps what it holds now over a death. */
  async save(): Promise<void> {
    await this.ask((redis) => redis.save());
  }

  async kill(): Promise<void> {
    this.#child?.kill("SIGKILL");
    await this.#exited;
  }

  /** Every connection stays open, and nothing answers. */
  hang(): void {
    this.#child?.kill("SIGSTOP");
  }

  wake(): void {
    this.#child?.kill("SIGCONT");
  }

  /** Asks it something on a connection of its own. */
  async ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.url, { retryStrategy: null, connectTimeout: 1000 });
    redis.on("error", () => undefined);
    try {
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  /** Connections that programs have to it, but for the one that asks. */
  async connections(): Promise<number> {
    const list = await this.ask(async (redis) => String(await redis.client("LIST")));
    return list.trim().split("\n").length - 1;
  }

  async dispose(): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.ask((redis) => redis.ping())) === "PONG";
    } catch {
      return false;
    }
  }
}

export function openLink(server: RedisServer): Promise<RedisLink> {
  return RedisLink.open({ url: server.url, name: "hypogeum-test", log: silentLog });
}
