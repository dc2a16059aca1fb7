import assert from "node:assert/strict";
import { Api } from "../support/api.ts";
import { Fuzzer, type Shot } from "./fuzzer.ts";
import { operationsOf, readDocument } from "./operations.ts";
import { guest, signIn, signUp } from "./run-through.ts";

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 600);
const SEED = Number(process.env.FUZZ_SEED ?? 1);
const PARALLEL = 8;
const ADMIN = { username: "root", password: "a long enough password" };
const SECRET = "only-the-victim-knows";
const STACK = /\n\s+at |node_modules|\.[jt]s:\d+/;

/** Somebody whose private things the fuzzer aims at, with their ids but without their token. */
async function victimOf(url: string) {
  const { accessToken, account } = await signUp(url, { username: "victim", email: `${SECRET}@example.com` });
  const create = (body: object) =>
    fetch(`${url}/v1/sessions`, {
      method: "POST",
      headers: { Authorization: `Bearer ${accessToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ private: true, metadata: { note: SECRET }, ...body }),
    }).then(async (response) => ((await response.json()) as { id: string }).id);
  const saved = await create({ type: "custom", state: { note: SECRET } });
  const table = await create({ type: "dice" });
  return { accessToken, ids: [account.id, saved, table], saved };
}

describe(`fuzzing of the API, ${REQUESTS} requests`, () => {
  let api: Api;
  before(async () => {
    api = await Api.start({ ADMIN_USERNAME: ADMIN.username, ADMIN_PASSWORD: ADMIN.password });
  });
  after(() => api.close());

  it("neither breaks the server nor tells anybody what is another's", async () => {
    const { url } = api;
    const victim = await victimOf(url);
    const before = await readSaved(url, victim);
    const operations = operationsOf(await readDocument(url));
    const fuzzer = new Fuzzer({ operations, seed: SEED, ids: victim.ids });
    const statuses = new Map<number, number>();
    let token = "";
    await inParallel(REQUESTS, async (left) => {
      // Fuzzed calls sign out and erase accounts, too.
      if (left % 50 === 0 || token === "") token = (await guest(url)).accessToken;
      const { status, text, told } = await fire(url, fuzzer.next(token));
      assert.equal(text.includes(SECRET), false, `another's data for ${told}`);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    });
    await assertUnharmed(url);
    assert.equal(await readSaved(url, victim), before);
    const succeeded = [...statuses].reduce((sum, [status, count]) => sum + (status < 300 ? count : 0), 0);
    assert.ok(succeeded > REQUESTS / 20, `only ${succeeded} calls got through: ${JSON.stringify([...statuses])}`);
  }).timeout(60_000 + 20 * REQUESTS);

  it("does not break it for administrators, who get further", async () => {
    const { url } = api;
    const { accessToken } = await signIn(url, ADMIN);
    const { account } = await guest(url);
    const operations = operationsOf(await readDocument(url));
    const fuzzer = new Fuzzer({ operations, seed: SEED + 1, ids: [account.id] });
    await inParallel(REQUESTS / 10, async () => void (await fire(url, fuzzer.next(accessToken))));
    await assertUnharmed(url);
  });

  async function fire(url: string, shot: Shot): Promise<{ status: number; text: string; told: string }> {
    const told = `FUZZ_SEED=${SEED}: ${JSON.stringify(shot).slice(0, 2000)}`;
    const { path, ...init } = shot;
    const response = await fetch(url + path, init).catch((error: unknown) => assert.fail(`${error} for ${told}`));
    const text = await response.text();
    assert.ok(response.status < 500, `${response.status} ${text.slice(0, 500)} for ${told}`);
    assert.doesNotMatch(path === "/openapi.json" || path === "/metrics" ? "" : text, STACK, told);
    if (response.status >= 400) {
      assert.match(response.headers.get("Content-Type") ?? "", /^application\/problem\+json/, told);
    }
    return { status: response.status, text, told };
  }
});

async function inParallel(times: number, work: (left: number) => Promise<void>): Promise<void> {
  let left = times;
  const worker = async () => {
    while (left-- > 0) await work(left);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

async function assertUnharmed(url: string): Promise<void> {
  assert.deepEqual(Object.keys(Object.prototype), []);
  for (const name of ["polluted", "toJSON", "isAdmin"]) assert.equal(name in {}, false, name);
  assert.equal((await fetch(`${url}/health`)).status, 200);
}

async function readSaved(url: string, victim: { accessToken: string; saved: string }): Promise<string> {
  const headers = { Authorization: `Bearer ${victim.accessToken}` };
  const response = await fetch(`${url}/v1/sessions/${victim.saved}`, { headers });
  assert.equal(response.status, 200);
  return response.text();
}
