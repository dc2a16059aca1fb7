import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose, { type Connection } from "mongoose";
import { watchProbes } from "../../src/infra/mongo.ts";
import { Balancer } from "./balancer.ts";
import { DatabaseProcess } from "./database-process.ts";
import { RedisServer } from "./redis.ts";
import { eventually, isReady, ServerProcess } from "./server.ts";
import { TcpProxy } from "./tcp-proxy.ts";

const JWT_SECRET = "a secret that every process of the fault run knows";
/** By default the driver looks every ten seconds whether a database is back, and waits half a minute for an answer. */
const PROBING = { heartbeatFrequencyMS: 500, connectTimeoutMS: 2000 };
/** How long a process may take to be up again when what it needs is back. */
const RESTART_MS = 60_000;
const WHOLE_MS = 30_000;

/** A server process and the line on which it reaches the database. */
export interface Member {
  readonly server: ServerProcess;
  readonly proxy: TcpProxy;
}

interface OwnedSession {
  readonly _id: string;
  readonly status: string;
  readonly owner: string | null;
}

/**
 * Server processes over a database and a Redis that are processes too, each behind a proxy of its own, in front of them
 * a balancer: everything of it can break.
 */
export class FaultCluster {
  readonly members: readonly Member[];
  readonly database: DatabaseProcess;
  readonly redis: RedisServer;
  readonly balancer: Balancer;
  readonly #dir: string;
  /** Around all that breaks. */
  readonly #connection: Connection;

  private constructor(parts: Pick<FaultCluster, "members" | "database" | "redis" | "balancer">, dir: string) {
    this.members = parts.members;
    this.database = parts.database;
    this.redis = parts.redis;
    this.balancer = parts.balancer;
    this.#dir = dir;
    this.#connection = mongoose.createConnection(`${this.database.uri}hypogeum`, PROBING);
    // The driver of the oracle can forget to probe as well as those of the servers.
    watchProbes(this.#connection, () => undefined);
  }

  static async start(count: number): Promise<FaultCluster> {
    const dir = mkdtempSync(join(tmpdir(), "hypogeum-chaos-"));
    const database = await DatabaseProcess.started(["--socket", join(dir, "db.sock"), "--data", join(dir, "data")]);
    const redis = await RedisServer.started();
    const members: Member[] = [];
    for (let index = 0; index < count; index++) {
      const proxy = await TcpProxy.start(database.uri);
      const env = { MONGODB_URI: proxy.uri, REDIS_URL: redis.url, JWT_SECRET, ACCESS_TOKEN_TTL: "86400" };
      members.push({ proxy, server: await ServerProcess.create({ env }) });
    }
    await Promise.all(members.map(({ server }) => server.start()));
    const balancer = await Balancer.start(members.map(({ server }) => server.port));
    return new FaultCluster({ members, database, redis, balancer }, dir);
  }

  /** The address in front of all. */
  get url(): string {
    return this.balancer.url;
  }
  /** Where the database has its files. */
  get data(): string {
    return join(this.#dir, "data");
  }
  get servers(): ServerProcess[] {
    return this.members.map(({ server }) => server);
  }

  /** The sessions that some process holds, by their owners' names. */
  async owned(): Promise<Map<string, string>> {
    const sessions = this.#connection.collection<OwnedSession>("sessions");
    const found = await sessions.find({ owner: { $ne: null } }).toArray();
    return new Map(found.map(({ _id, owner }) => [_id, owner!]));
  }

  /** Which of these sessions have ended. */
  async endedOf(ids: readonly string[]): Promise<Set<string>> {
    const sessions = this.#connection.collection<OwnedSession>("sessions");
    const found = await sessions.find({ _id: { $in: [...ids] }, status: "ended" }).toArray();
    return new Set(found.map(({ _id }) => _id));
  }

  /** The sessions that this server holds. */
  async heldBy(server: ServerProcess): Promise<Set<string>> {
    const processes = this.#connection.collection<{ _id: string; epoch: number }>("processes");
    const internal = `127.0.0.1:${server.port}`;
    const rows = await processes.find({ "addresses.internal": internal, state: "alive" }).toArray();
    const names = new Set(rows.map(({ _id, epoch }) => `${_id}/${epoch}`));
    return new Set([...(await this.owned())].filter(([, owner]) => names.has(owner)).map(([id]) => id));
  }

  /** Starts a process again, as a supervisor does: as often as it takes. */
  async restart(server: ServerProcess): Promise<void> {
    const up = async () =>
      server.start().then(
        () => true,
        () => false,
      );
    await eventually(`the server on ${server.port} is up again`, up, RESTART_MS);
  }

  /** Resolves when every process is ready, and reaches the database, all others and Redis. */
  async isWhole(): Promise<void> {
    const everybody = this.members.length;
    const isWhole = async (server: ServerProcess) => {
      if (!(await isReady(server.url))) return false;
      const figures = await figuresOf(server).catch(() => new Map<string, number>());
      const hasDatabase = figures.get('hypogeum_breaker_open{of="database"}') === 0;
      return (
        hasDatabase && figures.get("hypogeum_redis_up") === 1 && figures.get("hypogeum_processes_alive") === everybody
      );
    };
    const all = async () => (await Promise.all(this.servers.map(isWhole))).every(Boolean);
    await eventually("the cluster is whole", all, WHOLE_MS);
  }

  /** Stops the servers, then the database, as on a quiet evening. @returns what did not end well */
  async stop(): Promise<string[]> {
    const exits = await Promise.all(this.servers.map((server) => server.stop("SIGTERM")));
    await this.#connection.close();
    const code = await this.database.stop();
    return [...exits.map((exit) => exit.code), code].flatMap((exit, index) =>
      exit === 0 ? [] : [`${index < exits.length ? "a server" : "the database"} ended with ${exit}`],
    );
  }

  async dispose(): Promise<void> {
    await this.balancer.close();
    for (const { server, proxy } of this.members) {
      server.signal("SIGCONT");
      await server.dispose();
      await proxy.close();
    }
    await this.#connection.close();
    await this.database.stop("SIGKILL");
    await this.redis.dispose();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** What a server counts: by name and, where there are labels, by name and labels. */
export async function figuresOf(server: ServerProcess): Promise<Map<string, number>> {
  const answer = await fetch(`${server.url}/metrics`, { signal: AbortSignal.timeout(2000) });
  const lines = (await answer.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]));
}
