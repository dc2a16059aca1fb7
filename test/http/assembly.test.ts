import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { corsHeaders } from "../../src/http/cors.ts";
import { startHttp, type TestServer, testEndpoint } from "../support/http.ts";

const echo = testEndpoint({
  ...{ method: "get", path: "/v1/echo/{id}" },
  async handle({ address, secure }) {
    return { status: 200, body: { address, secure } };
  },
});

describe("HTTP assembly", () => {
  let server: TestServer;
  let staticDir: string;
  const observed: string[] = [];

  before(async () => {
    staticDir = await mkdtemp(join(tmpdir(), "hypogeum-page-"));
    await mkdir(join(staticDir, "assets"));
    await writeFile(join(staticDir, "index.html"), "<!doctype html><title>page</title>");
    await writeFile(join(staticDir, "assets", "main-abc123.js"), "export {};");
    await writeFile(join(staticDir, ".env"), "SECRET=1");
    server = await startHttp({
      endpoints: [echo],
      corsOrigins: ["https://play.example"],
      staticDir,
      observe: (route, method, status) => observed.push(`${method} ${route} ${status}`),
    });
  });
  after(async () => {
    await server.close();
    await rm(staticDir, { recursive: true });
  });

  const echoUrl = () => `${server.url}/v1/echo/1`;

  it("keeps a caller's sane request id, and makes one otherwise", async () => {
    const idOf = async (given: string) =>
      (await fetch(echoUrl(), { headers: { "X-Request-Id": given } })).headers.get("X-Request-Id");
    assert.equal(await idOf("client-1.a_b"), "client-1.a_b");
    for (const odd of ["has space", "<script>", "x".repeat(65), ""]) {
      assert.match((await idOf(odd)) ?? "", /^[0-9a-f-]{36}$/);
    }
  });

  it("sends a strict content security policy and tells nothing of the server", async () => {
    const { headers } = await fetch(`${server.url}/`);
    const policy = headers.get("Content-Security-Policy") ?? "";
    const directives = new Map(policy.split(";").map((part) => [part.split(" ")[0], part] as const));
    assert.equal(directives.get("default-src"), "default-src 'self'");
    assert.equal(directives.get("connect-src"), "connect-src 'self' ws: wss:");
    assert.equal(directives.get("img-src"), "img-src 'self' data:");
    assert.equal(directives.get("frame-ancestors"), "frame-ancestors 'none'");
    assert.doesNotMatch(policy, /unsafe|upgrade-insecure/);
    assert.equal(headers.get("X-Content-Type-Options"), "nosniff");
    assert.equal(headers.get("X-Powered-By"), null);
  });

  it("lets listed origins in, with credentials", async () => {
    const { headers } = await fetch(echoUrl(), { headers: { Origin: "https://play.example" } });
    assert.equal(headers.get("Access-Control-Allow-Origin"), "https://play.example");
    assert.equal(headers.get("Access-Control-Allow-Credentials"), "true");
    assert.match(headers.get("Vary") ?? "", /Origin/);
  });

  for (const origin of ["https://evil.example", "https://play.example.evil.example", "http://play.example", "null"]) {
    it(`gives ${origin} no CORS header, on answers and on preflights`, async () => {
      for (const method of ["GET", "OPTIONS"]) {
        const { headers } = await fetch(echoUrl(), { method, headers: { Origin: origin } });
        const names = [...headers.keys()].filter((name) => name.startsWith("access-control-"));
        assert.deepEqual(names, []);
        assert.match(headers.get("Vary") ?? "", /Origin/);
      }
    });
  }

  it("answers a listed origin's preflight", async () => {
    const response = await fetch(echoUrl(), {
      method: "OPTIONS",
      headers: { Origin: "https://play.example", "Access-Control-Request-Method": "PATCH" },
    });
    assert.equal(response.status, 204);
    assert.match(response.headers.get("Access-Control-Allow-Methods") ?? "", /PATCH/);
    assert.match(response.headers.get("Access-Control-Allow-Headers") ?? "", /Authorization/);
  });

  it("gives no origin anything when none is listed", () => {
    assert.deepEqual(corsHeaders([])("https://play.example"), { Vary: "Origin" });
  });

  it("serves the page: hashed files for ever, the rest to be asked for again, dot files not at all", async () => {
    const page = await fetch(`${server.url}/`);
    assert.match(await page.text(), /<title>page/);
    assert.equal(page.headers.get("Cache-Control"), "no-cache");
    const script = await fetch(`${server.url}/assets/main-abc123.js`);
    assert.equal(script.headers.get("Cache-Control"), "public, max-age=31536000, immutable");
    assert.equal((await fetch(`${server.url}/.env`)).status, 404);
    assert.equal((await fetch(`${server.url}/assets/main-gone.js`)).status, 404);
  });

  it("believes forwarded addresses only from the proxies it was told of", async () => {
    const forwarded = { headers: { "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https" } };
    const direct = (await (await fetch(echoUrl(), forwarded)).json()) as { address: string; secure: boolean };
    assert.deepEqual(direct, { address: "127.0.0.1", secure: false });
    for (const trustProxy of [1, ["127.0.0.0/8"]]) {
      const behind = await startHttp({ endpoints: [echo], trustProxy });
      try {
        const seen = await (await fetch(`${behind.url}/v1/echo/1`, forwarded)).json();
        assert.deepEqual(seen, { address: "203.0.113.9", secure: true });
      } finally {
        await behind.close();
      }
    }
  });

  it("makes no ETag of its own, which would look like a resource's version", async () => {
    assert.equal((await fetch(echoUrl())).headers.get("ETag"), null);
  });

  it("observes requests by route template, so that ids make no new series", async () => {
    observed.length = 0;
    await fetch(`${server.url}/v1/echo/17?x=1`);
    await fetch(`${server.url}/v1/echo/18`, { method: "POST" });
    await fetch(`${server.url}/v1/nothing/19`);
    await fetch(`${server.url}/assets/main-abc123.js`);
    const expected = ["GET /v1/echo/:id 200", "POST /v1/echo/:id 405", "GET unmatched 404", "GET unmatched 200"];
    assert.deepEqual(observed, expected);
  });
});
