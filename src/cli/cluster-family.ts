import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Config } from "../config.ts";
import { Child, type ChildOptions } from "./cluster-child.ts";
import { freePorts, redisAnswers } from "./cluster-ports.ts";
import { CommandError, EXIT } from "./command-error.ts";

const MEMBER = "src/cli/cluster-member.ts";
/** How long after its drain a server may take to end, in ms; what has nothing to drain has no longer than that. */
const GRACE_MS = 5000;

/**
 * Redis cannot watch a pipe, so a shell does it that becomes Redis: `$$` is then the process id of Redis. A job in the
 * background has no standard input but what it is given.
 */
const REDIS_UNDER_WATCH = 'exec 3<&0; (read -r _ <&3; kill -9 $$ 2>&-) & exec redis-server "$@" 3<&-';

/** Where a process is to be found, by others and by whoever wants to kill it. */
interface Place {
  readonly address: string;
  readonly pid: number;
}

export interface Addresses {
  readonly servers: readonly Place[];
  readonly database: Place;
  readonly redis: Place;
}

/** The processes of one cluster on this machine: Redis and the database, and the servers that need both. */
export class ClusterFamily {
  readonly #env: NodeJS.ProcessEnv;
  readonly #config: Config;
  readonly #servers: Child[] = [];
  #redis: Child | undefined;
  #database: Child | undefined;
  #isEnding = false;

  /** @param env of the servers, to which the family adds what it decides itself */
  constructor(env: NodeJS.ProcessEnv, config: Config) {
    // Not numbered by PM2, whatever the command was started by, and without addresses that one process alone can have.
    this.#env = { ...env, NODE_APP_INSTANCE: "", INTERNAL_ADDRESS: "", PUBLIC_ADDRESS: "" };
    this.#config = config;
  }

  get isEnding(): boolean {
    return this.#isEnding;
  }
  get servers(): readonly Child[] {
    return this.#servers;
  }
  /** Without these no server goes on for long. */
  get backends(): readonly Child[] {
    return [this.#redis, this.#database].filter((child) => child !== undefined);
  }

  /** @throws CommandError when one of them cannot start */
  async start(processes: number): Promise<Addresses> {
    refuseWithoutRedis(this.#env.PATH);
    const ports = await freePorts(this.#config.port, processes + 1);
    const redisPort = ports.pop()!;
    const [redis, database] = await Promise.all([this.#startRedis(redisPort), this.#startDatabase()]);
    const env = { ...this.#env, MONGODB_URI: database.address, REDIS_URL: redis.address };
    const servers = await Promise.all(ports.map((port, i) => this.#startServer(`server ${i + 1}`, port, env)));
    return { servers, database, redis };
  }

  /** Servers drain while they have a database to write to and a Redis to tell the others by; then those end. */
  async end(): Promise<void> {
    this.#isEnding = true;
    const drainMs = this.#config.drainSeconds * 1000 + GRACE_MS;
    await Promise.all(this.#servers.map((server) => server.end(drainMs)));
    await this.#database?.end(GRACE_MS);
    await this.#redis?.end(GRACE_MS);
  }

  async #startRedis(port: number): Promise<Place> {
    // Nothing in it is worth keeping: the truth is in the database.
    const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    const args = ["-c", REDIS_UNDER_WATCH, "redis-server", ...settings];
    const redis = this.#spawn({ name: "redis-server", file: "sh", args, env: this.#env, stdout: "kept" });
    this.#redis = redis;
    await redis.before(redisAnswers(port, () => redis.hasEnded));
    return { address: `redis://127.0.0.1:${port}`, pid: redis.pid };
  }

  async #startDatabase(): Promise<Place> {
    const args = [MEMBER, "src/cli.ts", "db", "--port", "0", "--data", this.#config.dataDir];
    const name = "the database";
    const database = this.#spawn({ name, file: process.execPath, args, env: this.#env, stdout: "lines" });
    this.#database = database;
    const { uri } = JSON.parse(await database.firstLine()) as { uri: string };
    return { address: uri, pid: database.pid };
  }

  async #startServer(name: string, port: number, shared: NodeJS.ProcessEnv): Promise<Place> {
    const env = { ...shared, PORT: String(port), LOG_LEVEL: shared.LOG_LEVEL || "warn" };
    const args = [MEMBER, "src/main.ts"];
    const server = this.#spawn({ name, file: process.execPath, args, env, channel: true });
    this.#servers.push(server);
    await server.ready();
    return { address: `http://localhost:${port}`, pid: server.pid };
  }

  /** A start that is overtaken by the end must not leave anybody behind. */
  #spawn(options: ChildOptions): Child {
    if (this.#isEnding) throw new CommandError(EXIT.broken, "the cluster is ending");
    return new Child(options);
  }
}

function refuseWithoutRedis(path = ""): void {
  const isThere = (dir: string) => {
    try {
      accessSync(join(dir, "redis-server"), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  if (path.split(delimiter).some(isThere)) return;
  throw new CommandError(
    EXIT.broken,
    "redis-server is not on the PATH: install Redis, or run one server by `npm start`",
  );
}
