import assert from "node:assert/strict";
import { z } from "zod";
import type { Principal } from "../../src/accounts/tokens.ts";
import { refusal } from "../../src/errors.ts";
import type { Answer } from "../../src/http/endpoint.ts";
import { type IdempotencyStore, idempotencyStore } from "../../src/http/idempotency.store.ts";
import { createIdempotency } from "../../src/http/idempotency.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { captureLog, post, startHttp, strangers, type TestServer, testEndpoint } from "../support/http.ts";
import { openDatabase, type TestDatabase } from "./database.ts";

const DAY_MS = 24 * 3600 * 1000;
const LEASE_MS = 30_000;

describe("idempotency keys", () => {
  let database: TestDatabase;
  let store: IdempotencyStore;
  let server: TestServer;
  let now = Date.UTC(2026, 0, 1);
  let made = 0;
  /** What the endpoint waits for, and whom it tells that it runs. */
  let gate = Promise.resolve();
  let onRun: () => void = () => undefined;
  let fails: Error | undefined;
  /** What the runs were told to call what they make. */
  const effects: (string | undefined)[] = [];

  const clock = { now: () => now, monotonic: () => 0 };
  const principal = (accountId: string): Principal => ({ accountId, name: "x", roles: ["player"], deviceId: "d" });

  const makeThing = testEndpoint({
    ...{ method: "post", path: "/v1/things", idempotent: true },
    body: z.strictObject({ name: z.string() }),
    async handle({ body, effectId }) {
      effects.push(effectId);
      onRun();
      await gate;
      if (fails) throw fails;
      made += 1;
      return { status: 201, body: { made, ...body }, version: made, headers: { Location: `/v1/things/${made}` } };
    },
  });
  const plain = testEndpoint({
    ...{ method: "post", path: "/v1/plain" },
    handle: async () => ({ status: 201, body: { made: ++made } }),
  });

  before(async () => {
    database = await openDatabase();
    store = idempotencyStore(database.connection);
    await ensureIndexes(database.connection);
    const idempotency = createIdempotency({ store, clock, log: captureLog().log });
    const identities = { ...strangers, verify: async (token: string) => principal(token) };
    server = await startHttp({ endpoints: [makeThing, plain], idempotency, identities });
  });
  beforeEach(async () => {
    now += 2 * DAY_MS;
    made = 0;
    gate = Promise.resolve();
    onRun = () => undefined;
    fails = undefined;
  });
  after(async () => {
    await server.close();
    await database.close();
  });

  async function make(key: string, body: unknown = { name: "a" }, account = "ada", path = "/v1/things") {
    const response = await post(`${server.url}${path}`, body, {
      "Idempotency-Key": key,
      Authorization: `Bearer ${account}`,
    });
    return { response, status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("give the first answer again, headers and all, and say that it is a replay", async () => {
    const first = await make("key");
    const again = await make("key");
    assert.deepEqual([again.status, again.body], [201, { made: 1, name: "a" }]);
    assert.deepEqual(again.body, first.body);
    for (const name of ["ETag", "Location", "Content-Type", "Cache-Control"]) {
      assert.equal(again.response.headers.get(name), first.response.headers.get(name), name);
    }
    assert.equal(first.response.headers.get("Idempotency-Replayed"), null);
    assert.equal(again.response.headers.get("Idempotency-Replayed"), "true");
  });

  it("do not depend on how the same body is written", async () => {
    await make("key", '{"name": "a"}');
    assert.equal((await make("key", ' {"name":"a" } ')).body.made, 1);
  });

  it("refuse another body", async () => {
    await make("key", { name: "a" });
    const other = await make("key", { name: "b" });
    assert.deepEqual([other.status, other.body.code], [422, "idempotency_conflict"]);
    assert.equal(made, 1);
  });

  it("belong to one caller, one path and one day", async () => {
    await make("key");
    assert.equal((await make("key", { name: "b" }, "ben")).status, 201);
    assert.equal((await make("key", {}, "ada", "/v1/plain")).status, 201);
    now += DAY_MS + 1;
    assert.equal((await make("key", { name: "c" })).body.made, 4);
  });

  it("let one of many run that come together; the others are told to wait", async () => {
    const { promise, resolve: open } = Promise.withResolvers<void>();
    gate = promise;
    const running = Promise.withResolvers<void>();
    onRun = running.resolve;
    const first = make("key");
    await running.promise;
    const others = await Promise.all([make("key"), make("key"), make("key")]);
    for (const { status, body, response } of others) {
      assert.deepEqual([status, body.code, body.retryable], [409, "idempotency_in_progress", true]);
      assert.ok(Number(response.headers.get("Retry-After")) >= 1);
    }
    open();
    assert.equal((await first).status, 201);
    assert.deepEqual([(await make("key")).body.made, made], [1, 1]);
  });

  it("let one of each run when many keys come at once, twice each", async () => {
    const keys = Array.from({ length: 60 }, (_, at) => `key-${at >> 1}`);
    const all = await Promise.all(keys.map((key) => make(key)));
    assert.equal(made, 30);
    const told = all.map(({ status, body, response }) =>
      status === 201 ? (response.headers.get("Idempotency-Replayed") ?? "made") : body.code,
    );
    assert.equal(told.filter((one) => one === "made").length, 30);
    assert.ok(told.every((one) => one === "made" || one === "true" || one === "idempotency_in_progress"));
    const again = await Promise.all(keys.map((key) => make(key)));
    assert.deepEqual(new Set(again.map(({ status }) => status)), new Set([201]));
    assert.equal(made, 30);
  });

  it("are free again half a minute after the process died that ran the first", async () => {
    const running = Promise.withResolvers<void>();
    // Never answers, as a process that is gone.
    const gone = Promise.withResolvers<Answer>();
    const attempt = { key: "key", method: "POST", path: "/v1/things", body: { name: "a" } };
    const call = { principal: principal("ada"), address: "" };
    const crashed = createIdempotency({ store, clock, log: captureLog().log });
    const lost = crashed.once({ ...attempt, call }, () => {
      running.resolve();
      return gone.promise;
    });
    await running.promise;
    assert.equal((await make("key")).status, 409);
    now += LEASE_MS + 1;
    assert.equal((await make("key")).status, 201);
    // Should it come back after all, it takes nothing from the attempt that took over.
    gone.reject(new Error("killed"));
    await assert.rejects(lost);
    assert.equal((await make("key")).response.headers.get("Idempotency-Replayed"), "true");
    assert.equal(made, 1);
  });

  it("are free again when the call was refused or failed", async () => {
    fails = refusal("session_full");
    assert.equal((await make("key")).status, 409);
    fails = new Error("broken");
    assert.equal((await make("key")).status, 500);
    fails = undefined;
    assert.equal((await make("key")).status, 201);
    assert.equal((await make("other", { wrong: true })).status, 400);
    assert.equal((await make("other")).status, 201);
  });

  it("name what the call makes: the same after a failure or a death, and another after a refusal", async () => {
    effects.length = 0;
    fails = new Error("killed");
    await make("key");
    await make("key");
    fails = refusal("session_full");
    await make("key");
    fails = undefined;
    await make("key");
    const [first, second, third, fourth] = effects;
    assert.ok(first !== undefined && fourth !== undefined);
    assert.deepEqual([second, third], [first, first]);
    assert.notEqual(fourth, first);
  });

  it("must be a header's worth of visible characters", async () => {
    for (const key of ["has space", "x".repeat(256)]) assert.equal((await make(key)).status, 400);
  });

  it("mean nothing to routes that create nothing", async () => {
    await make("key", {}, "ada", "/v1/plain");
    assert.equal((await make("key", {}, "ada", "/v1/plain")).body.made, 2);
  });
});
