import { DatabaseProcess } from "../../test/support/database-process.ts";
import { RedisServer } from "../../test/support/redis.ts";
import { eventually, ServerProcess } from "../../test/support/server.ts";

const JWT_SECRET = "a secret that every process of the benchmark knows";

/** Redis, the database and several servers without rate limits, each in a process of its own on this machine. */
export class BenchCluster {
  readonly redis: RedisServer;
  readonly servers: readonly ServerProcess[];
  readonly #database: DatabaseProcess;

  private constructor(redis: RedisServer, database: DatabaseProcess, servers: readonly ServerProcess[]) {
    this.redis = redis;
    this.#database = database;
    this.servers = servers;
  }

  /**
   * @param program of the servers, from the repository's root; the product's own by default
   * @param settings of every server, laid over what a cluster needs
   */
  static async start(
    processes: number,
    program = "src/main.ts",
    settings: NodeJS.ProcessEnv = {},
  ): Promise<BenchCluster> {
    const redis = await RedisServer.started();
    const database = await DatabaseProcess.started(["--data", ":memory:", "--port", "0"]);
    const env = { MONGODB_URI: database.uri, REDIS_URL: redis.url, JWT_SECRET, ...settings };
    const starting = Array.from({ length: processes }, () => ServerProcess.started({ env, program }));
    return new BenchCluster(redis, database, await Promise.all(starting));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.dispose()));
    await this.#database.stop("SIGKILL");
    await this.redis.dispose();
  }
}

/** By which a server's processor time can be read. Its line may come later than its first answer. */
export async function pidOf(server: ServerProcess): Promise<number> {
  let pid: string | undefined;
  await eventually("a server tells its process id", () => {
    [, pid] = /"pid":(\d+)/.exec(server.stdout) ?? [];
    return pid !== undefined;
  });
  return Number(pid);
}

/** The header by which a new guest is known. */
export async function guestHeader(url: string): Promise<string> {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${url}/v1/auth/guest`, { method: "POST", headers, body: '{"deviceId":"bench"}' });
  if (!answer.ok) throw new Error(`no guest account: ${answer.status} ${await answer.text()}`);
  return `Bearer ${((await answer.json()) as { accessToken: string }).accessToken}`;
}
