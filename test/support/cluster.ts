import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Balancer } from "./balancer.ts";
import { openDatabase, type TestDatabase } from "./database.ts";
import { eventually, ServerProcess } from "./server.ts";

const JWT_SECRET = "a secret that every process of the test cluster knows";

/**
 * Real server processes over one database, which lives in this process, behind a balancer that knows nothing of rooms.
 */
export class TestCluster {
  readonly servers: readonly ServerProcess[];
  readonly database: TestDatabase;
  readonly balancer: Balancer;
  readonly dir: string;

  private constructor(servers: readonly ServerProcess[], database: TestDatabase, balancer: Balancer, dir: string) {
    this.servers = servers;
    this.database = database;
    this.balancer = balancer;
    this.dir = dir;
  }

  /** @param env of every server, laid over what a cluster needs */
  static async start(count: number, env: NodeJS.ProcessEnv = {}): Promise<TestCluster> {
    const dir = mkdtempSync(join(tmpdir(), "hypogeum-cluster-"));
    const database = await openDatabase(dir);
    const settings = { MONGODB_URI: database.embedded.uri, JWT_SECRET, ...env };
    const servers: ServerProcess[] = [];
    for (let index = 0; index < count; index++) servers.push(await ServerProcess.create({ env: settings }));
    await Promise.all(servers.map((server) => server.start()));
    const balancer = await Balancer.start(servers.map(({ port }) => port));
    return new TestCluster(servers, database, balancer, dir);
  }

  /** The address in front of all. */
  get url(): string {
    return this.balancer.url;
  }

  /** The server that holds a session. @throws when none does within ten seconds */
  async ownerOf(sessionId: string): Promise<ServerProcess> {
    let owner: ServerProcess | undefined;
    await eventually(`somebody holds ${sessionId}`, async () => {
      owner = await this.#ownerNow(sessionId);
      return owner !== undefined;
    });
    return owner!;
  }

  others(than: ServerProcess): ServerProcess[] {
    return this.servers.filter((server) => server !== than);
  }

  /** The figure of a metric of one server; the sum over its labels. */
  static async figure(server: ServerProcess, name: string): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  }

  /** Everything the servers wrote, for failure messages. */
  log(): string {
    return this.servers.map((server) => server.log()).join("\n");
  }

  /** Kills every server; the database stays open. */
  async kill(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop("SIGKILL")));
  }

  async dispose(): Promise<void> {
    await this.balancer.close();
    await Promise.all(this.servers.map((server) => server.dispose()));
    await this.database.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async #ownerNow(sessionId: string): Promise<ServerProcess | undefined> {
    const { connection } = this.database;
    const sessions = connection.collection<{ _id: string; owner: string | null }>("sessions");
    const owner = (await sessions.findOne({ _id: sessionId }))?.owner;
    const [id = "", epoch] = owner?.split("/") ?? [];
    const processes = connection.collection<{ _id: string; addresses: { internal: string } }>("processes");
    const row = await processes.findOne({ _id: id, epoch: Number(epoch), state: "alive" } as object);
    return this.servers.find(({ port }) => row?.addresses.internal === `127.0.0.1:${port}`);
  }
}
