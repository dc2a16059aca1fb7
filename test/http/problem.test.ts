import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import mongoose from "mongoose";
import { z } from "zod";
import { Refusal, refusal } from "../../src/errors.ts";
import { errorHandler } from "../../src/http/problem.ts";
import { captureLog, post, startHttp, type TestServer, testEndpoint } from "../support/http.ts";

const Thing = z.strictObject({ name: z.string().max(3), nested: z.strictObject({ count: z.int() }).optional() });

const fails = (path: string, error: () => Error) =>
  testEndpoint({
    ...{ method: "get", path },
    async handle() {
      throw error();
    },
  });

const things = [
  testEndpoint({
    ...{ method: "post", path: "/v1/things", body: Thing },
    handle: async ({ body }) => ({ status: 201, body }),
  }),
  testEndpoint({
    ...{ method: "post", path: "/v1/lists", body: z.array(z.string()) },
    handle: async ({ body }) => ({ status: 201, body }),
  }),
  testEndpoint({
    ...{ method: "post", path: "/v1/anything", body: z.unknown() },
    handle: async ({ body }) => ({ status: 201, body }),
  }),
  testEndpoint({
    ...{ method: "get", path: "/v1/things/{id}" },
    params: z.object({ id: z.string().regex(/^\d+$/, "must be a number") }),
    query: z.strictObject({ limit: z.coerce.number().int().max(100).default(20) }),
    handle: async ({ params: { id }, query: { limit } }) => ({ status: 200, body: { id, limit } }),
  }),
  testEndpoint({ method: "put", path: "/v1/things/{id}", handle: async () => ({ status: 200, body: {} }) }),
  testEndpoint({ method: "get", path: "/v1/things/best", handle: async () => ({ status: 200, body: "best" }) }),
  testEndpoint({ method: "get", path: "/v1/surprise", handle: async () => ({ status: 418 }) }),
  fails("/v1/broken", () => new Error("the password is hunter2")),
  fails("/v1/closing", () => new mongoose.mongo.MongoClientClosedError()),
  fails("/v1/busy", () => refusal("overloaded")),
  fails("/v1/rule", () => new Refusal("not_your_turn", 409, "It is not your turn.", false)),
];

describe("problems", () => {
  let server: TestServer;
  before(async () => {
    server = await startHttp({ endpoints: things });
  });
  after(() => server.close());

  async function problem(response: Response, status: number, code: string) {
    assert.equal(response.status, status);
    assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/);
    const body = (await response.json()) as Record<string, unknown>;
    assert.equal(body.code, code);
    assert.equal(body.status, status);
    assert.equal(body.type, `urn:hypogeum:error:${code}`);
    assert.equal(body.requestId, response.headers.get("X-Request-Id"));
    assert.equal(typeof body.title, "string");
    assert.equal(typeof body.detail, "string");
    assert.equal(typeof body.retryable, "boolean");
    return body;
  }

  it("answers a valid request with what the schema read", async () => {
    const response = await post(`${server.url}/v1/things`, { name: "abc" });
    assert.equal(response.status, 201);
    assert.deepEqual(await response.json(), { name: "abc" });
  });

  it("refuses JSON that cannot be read as malformed_json", async () => {
    await problem(await post(`${server.url}/v1/things`, '{"name":'), 400, "malformed_json");
  });

  it("names every field that fails, by its path", async () => {
    const response = await post(`${server.url}/v1/things`, { name: "long", nested: { count: 0.5 }, extra: 1 });
    const { errors } = await problem(response, 400, "validation_failed");
    const paths = (errors as { path: string; message: string }[]).map(({ path }) => path);
    assert.deepEqual(paths.sort(), ["", "name", "nested.count"]);
  });

  it("names at most 20 fields", async () => {
    const { errors } = await problem(await post(`${server.url}/v1/lists`, Array(50).fill(1)), 400, "validation_failed");
    assert.equal((errors as unknown[]).length, 20);
  });

  for (const body of ["5", '"text"', "null", "[]", ""]) {
    it(`refuses ${body || "an empty body"} where an object belongs as validation_failed`, async () => {
      await problem(await post(`${server.url}/v1/things`, body), 400, "validation_failed");
    });
  }

  it("refuses a body of another type as validation_failed", async () => {
    const response = await post(`${server.url}/v1/things`, "name=abc", { "Content-Type": "text/plain" });
    await problem(response, 400, "validation_failed");
  });

  it("refuses path parameters and queries of the wrong shape", async () => {
    await problem(await fetch(`${server.url}/v1/things/x`), 400, "validation_failed");
    await problem(await fetch(`${server.url}/v1/things/1?limit=101`), 400, "validation_failed");
    await problem(await fetch(`${server.url}/v1/things/%E0%A4%A`), 400, "validation_failed");
    assert.deepEqual(await (await fetch(`${server.url}/v1/things/1`)).json(), { id: "1", limit: 20 });
  });

  it("refuses bodies over 64 KiB and takes those just under", async () => {
    const bytes = (length: number) => JSON.stringify({ name: "x".repeat(length - 11) });
    await problem(await post(`${server.url}/v1/things`, bytes(64 * 1024 + 1)), 413, "payload_too_large");
    await problem(await post(`${server.url}/v1/things`, bytes(64 * 1024)), 400, "validation_failed");
  });

  it("answers 404 for a path nobody knows", async () => {
    await problem(await fetch(`${server.url}/v1/nothing`), 404, "not_found");
    await problem(await post(`${server.url}/`, {}), 404, "not_found");
  });

  it("answers 405 with Allow for a known path and another method", async () => {
    const posted = await post(`${server.url}/v1/things/1`, {});
    await problem(posted, 405, "method_not_allowed");
    assert.equal(posted.headers.get("Allow"), "GET, HEAD, PUT");
    const deleted = await fetch(`${server.url}/v1/things`, { method: "DELETE" });
    await problem(deleted, 405, "method_not_allowed");
    assert.equal(deleted.headers.get("Allow"), "POST");
  });

  it("prefers a path without parameters, whatever the order in which they were mounted", async () => {
    assert.equal(await (await fetch(`${server.url}/v1/things/best`)).json(), "best");
  });

  it("refuses members named __proto__ and deep nesting, before any schema or handler sees them", async () => {
    const deep = `${"[".repeat(40)}${"]".repeat(40)}`;
    for (const body of ['{"__proto__":{"polluted":1}}', '{"a":[{"__proto__":1}]}', deep]) {
      await problem(await post(`${server.url}/v1/anything`, body), 400, "validation_failed");
    }
    assert.equal((await post(`${server.url}/v1/anything`, '{"constructor":1}')).status, 201);
    assert.equal("polluted" in {}, false);
  });

  it("takes an answer that is not documented for an error of ours", async () => {
    await problem(await fetch(`${server.url}/v1/surprise`), 500, "internal_error");
  });

  it("lets no cache keep an answer", async () => {
    assert.equal((await fetch(`${server.url}/v1/things/1`)).headers.get("Cache-Control"), "no-store");
    assert.equal((await fetch(`${server.url}/v1/nothing`)).headers.get("Cache-Control"), "no-store");
  });

  it("answers HEAD wherever it answers GET", async () => {
    assert.equal((await fetch(`${server.url}/v1/things/1`, { method: "HEAD" })).status, 200);
  });

  it("says nothing of an unexpected error but its request id, and logs it under that id", async () => {
    const response = await fetch(`${server.url}/v1/broken`);
    const body = await problem(response, 500, "internal_error");
    assert.doesNotMatch(JSON.stringify(body), /hunter2|\.ts|at /);
    const line =
      server
        .logs()
        .split("\n")
        .findLast((text) => text.includes("request failed")) ?? "{}";
    assert.equal(JSON.parse(line).requestId, body.requestId);
    assert.match(line, /hunter2/);
  });

  it("says that the database is away, and warns of it in one line without a stack", async () => {
    const response = await fetch(`${server.url}/v1/closing`);
    const body = await problem(response, 503, "unavailable");
    assert.deepEqual([body.retryable, response.headers.get("Retry-After")], [true, "1"]);
    const line = server
      .logs()
      .split("\n")
      .findLast((text) => text.includes("request failed"))!;
    const { level, requestId, err } = JSON.parse(line);
    assert.deepEqual([level, requestId, err], ["warn", body.requestId, undefined]);
  });

  it("cuts the connection when an error comes after the status", async () => {
    const app = express();
    app.get("/half", (_req, res) => {
      res.write("half");
      throw new Error("too late for a status");
    });
    app.use(errorHandler(captureLog().log));
    const half = createServer(app).listen(0, "127.0.0.1");
    await once(half, "listening");
    const { port } = half.address() as AddressInfo;
    await assert.rejects(async () => (await fetch(`http://127.0.0.1:${port}/half`)).text());
    half.close();
  });

  it("tells when to come back on 503", async () => {
    const response = await fetch(`${server.url}/v1/busy`);
    assert.equal((await problem(response, 503, "overloaded")).retryable, true);
    assert.equal(response.headers.get("Retry-After"), "1");
  });

  it("answers a game's own refusal with the game's code", async () => {
    const { title, detail } = await problem(await fetch(`${server.url}/v1/rule`), 409, "not_your_turn");
    assert.deepEqual([title, detail], ["Conflict", "It is not your turn."]);
  });
});
