import assert from "node:assert/strict";
import { versionConflict } from "../../src/errors.ts";
import { startHttp, type TestServer, testEndpoint } from "../support/http.ts";

const VERSION = 7;

describe("conditional requests", () => {
  let server: TestServer;
  before(async () => {
    const change = testEndpoint({
      ...{ method: "put", path: "/v1/things", ifMatch: "required" },
      async handle({ ifMatch }) {
        if (ifMatch !== undefined && ifMatch !== VERSION) throw versionConflict(VERSION);
        return { status: 200, body: {}, version: VERSION + 1 };
      },
    });
    const read = testEndpoint({
      ...{ method: "get", path: "/v1/things" },
      answers: { 200: { description: "It." }, 304: { description: "Unchanged." } },
      async handle({ noneMatch }) {
        const headers = { Vary: "Authorization", "Cache-Control": "private, no-cache" };
        if (noneMatch(VERSION)) return { status: 304, version: VERSION, headers };
        return { status: 200, text: '{"as":"written"}', version: VERSION, headers };
      },
    });
    server = await startHttp({ endpoints: [change, read] });
  });
  after(() => server.close());

  async function put(ifMatch?: string) {
    const headers: Record<string, string> = ifMatch === undefined ? {} : { "If-Match": ifMatch };
    const response = await fetch(`${server.url}/v1/things`, { method: "PUT", headers });
    return { response, body: (await response.json()) as Record<string, unknown> };
  }

  const get = (tag: string) => fetch(`${server.url}/v1/things`, { headers: { "If-None-Match": tag } });

  it("change what is at the version that is named, or at any", async () => {
    for (const tag of ['"7"', 'W/"7"', " *"]) {
      const { response } = await put(tag);
      assert.deepEqual([response.status, response.headers.get("ETag")], [200, '"8"'], tag);
    }
  });

  it("are told the current version when theirs is stale", async () => {
    const { response, body } = await put('"6"');
    assert.deepEqual([response.status, body.code, body.version], [412, "version_conflict", VERSION]);
  });

  it("must name a version where one is required, and exactly one", async () => {
    assert.deepEqual([(await put()).body.code, (await put()).response.status], ["precondition_required", 428]);
    for (const tag of ["7", '"seven"', '"6", "7"', '""']) {
      const { body } = await put(tag);
      assert.equal(body.code, "validation_failed", tag);
      assert.deepEqual((body.errors as { path: string }[])[0]?.path, "If-Match");
    }
  });

  it("answer 304 for the version that the caller has, with the same headers and no body", async () => {
    for (const tag of ['"7"', 'W/"7"', '"1", "7"', "*"]) {
      const response = await get(tag);
      assert.deepEqual([response.status, await response.text()], [304, ""], tag);
      assert.equal(response.headers.get("ETag"), '"7"');
    }
    const response = await get('"6"');
    assert.deepEqual([response.status, await response.json()], [200, { as: "written" }]);
    assert.equal(response.headers.get("Vary"), "Origin, Authorization");
    assert.equal(response.headers.get("Cache-Control"), "private, no-cache");
  });
});
