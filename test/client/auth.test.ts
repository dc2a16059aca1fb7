import assert from "node:assert/strict";
import type { Access } from "../../src/client/access.ts";
import { memoryStorage } from "../../src/client/storage.ts";
import { eventually, type ServerProcess } from "../support/server.ts";
import { closeAll, effects, newClient, quietSdk, toyServer, toyTable } from "./support.ts";

const PASSWORD = "correct horse battery staple";

/** A fetch that counts the refreshes which go through it. */
function counting() {
  const counted = {
    refreshes: 0,
    fetch: ((url, init) => {
      if (String(url).endsWith("/v1/auth/refresh")) counted.refreshes += 1;
      return fetch(url, init);
    }) as typeof fetch,
  };
  return counted;
}

describe("the client helper's sign-in", function () {
  this.timeout(60_000);
  let server: ServerProcess;

  before(async () => {
    quietSdk();
    server = await toyServer({ ACCESS_TOKEN_TTL: "2" });
  });
  afterEach(closeAll);
  after(() => server.dispose());

  it("gets the next token before the last one expires, in the middle of play", async () => {
    const client = newClient({ url: server.url });
    const room = await toyTable(client);
    const tokens = new Set<string>();
    let added = 0;
    while (tokens.size < 4) {
      tokens.add(client.auth.current!.accessToken);
      assert.equal(client.sdk.auth.token, client.auth.current!.accessToken);
      added += 1;
      assert.equal((await room.act("add", { n: added })).status, "acknowledged");
    }
    assert.equal(room.connection.value, "connected");
    assert.equal((await effects(client, room.id, "added")).size, added);
  });

  it("gets the next token once when a call is answered 401, and makes the call again", async () => {
    const storage = memoryStorage();
    const first = newClient({ url: server.url, storage });
    const { account } = await first.auth.guest();
    first.close();
    const stored = JSON.parse(storage.getItem("hypogeum.access")!) as Access;
    const stale = { ...stored, accessToken: `${stored.accessToken}x`, renewAt: stored.renewAt + 3_600_000 };
    storage.setItem("hypogeum.access", JSON.stringify(stale));
    const counted = counting();
    const again = newClient({ url: server.url, storage, fetch: counted.fetch });
    const me = await again.auth.call<{ id: string }>({ method: "GET", path: "v1/me" });
    assert.equal(me.id, account.id);
    assert.equal(counted.refreshes, 1);
  });

  it("lets one of many refresh where they share a storage", async () => {
    const [storage, counted] = [memoryStorage(), counting()];
    const options = { url: server.url, storage, fetch: counted.fetch };
    await newClient(options).auth.register({ username: "ada", password: PASSWORD });
    closeAll();
    const instances = Array.from({ length: 5 }, () => newClient(options));
    const renewed = await Promise.all(instances.map(({ auth }) => auth.renew()));
    assert.equal(counted.refreshes, 1);
    assert.equal(new Set(renewed.map(({ accessToken }) => accessToken)).size, 1);
    for (const { auth } of instances) assert.equal((await auth.call<{ username: string }>(ME)).username, "ada");
  });

  it("keeps both signed in when two refresh the same token at once without knowing of each other", async () => {
    const storage = memoryStorage();
    await newClient({ url: server.url, storage, deviceId: "desk" }).auth.register({
      username: "grace",
      password: PASSWORD,
    });
    closeAll();
    const copy = memoryStorage();
    copy.setItem("hypogeum.access", storage.getItem("hypogeum.access")!);
    const [one, two] = [storage, copy].map((own) => newClient({ url: server.url, storage: own, deviceId: "desk" }));
    await Promise.all([one!.auth.renew(), two!.auth.renew()]);
    for (const client of [one!, two!])
      assert.equal((await client.auth.call<{ username: string }>(ME)).username, "grace");
  });

  it("makes a guest a full account that keeps its seat", async () => {
    const client = newClient({ url: server.url });
    const room = await toyTable(client);
    const guest = client.auth.current!.account;
    assert.equal(guest.kind, "guest");
    const { account } = await client.auth.link({ username: "mary", password: PASSWORD });
    assert.deepEqual([account.id, account.kind, account.username], [guest.id, "full", "mary"]);
    assert.equal((await room.act("add", { n: 1 })).status, "acknowledged");
    await assert.rejects(client.auth.link({ username: "mary2", password: PASSWORD }), { code: "already_linked" });
  });

  it("is over for good, and says so, when the server ended it", async () => {
    const client = newClient({ url: server.url });
    await client.auth.register({ username: "eve", password: PASSWORD });
    const room = await toyTable(client);
    const other = newClient({ url: server.url, deviceId: "other" });
    await other.auth.login({ username: "eve", password: PASSWORD });
    await other.auth.logout("everywhere");
    await eventually("the room is closed", () => room.connection.value === "lost");
    assert.equal(room.reason, "token_revoked");
    await assert.rejects(client.auth.call(ME), { code: "token_revoked", status: 401 });
    assert.equal(client.auth.current, null);
    assert.equal(client.sdk.auth.token, undefined);
  });

  it("tells fields and waits of a refusal", async () => {
    const client = newClient({ url: server.url });
    const refused = client.auth.register({ username: "a", password: "short" });
    await assert.rejects(refused, (error: { code: string; fields: { path: string }[] }) => {
      assert.equal(error.code, "validation_failed");
      assert.deepEqual(error.fields.map(({ path }) => path).sort(), ["password", "username"]);
      return true;
    });
    await assert.rejects(client.auth.login({ username: "nobody", password: PASSWORD }), {
      code: "invalid_credentials",
    });
  });
});

const ME = { method: "GET", path: "v1/me" } as const;
