import assert from "node:assert/strict";
import { Router } from "express";
import { z } from "zod";
import { Refusal, refusal } from "../../src/errors.ts";
import { readBody, readParams, readQuery } from "../../src/http/validate.ts";
import { post, startHttp, type TestServer } from "../support/http.ts";

const Thing = z.strictObject({ name: z.string().max(3), nested: z.strictObject({ count: z.int() }).optional() });

function things(): Router {
  const router = Router();
  router.post("/things", (req, res) => void res.status(201).json(readBody(req, Thing)));
  router.get("/things/:id", (req, res) => {
    const { id } = readParams(req, z.object({ id: z.string().regex(/^\d+$/, "must be a number") }));
    const { limit } = readQuery(req, z.strictObject({ limit: z.coerce.number().int().max(100).default(20) }));
    res.json({ id, limit });
  });
  router.put("/things/:id", (_req, res) => void res.json({}));
  router.get("/gone", (_req, _res, next) => next());
  router.get("/broken", async () => {
    throw new Error("the password is hunter2");
  });
  router.get("/half", (_req, res) => {
    res.write("half");
    throw new Error("too late for a status");
  });
  router.get("/busy", () => {
    throw refusal("overloaded");
  });
  router.get("/rule", () => {
    throw new Refusal("not_your_turn", 409, "It is not your turn.", false);
  });
  return router;
}

describe("problems", () => {
  let server: TestServer;
  before(async () => {
    server = await startHttp({ routers: [{ path: "/v1", router: things() }] });
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
    const router = Router();
    router.post("/list", (req, res) => void res.json(readBody(req, z.array(z.string()))));
    const lists = await startHttp({ routers: [{ path: "/", router }] });
    try {
      const { errors } = await problem(await post(`${lists.url}/list`, Array(50).fill(1)), 400, "validation_failed");
      assert.equal((errors as unknown[]).length, 20);
    } finally {
      await lists.close();
    }
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
    await problem(await fetch(`${server.url}/v1/gone`), 404, "not_found");
  });

  it("answers 405 with Allow for a known path and another method", async () => {
    const posted = await post(`${server.url}/v1/things/1`, {});
    await problem(posted, 405, "method_not_allowed");
    assert.equal(posted.headers.get("Allow"), "GET, HEAD, PUT");
    const deleted = await fetch(`${server.url}/v1/things`, { method: "DELETE" });
    await problem(deleted, 405, "method_not_allowed");
    assert.equal(deleted.headers.get("Allow"), "POST");
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
        .find((text) => text.includes("request failed")) ?? "{}";
    assert.equal(JSON.parse(line).requestId, body.requestId);
    assert.match(line, /hunter2/);
  });

  it("cuts the connection when an error comes after the status", async () => {
    await assert.rejects(async () => (await fetch(`${server.url}/v1/half`)).text());
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
