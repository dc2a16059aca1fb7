import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Auth, HypogeumError } from "../../src/client/client.ts";
import { createRegions } from "../../src/ops/regions.ts";
import { Latencies } from "../../web/play/latencies.ts";
import { Api } from "../support/api.ts";
import { startHttp } from "../support/http.ts";

const OWN = "https://eu.example/games/health";
const HERE = { region: "eu", here: true, ping: [] };

/** A page whose round trips take what the test says; an address that is not told of does not answer. */
function page(regions: readonly object[] | HypogeumError, trips: Record<string, number[]>) {
  const asked: string[] = [];
  let now = 0;
  const call = (async () => {
    if (regions instanceof HypogeumError) throw regions;
    return { items: regions };
  }) as unknown as Auth["call"];
  const latencies = new Latencies({
    ...{ auth: { call }, base: "https://eu.example/games/", monotonic: () => now },
    async roundTrip(url) {
      asked.push(url);
      const ms = trips[url]?.shift();
      if (ms === undefined) throw new TypeError("Failed to fetch");
      return ms;
    },
  });
  const wait = (ms: number) => {
    now += ms;
  };
  return { latencies, asked, wait };
}

describe("how far away regions are, as the page that finds matches measures it", () => {
  it("is the quickest of five round trips to where the page came from", async () => {
    const { latencies, asked } = page([HERE], { [OWN]: [80, 70, 21.26, 30, 30] });
    assert.deepEqual(await latencies.get(), { eu: 21.3 });
    assert.deepEqual(asked, [OWN, OWN, OWN, OWN, OWN]);
  });

  it("is measured at the addresses of each region, and at the next one where one does not answer", async () => {
    const us = { region: "us", here: false, ping: ["gone.us.example", "b.us.example:8443/games"] };
    const trips = { [OWN]: [20, 20, 20, 20, 20], "https://b.us.example:8443/games/health": [140, 120, 130, 150, 160] };
    const { latencies, asked } = page([HERE, us], trips);
    assert.deepEqual(await latencies.get(), { eu: 20, us: 120 });
    assert.ok(asked.includes("https://gone.us.example/health"));
  });

  it("leaves out a region that does not answer: nobody is to be sent there", async () => {
    const us = { region: "us", here: false, ping: ["gone.us.example"] };
    assert.deepEqual(await page([HERE, us], { [OWN]: [20, 20, 20, 20, 20] }).latencies.get(), { eu: 20 });
  });

  it("is told of no region where one cannot be measured: the ticket would go to the others alone", async () => {
    const us = { region: "us", here: false, ping: [] };
    const { latencies, asked } = page([HERE, us], { [OWN]: [20, 20, 20, 20, 20] });
    assert.deepEqual([await latencies.get(), asked], [{}, []]);
  });

  it("is measured again after some minutes, and at once when there was no list of regions", async () => {
    const { latencies, wait } = page([HERE], { [OWN]: [20, 20, 20, 20, 20, 50, 50, 50, 50, 50] });
    await latencies.get();
    wait(240_000);
    assert.deepEqual(await latencies.get(), { eu: 20 });
    wait(120_000);
    assert.deepEqual(await latencies.get(), { eu: 50 });
    const refused = new HypogeumError("unavailable", 503, "Not now.");
    const trips = { [OWN]: [20, 20, 20, 20, 20] };
    const away = page(refused, trips);
    assert.deepEqual(await away.latencies.get(), {});
  });
});

describe("what pages may ask, so that they can measure it", () => {
  const connectOf = (headers: Headers) =>
    headers
      .get("content-security-policy")!
      .split(";")
      .find((part) => part.startsWith("connect-src"));

  it("is exactly the hosts that stand for regions, as they are at that moment, and on pages alone", async () => {
    const staticDir = await mkdtemp(join(tmpdir(), "hypogeum-page-"));
    await writeFile(join(staticDir, "play.html"), "<!doctype html><title>page</title>");
    const process = (region: string, address: string | null) => ({ region, addresses: { public: address } });
    const living = [process("eu", null), process("us", "b.us.example:8443/games"), process("us", "c.us.example")];
    const regions = createRegions(process("eu", null), () => living);
    const server = await startHttp({ endpoints: [], staticDir, askedByPages: regions.pingHosts });
    try {
      const policy = async (path: string) => connectOf((await fetch(server.url + path)).headers);
      assert.equal(await policy("/play.html"), "connect-src 'self' ws: wss: b.us.example:8443 c.us.example");
      living.splice(1);
      assert.equal(await policy("/play.html"), "connect-src 'self' ws: wss:");
    } finally {
      await server.close();
      await rm(staticDir, { recursive: true });
    }
  });

  it("holds for the real server, whose health other origins' pages may see", async () => {
    const api = await Api.start({ PUBLIC_ADDRESS: "eu.play.example:8443/games", REGION: "eu" });
    try {
      const { headers } = await api.call("GET /no-such-page.html");
      assert.equal(connectOf(headers), "connect-src 'self' ws: wss: eu.play.example:8443");
      const health = await api.call("GET /health");
      assert.equal(health.headers.get("cross-origin-resource-policy"), "cross-origin");
      assert.equal(connectOf(health.headers), "connect-src 'self' ws: wss:", "no page, no wider policy");
      const other = await api.call("GET /v1/openapi.json");
      assert.equal(other.headers.get("cross-origin-resource-policy"), "same-origin");
    } finally {
      await api.close();
    }
  });
});
