import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placedIn, regionsOf } from "../../src/ops/regions.rules.ts";
import { DatabaseProcess } from "../support/database-process.ts";
import { post } from "../support/http.ts";
import { eventually, ServerProcess } from "../support/server.ts";

const at = (region: string, address: string | null = null) => ({ region, addresses: { public: address } });

describe("regions", () => {
  it("are those that have a process, by name, each with a few addresses to ping", () => {
    const processes = [at("eu", "a:1"), at("us"), at("eu", "b:1"), at("eu"), at("eu", "c:1"), at("eu", "d:1")];
    assert.deepEqual(regionsOf(processes), [
      { region: "eu", processes: 5, ping: ["a:1", "b:1", "c:1"] },
      { region: "us", processes: 1, ping: [] },
    ]);
  });

  it("a wish leads to the region itself, else to the nearest that is served, else to where it was made", () => {
    const served = ["ap", "eu", "us"];
    const latencies = { us: 90, ap: 200, eu: 35.5, moon: 1 };
    const cases: [wish: Parameters<typeof placedIn>[0], expected: string][] = [
      [{ region: "us", latencies }, "us"],
      [{ region: "moon", latencies }, "eu"],
      [{ latencies }, "eu"],
      [{ region: "moon" }, "ap"],
      [{ region: "moon", latencies: { moon: 1 } }, "ap"],
      [{}, "ap"],
    ];
    for (const [wish, expected] of cases) assert.equal(placedIn(wish, served, "ap"), expected, JSON.stringify(wish));
  });
});

describe("two processes in two regions", function () {
  this.timeout(60_000);
  let dir: string;
  let database: DatabaseProcess;
  const servers: ServerProcess[] = [];
  let token: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "hypogeum-regions-"));
    database = await DatabaseProcess.started(["--data", ":memory:", "--port", "0"]);
    for (const [REGION, PUBLIC_ADDRESS] of [
      ["eu", "eu.example:443/play"],
      ["us", undefined],
    ]) {
      const env = { REGION, PUBLIC_ADDRESS, MONGODB_URI: database.uri, JWT_SECRET: "x".repeat(32) };
      servers.push(await ServerProcess.started({ dir, env }));
    }
    const guest = await post(`${servers[0]!.url}/v1/auth/guest`, { deviceId: "phone" });
    token = ((await guest.json()) as { accessToken: string }).accessToken;
  });
  after(async () => {
    for (const server of servers) await server.dispose();
    await database?.stop("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });

  const authorized = () => ({ Authorization: `Bearer ${token}` });

  async function regions(server: ServerProcess): Promise<unknown> {
    return (await fetch(`${server.url}/v1/regions`, { headers: authorized() })).json();
  }
  async function created(server: ServerProcess, wish: object): Promise<[number, string]> {
    const answer = await post(`${server.url}/v1/sessions`, { type: "custom", ...wish }, authorized());
    const { region, code } = (await answer.json()) as { region?: string; code?: string };
    return [answer.status, region ?? code ?? ""];
  }
  let counted = 0;
  async function total(server: ServerProcess): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^hypogeum_forwarded_requests_total\{outcome="answered"\} (\d+)/m.exec(text)?.[1] ?? 0);
  }
  const forwarded = async (server: ServerProcess) => (await total(server)) - (server === servers[0] ? counted : 0);
  const [eu, us] = [
    { region: "eu", processes: 1, ping: ["eu.example:443/play"] },
    { region: "us", processes: 1, ping: [] },
  ];

  it("each tells of both, and which is its own", async () => {
    await eventually("both know of both", async () => {
      const seen = JSON.stringify(await Promise.all(servers.map(regions)));
      return seen === JSON.stringify([answer("eu"), answer("us")]);
    });
    function answer(own: string) {
      const items = [eu, us].map((region) => ({ ...region, here: region.region === own }));
      return { items, nextCursor: null };
    }
  });

  it("a session is where it is wanted, else the nearest to its caller, else where it was asked for", async () => {
    const [server] = servers as [ServerProcess];
    assert.deepEqual(await created(server, { region: "us" }), [201, "us"]);
    assert.deepEqual(await created(server, { region: "moon" }), [201, "eu"]);
    assert.deepEqual(await created(server, { region: "moon", latencies: { us: 20, eu: 80 } }), [201, "us"]);
    assert.deepEqual(await created(server, { latencies: { us: 20, eu: 80 } }), [201, "us"]);
    assert.deepEqual(await created(server, {}), [201, "eu"]);
  });

  it("is held by a process of its region, whoever is asked to make it", async () => {
    const [here, there] = servers as [ServerProcess, ServerProcess];
    for (const type of ["custom", "dice"]) {
      const answer = await post(`${here.url}/v1/sessions`, { type, region: "us" }, authorized());
      const { id, version } = (await answer.json()) as { id: string; version: number };
      const seen = await fetch(`${here.url}/v1/sessions/${id}`, { headers: authorized() });
      assert.deepEqual([seen.status, ((await seen.json()) as { version: number }).version], [200, version]);
      const end = { method: "DELETE", headers: authorized() };
      assert.equal((await fetch(`${here.url}/v1/sessions/${id}`, end)).status, 200);
      assert.equal(await forwarded(here), 2, "both went to the other region");
      assert.equal(await forwarded(there), 0);
      counted = await total(here);
    }
  });

  it("latencies that are none are refused", async () => {
    const many = Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`r${i}`, i]));
    for (const latencies of [{ us: -1 }, { us: "20" }, { us: 60_001 }, { "not a region": 1 }, many]) {
      const refused = await created(servers[0]!, { latencies });
      assert.deepEqual(refused, [400, "validation_failed"], JSON.stringify(latencies));
    }
  });
});
