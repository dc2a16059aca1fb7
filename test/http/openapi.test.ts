import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { ERRORS } from "../../src/errors.ts";
import { Api } from "../support/api.ts";
import { type Document, exampleCall, Judge, type Operation, operationsOf, readDocument } from "./operations.ts";
import { runThrough } from "./run-through.ts";

const ADMIN = { username: "root", password: "a long enough password" };
/** What no example can hold: a code out of a mail or from another device, another service's token, an id made just now. */
const BEYOND_EXAMPLES = [
  ...["confirmPasswordReset", "verifyEmail", "signInByIssuer", "refresh", "takeHandoff", "actInSession", "actInFight"],
  // A match that waits to be accepted, or is waited for; and a party of one's own, which others have not left by then.
  ...["acceptMatch", "declineMatch", "explainTicket", "joinParty", "leaveParty", "kickFromParty", "setReady"],
  // A match that was played to its end.
  ...["getMatch", "reverseMatch", "submitRecord"],
];

describe("OpenAPI document", () => {
  let api: Api;
  let document: Document;
  let operations: Operation[];
  let judge: Judge;

  before(async () => {
    api = await Api.start({ ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password });
    document = await readDocument(api.url);
    operations = operationsOf(document);
    judge = new Judge(document);
  });
  after(() => api.close());

  it("says what it is, whose, on which terms, and how callers prove who they are", () => {
    const { openapi, info, servers, externalDocs, components } = document as unknown as {
      openapi: string;
      info: Record<string, unknown>;
      servers: unknown;
      externalDocs: unknown;
      components: Record<string, object>;
    };
    assert.equal(openapi, "3.0.3");
    for (const key of ["title", "version", "contact", "license", "termsOfService"]) assert.ok(info[key], key);
    assert.ok(servers);
    assert.ok(externalDocs);
    const schemes = Object.values(components.securitySchemes ?? {}) as { type: string; name?: string }[];
    assert.deepEqual(
      schemes.map(({ type, name }) => name ?? type),
      ["http", "X-Service-Key", "reconnectionToken"],
    );
    assert.ok("HealthResponse" in components.schemas! && "Error" in components.schemas!);
  });

  it("has no warnings of its linter", async () => {
    const folder = await mkdtemp(join(tmpdir(), "hypogeum-openapi-"));
    try {
      const file = join(folder, "openapi.json");
      await writeFile(file, JSON.stringify(document));
      const redocly = resolve("node_modules/.bin/redocly");
      const env = { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" };
      const { stdout, stderr } = await promisify(execFile)(redocly, ["lint", "--format", "json", file], { env });
      assert.deepEqual((JSON.parse(stdout) as { problems: unknown[] }).problems, [], stderr);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("names every operation once, and describes it", () => {
    const ids = operations.map(({ operationId }) => operationId);
    assert.ok(ids.length >= 45, `only ${ids.length} operations`);
    assert.equal(new Set(ids).size, ids.length);
    const tags = new Set((document as unknown as { tags: { name: string }[] }).tags.map(({ name }) => name));
    for (const { operationId, summary, tags: used } of operations) {
      assert.ok(summary, operationId);
      assert.ok(used.length === 1 && tags.has(used[0]!), `${operationId} has a tag that is not described`);
    }
  });

  it("gives an example for every parameter and body, which fits its schema", () => {
    for (const operation of operations) {
      const bodies = Object.values(operation.requestBody?.content ?? {});
      for (const { schema, example } of [...(operation.parameters ?? []), ...bodies]) {
        assert.notEqual(example, undefined, `${operation.operationId} lacks an example`);
        assert.equal(judge.faults(schema, example), "", operation.operationId);
      }
    }
  });

  it("tells of every refusal that follows from what an operation demands", () => {
    for (const { operationId, responses, security, parameters = [], requestBody } of operations) {
      const demands = (header: string) => parameters.find(({ name }) => name === header);
      const expected = [429, 500, 503];
      if (security.length > 0) expected.push(401);
      if (requestBody !== undefined) expected.push(400, 413);
      if (demands("If-Match")) expected.push(412);
      if (demands("If-Match")?.required) expected.push(428);
      if (demands("Idempotency-Key")) expected.push(409, 422);
      for (const status of expected) assert.ok(responses[status], `${operationId} does not document ${status}`);
    }
  });

  it("takes no Idempotency-Key where answers carry tokens", () => {
    for (const operation of operations) {
      const tells = /accessToken|refreshToken|reservation|"code"/i.test(
        JSON.stringify(operation.responses["201"] ?? {}),
      );
      if (!/\/auth\//.test(operation.path) && !tells) continue;
      const keyed = operation.parameters?.some(({ name }) => name === "Idempotency-Key") ?? false;
      assert.equal(keyed, false, operation.operationId);
    }
  });

  it("names codes that exist", () => {
    const told = new Set(
      [...JSON.stringify(document.paths).matchAll(/`([a-z]+(?:_[a-z]+)+)`: /g)].map(([, code]) => code!),
    );
    assert.ok(told.size > 20);
    for (const code of told) assert.ok(Object.hasOwn(ERRORS, code), code);
  });

  it("is kept by the server: every operation, called by its own examples, answers as documented", async () => {
    const refused = await runThrough(api.url, operations, judge, ADMIN);
    const surprising = refused.filter(({ operationId }) => !BEYOND_EXAMPLES.includes(operationId));
    assert.deepEqual(
      surprising.map(({ operationId, status, text }) => `${operationId} ${status} ${text.slice(0, 200)}`),
      [],
    );
  });

  it("is shown by a page that needs nothing from elsewhere", async () => {
    const page = await (await fetch(`${api.url}/docs`)).text();
    const files = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file!);
    assert.ok(files.length >= 3);
    for (const file of files.filter((name) => !name.startsWith("data:"))) {
      assert.doesNotMatch(file, /^(\w+:)?\/\//);
      assert.equal((await fetch(new URL(file, `${api.url}/docs`))).status, 200, file);
    }
    assert.equal((await fetch(`${api.url}/docs/licence.txt`)).status, 200);
    assert.equal((await fetch(`${api.url}/docs/package.json`)).status, 404);
  });

  it("has examples for its reader to call with", () => {
    const { params, body } = exampleCall(operations.find(({ operationId }) => operationId === "editSession")!);
    assert.ok(params.id && body);
  });
});
