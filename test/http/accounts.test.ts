import assert from "node:assert/strict";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Client } from "@colyseus/sdk";
import { EJSON } from "bson";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { connectMongo } from "../../src/infra/mongo.ts";
import { silentLog } from "../support/journal.ts";
import { eventually, ServerProcess } from "../support/server.ts";

const PASSWORD = "correct horse battery";
const ADMIN = "the admin's own password";

interface SignedIn {
  account: { id: string; name: string };
  accessToken: string;
  refreshToken: string;
}

describe("accounts of a running server", () => {
  let server: ServerProcess;
  const secrets: string[] = [PASSWORD, ADMIN];

  beforeEach(async () => {
    server = await ServerProcess.started({
      env: { ADMIN_USERNAME: "root", ADMIN_PASSWORD: ADMIN, LOG_LEVEL: "trace" },
    });
  });
  afterEach(() => server.dispose());

  async function call(method: string, path: string, body?: unknown, token?: string) {
    const response = await fetch(server.url + path, {
      method,
      headers: {
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
    return { status: response.status, body: (text === "" ? undefined : JSON.parse(text)) as any };
  }

  async function register(username: string, email?: string): Promise<SignedIn> {
    const body = { username, password: PASSWORD, deviceId: `label-of-${username}`, ...(email ? { email } : {}) };
    const signedIn = (await call("POST", "/v1/auth/register", body)).body as SignedIn;
    secrets.push(signedIn.accessToken, signedIn.refreshToken);
    return signedIn;
  }

  async function admin(): Promise<string> {
    const { body } = await call("POST", "/v1/auth/login", { username: "root", password: ADMIN, deviceId: "desk" });
    secrets.push(body.accessToken, body.refreshToken);
    return body.accessToken;
  }

  function clientOf({ accessToken }: SignedIn): Client {
    const client = new Client(server.url);
    client.auth.token = accessToken;
    return client;
  }

  async function seat(who: SignedIn) {
    const room = await clientOf(who).joinOrCreate("dice");
    room.reconnection.enabled = false;
    room.onMessage("*", () => undefined);
    const left = new Promise<number>((done) => room.onLeave((code) => done(code)));
    return { room, left };
  }

  /** Every document of every collection, as text, of the stopped server. */
  async function everything(): Promise<Map<string, string>> {
    await server.stop();
    const embedded = await startEmbedded({ dir: server.dir });
    const connection = await connectMongo({ uri: embedded.uri, dbName: "hypogeum", log: silentLog });
    try {
      const found = new Map<string, string>();
      for (const { name } of await connection.db!.listCollections().toArray()) {
        found.set(name, EJSON.stringify(await connection.db!.collection(name).find().toArray()));
      }
      return found;
    } finally {
      await connection.close();
      await embedded.close();
    }
  }

  it("a ban closes live rooms at once, and the way back in", async () => {
    const cheater = await register("cheater");
    const { room, left } = await seat(cheater);
    const token = room.reconnectionToken;
    const root = await admin();
    assert.equal(
      (await call("POST", `/v1/admin/accounts/${cheater.account.id}/ban`, { reason: "x" }, root)).status,
      200,
    );
    assert.equal(await left, 4101);
    await assert.rejects(clientOf(cheater).reconnect(token));
    await assert.rejects(clientOf(cheater).joinOrCreate("dice"), /banned/);
  });

  it("a sign-out closes what that device has open, and not what another has", async () => {
    const phone = await register("walker");
    const desktop = (
      await call("POST", "/v1/auth/login", { username: "walker", password: PASSWORD, deviceId: "desktop" })
    ).body as SignedIn;
    const one = await seat(phone);
    const watcher = await clientOf(desktop).joinById(one.room.roomId, { role: "spectator" });
    watcher.onMessage("*", () => undefined);
    const token = one.room.reconnectionToken;
    assert.equal((await call("POST", "/v1/auth/logout", {}, phone.accessToken)).status, 204);
    assert.equal(await one.left, 4106);
    assert.equal(watcher.connection.isOpen, true);
    await assert.rejects(clientOf(phone).reconnect(token));
    await watcher.leave();
  });

  it("erasing a person changes no journal and leaves nothing", async () => {
    const goner = await register("goner-name", "goner-mail@example.com");
    const stays = await register("stays");
    const game = await seat(goner);
    const other = await clientOf(stays).joinById(game.room.roomId);
    other.onMessage("*", () => undefined);
    const held = await call("GET", "/v1/me/export", undefined, goner.accessToken);
    assert.equal(held.status, 200);
    assert.match(JSON.stringify(held.body), /goner-mail@example.com.*label-of-goner-name.*sessionId/);
    await fetch(`${server.url}/v1/sessions`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Idempotency-Key": "once",
        Authorization: `Bearer ${goner.accessToken}`,
      },
      body: JSON.stringify({ type: "player" }),
    });
    const journal = await call("GET", `/v1/sessions/${game.room.roomId}/events`, undefined, stays.accessToken);
    assert.equal((await call("DELETE", "/v1/me", undefined, goner.accessToken)).status, 204);
    assert.equal(await game.left, 4106);
    assert.equal((await call("GET", "/v1/me", undefined, goner.accessToken)).status, 401);
    const after = await call("GET", `/v1/sessions/${game.room.roomId}/events`, undefined, stays.accessToken);
    assert.deepEqual(after.body.items.slice(0, journal.body.items.length), journal.body.items);
    await other.leave();
    for (const [collection, text] of await everything()) {
      for (const trace of [goner.account.id, "goner-name", "goner-mail@example.com"]) {
        assert.equal(text.includes(trace), false, `${collection} holds ${trace}`);
      }
    }
  });

  it("no password and no token is in any log line, metric, error or collection", async () => {
    const one = await register("secretive", "secretive@example.com");
    const answers = [
      await call("POST", "/v1/auth/login", { username: "secretive", password: `${PASSWORD}!`, deviceId: "d" }),
      await call("POST", "/v1/auth/login", { username: PASSWORD, password: PASSWORD, deviceId: "d", extra: PASSWORD }),
      await call("POST", "/v1/auth/refresh", { refreshToken: one.refreshToken, deviceId: "other" }),
      await call("GET", `/v1/players/${one.accessToken.slice(0, 60)}`, undefined, one.accessToken),
    ];
    const { room } = await seat(one);
    secrets.push(room.reconnectionToken.split(":")[1]!);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    await room.leave();
    const stored = [...(await everything()).values()].join("\n");
    const written = [server.log(), metrics, JSON.stringify(answers), stored];
    assert.match(server.log(), /\/v1\/auth\/login/);
    for (const [index, text] of written.entries()) {
      for (const secret of secrets) assert.equal(text.includes(secret), false, `${index} tells ${secret.slice(0, 8)}`);
      assert.doesNotMatch(text, /eyJ[\w-]{10,}\.[\w-]+\./);
    }
  });

  it("the stock SDK's client.auth works, and what a client claims for itself does not", async () => {
    const client = new Client(server.url);
    const guest = await client.auth.signInAnonymously({ sessionId: "victim", role: "admin", roles: ["admin"] });
    assert.deepEqual([guest.user.kind, guest.user.roles, client.auth.token], ["guest", ["player"], guest.token]);
    const claims = JSON.parse(Buffer.from(guest.token.split(".")[1]!, "base64url").toString());
    assert.deepEqual(
      [claims.roles, "sessionId" in claims, "role" in claims, claims.exp > Date.now() / 1000],
      [["player"], false, false, true],
    );
    const email = "stock@example.com";
    const made = await client.auth.registerWithEmailAndPassword(email, PASSWORD, { roles: ["admin"] });
    assert.deepEqual(made.user.roles, ["player"]);
    const signedIn = await new Client(server.url).auth.signInWithEmailAndPassword(email, PASSWORD);
    assert.equal(signedIn.user.id, made.user.id);
    assert.equal((await client.auth.getUserData()).user.email, email);
    await assert.rejects(client.auth.signInWithEmailAndPassword(email, "wrong"));
    assert.equal(await client.auth.sendPasswordResetEmail("nobody@example.com"), true);
    const room = await client.joinOrCreate("dice");
    await room.leave();
  });
});

describe("the first administrator", () => {
  it("gets a password in a file that nobody else reads, once, and no log knows it", async () => {
    const server = await ServerProcess.started({ env: { LOG_LEVEL: "trace" } });
    try {
      const file = join(server.dir, "admin-password");
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const password = readFileSync(file, "utf8").trim();
      const body = JSON.stringify({ username: "admin", password, deviceId: "d" });
      const headers = { "Content-Type": "application/json" };
      const response = await fetch(`${server.url}/v1/auth/login`, { method: "POST", headers, body });
      const { account } = (await response.json()) as { account: { roles: string[] } };
      assert.deepEqual(account.roles, ["admin", "player"]);
      await eventually("the file is gone", () => !existsSync(file));
      await server.stop();
      await server.start();
      assert.equal(existsSync(file), false, "and stays away");
      assert.equal(server.log().includes(password), false);
    } finally {
      await server.dispose();
    }
  });
});
