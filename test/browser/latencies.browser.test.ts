import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { buildPage } from "../../web/build.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { describeInBrowser, launchBrowser } from "./chromium.ts";
import { Visitor } from "./visitor.ts";

const JWT_SECRET = "a secret that the processes of both regions know";

describeInBrowser("how far away the regions are, by a browser", function () {
  this.timeout(90_000);
  let database: TestDatabase;
  let servers: readonly ServerProcess[] = [];
  let browser: Browser;

  before(async () => {
    await buildPage();
    database = await openDatabase();
    servers = await Promise.all(["eu", "us"].map(region));
    [browser] = await Promise.all([launchBrowser(), ...servers.map((server) => server.start())]);
  });
  after(async () => {
    await browser?.close();
    await Promise.all(servers.map((server) => server.dispose()));
    await database?.close();
  });

  /** A region of one process, with an origin of its own. */
  async function region(name: string): Promise<ServerProcess> {
    const env: NodeJS.ProcessEnv = { MONGODB_URI: database.embedded.uri, JWT_SECRET, REGION: name };
    const server = await ServerProcess.create({ env });
    env.PUBLIC_ADDRESS = `127.0.0.1:${server.port}`;
    return server;
  }

  it("is measured in both, though one is of another origin, and told with the ticket", async () => {
    const [eu] = servers as [ServerProcess, ServerProcess];
    const policy = async () => (await fetch(`${eu.url}/play.html`)).headers.get("content-security-policy") ?? "";
    await eventually("the page may ask both", async () => {
      const text = await policy();
      return servers.every(({ port }) => text.includes(`127.0.0.1:${port}`));
    });
    const ann = await Visitor.open(browser, `${eu.url}/play.html`);
    await ann.until("connection", "connected");
    const posted = ann.page.waitForRequest((request) => request.method() === "POST" && /tickets$/.test(request.url()));
    await ann.at("find-arena-duel").click();
    const { latencies } = (await posted).postDataJSON() as { latencies: Record<string, number> };
    assert.deepEqual(Object.keys(latencies).sort(), ["eu", "us"]);
    for (const ms of Object.values(latencies)) assert.ok(ms > 0 && ms < 2000, `${ms} ms`);
    await ann.at("search-window").getByText("rating points").waitFor();
    await ann.at("cancel").click();
    await ann.at("search").waitFor({ state: "hidden" });
    assert.deepEqual(ann.complaints, []);
  });
});
