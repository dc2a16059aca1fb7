import assert from "node:assert/strict";
import { accountsRoutes } from "../../src/accounts/accounts.routes.ts";
import { type AccountStore, accountStore } from "../../src/accounts/accounts.store.ts";
import { type Account, type Accounts, createAccounts, type SignedIn } from "../../src/accounts/accounts.ts";
import { createTokens } from "../../src/accounts/tokens.ts";
import { authenticate } from "../../src/http/authenticate.ts";
import { noRateLimit, rateLimit } from "../../src/http/rate-limit.ts";
import { ensureIndexes } from "../../src/infra/mongo.ts";
import { post, startHttp, type TestServer } from "../support/http.ts";
import { openDatabase, type TestDatabase } from "./database.ts";

describe("accounts", () => {
  let database: TestDatabase;
  let store: AccountStore;
  let accounts: Accounts;
  let server: TestServer;
  const tokens = createTokens({ key: new Uint8Array(32).fill(1), ttl: 3600 });

  before(async () => {
    database = await openDatabase();
    store = accountStore(database.connection);
    await ensureIndexes(database.connection);
    accounts = createAccounts({ store, tokens });
    const guestLimit = noRateLimit({ points: 1, seconds: 1 });
    const router = accountsRoutes({ accounts, authenticated: authenticate(tokens), guestLimit });
    server = await startHttp({ routers: [{ path: "/v1", router }] });
  });
  after(async () => {
    await server.close();
    await database.close();
  });

  async function guest(deviceId = "phone"): Promise<SignedIn> {
    const response = await post(`${server.url}/v1/auth/guest`, { deviceId });
    assert.equal(response.status, 201);
    return (await response.json()) as SignedIn;
  }

  function me(token: string): Promise<Response> {
    return fetch(`${server.url}/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
  }

  it("makes a guest who can ask who they are", async () => {
    const { account, accessToken, expiresIn, tokenType } = await guest();
    assert.match(account.name, /^Guest [0-9A-F]{4}$/);
    assert.deepEqual([account.kind, account.roles, expiresIn, tokenType], ["guest", ["player"], 3600, "Bearer"]);
    const response = await me(accessToken);
    assert.equal(response.status, 200);
    assert.deepEqual((await response.json()) as Account, account);
  });

  it("makes a new guest every time: a device id is a label, no credential", async () => {
    const [one, other] = [await guest("phone"), await guest("phone")];
    assert.notEqual(one.account.id, other.account.id);
  });

  it("has stored the account before it answers, without the device id", async () => {
    const { account } = await guest("device-label");
    const doc = await store.find(account.id);
    assert.equal(doc?.name, account.name);
    assert.doesNotMatch(JSON.stringify(doc), /device-label/);
  });

  it("answers nothing when the account cannot be stored", async () => {
    const broken = createAccounts({
      store: { ...store, insert: () => Promise.reject(new Error("disk full")) },
      tokens,
    });
    await assert.rejects(broken.createGuest("phone"), /disk full/);
  });

  it("refuses bodies of another shape", async () => {
    for (const body of [
      {},
      { deviceId: "" },
      { deviceId: 5 },
      { deviceId: "x".repeat(129) },
      { deviceId: "x", roles: ["admin"] },
    ]) {
      assert.equal((await post(`${server.url}/v1/auth/guest`, body)).status, 400);
    }
  });

  it("limits how many guests one address may make", async () => {
    const router = accountsRoutes({
      accounts,
      authenticated: authenticate(tokens),
      guestLimit: rateLimit({ points: 1, seconds: 60 }),
    });
    const limited = await startHttp({ routers: [{ path: "/v1", router }] });
    try {
      const statuses: number[] = [];
      for (const deviceId of ["a", "b"]) {
        statuses.push((await post(`${limited.url}/v1/auth/guest`, { deviceId })).status);
      }
      assert.deepEqual(statuses, [201, 429]);
    } finally {
      await limited.close();
    }
  });

  it("refuses a token whose account is gone", async () => {
    const response = await me(await tokens.issue({ id: "nobody", name: "x", roles: ["player"] }, "phone"));
    assert.equal(response.status, 401);
  });

  it("lets no cache keep a token or an account", async () => {
    const response = await post(`${server.url}/v1/auth/guest`, { deviceId: "phone" });
    const { accessToken } = (await response.json()) as SignedIn;
    assert.equal(response.headers.get("Cache-Control"), "no-store");
    assert.equal((await me(accessToken)).headers.get("Cache-Control"), "no-store");
  });

  it("writes no token into its log", async () => {
    const { accessToken } = await guest();
    await me(accessToken);
    assert.match(server.logs(), /\/v1\/auth\/guest/);
    assert.equal(server.logs().includes(accessToken), false);
    assert.doesNotMatch(server.logs(), /eyJ/);
  });

  it("knows the names of those that exist, and asks the database once for each", async () => {
    const asked: string[][] = [];
    const counting: AccountStore = {
      ...store,
      names: (ids) => {
        asked.push([...ids]);
        return store.names(ids);
      },
    };
    const { account } = await guest();
    const fresh = createAccounts({ store: counting, tokens });
    const expected = new Map([[account.id, account.name]]);
    assert.deepEqual(await fresh.names([account.id, "nobody", account.id]), expected);
    assert.deepEqual(await fresh.names([account.id]), expected);
    assert.deepEqual(asked, [[account.id, "nobody"]]);
  });
});
