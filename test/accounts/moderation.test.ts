import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { fileMail } from "../../src/accounts/mail.ts";
import { resolveSecret } from "../../src/accounts/secret.ts";
import { createTokens } from "../../src/accounts/tokens.ts";
import { eventually } from "../support/server.ts";
import { type House, login, openHouse, register, TestTime } from "./house.ts";

describe("bans and roles", () => {
  let house: House;
  let root: string;
  before(async () => {
    house = await openHouse();
  });
  beforeEach(async () => {
    root = (await login(house, "root")).body.accessToken;
  });
  after(() => house.close());

  const me = async (token: string, on = house) => (await on.call("GET", "/v1/me", { token })).body.code ?? "ok";

  it("a ban holds for tokens, sign-ins and refreshes, and closes what is open; its end ends that", async () => {
    const { account, accessToken, refreshToken } = await register(house, "cheater");
    const until = new Date(house.time.now() + 3600_000).toISOString();
    const ban = await house.call("POST", `/v1/admin/accounts/${account.id}/ban`, {
      token: root,
      body: { reason: "aimbot", until },
    });
    assert.deepEqual([ban.status, ban.body.ban], [200, { reason: "aimbot", until }]);
    assert.deepEqual(house.revoked.at(-1), { accountId: account.id, code: 4101 });
    const refresh = () => house.call("POST", "/v1/auth/refresh", { body: { refreshToken, deviceId: "phone" } });
    assert.deepEqual(
      [await me(accessToken), (await login(house, "cheater")).body.code, (await refresh()).body.code],
      ["banned", "banned", "banned"],
    );
    assert.equal(await house.identity.isBanned(account.id), true);
    house.time.pass(3600_001);
    assert.equal((await refresh()).status, 200, "the refresh token was not used up by the refusals");
  });

  it("another process learns of a ban within a second", async () => {
    const { account, accessToken } = await register(house, "elsewhere");
    const other = await house.another({ mode: "mongodb" });
    try {
      assert.equal(await me(accessToken, other), "ok");
      await house.call("POST", `/v1/admin/accounts/${account.id}/ban`, { token: root, body: { reason: "x" } });
      await eventually("the other process refuses", async () => (await me(accessToken, other)) === "banned");
      assert.equal(
        other.revoked.some(({ accountId, code }) => accountId === account.id && code === 4101),
        true,
      );
      await house.call("POST", `/v1/admin/accounts/${account.id}/unban`, { token: root });
    } finally {
      await other.close();
    }
  });

  it("new roles hold at once: tokens of before expire, and a refresh brings the new ones", async () => {
    const { account, accessToken, refreshToken } = await register(house, "promoted");
    house.time.pass(1);
    const path = `/v1/admin/accounts/${account.id}/roles`;
    assert.equal((await house.call("PUT", path, { token: accessToken, body: { roles: ["admin"] } })).status, 403);
    const set = await house.call("PUT", path, { token: root, body: { roles: ["player", "moderator"] } });
    assert.deepEqual(set.body.roles, ["moderator", "player"]);
    assert.equal(await me(accessToken), "token_expired");
    const { body } = await house.call("POST", "/v1/auth/refresh", { body: { refreshToken, deviceId: "phone" } });
    assert.deepEqual(body.account.roles, ["moderator", "player"]);
    assert.equal((await house.identity.verify(body.accessToken)).roles.includes("moderator"), true);
    assert.equal((await house.call("PUT", path, { token: root, body: { roles: ["service"] } })).status, 400);
    const admin = (await house.call("GET", "/v1/me", { token: root })).body.id;
    const ban = { token: body.accessToken, body: { reason: "coup" } };
    assert.equal((await house.call("POST", `/v1/admin/accounts/${admin}/ban`, ban)).status, 403);
  });

  it("service keys name their service, and no other key does", async () => {
    const key = "k".repeat(32);
    const other = await house.another({ serviceKeys: [{ name: "judge", gameId: "dice", key }] });
    try {
      assert.deepEqual(other.identity.service(key), {
        ...{ accountId: "service:judge", name: "judge", roles: ["service"], deviceId: "service", gameId: "dice" },
      });
      assert.throws(() => other.identity.service(`${key}k`), { code: "unauthorized" });
    } finally {
      await other.close();
    }
  });
});

describe("sign-in by an issuer", () => {
  it("believes its ID tokens, once, for this client and nonce, and nobody else's", async () => {
    const { publicKey, privateKey } = await generateKeyPair("RS256");
    const other = await generateKeyPair("RS256");
    const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: "RS256" }] };
    const server = createServer((req, res) => {
      const { port } = server.address() as AddressInfo;
      const issuer = `http://127.0.0.1:${port}`;
      res.end(JSON.stringify(req.url === "/keys" ? keys : { issuer, jwks_uri: `${issuer}/keys` }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const house = await openHouse({ oidcIssuers: [{ issuer, clientId: "game" }] });
    const idToken = (claims: object = {}, key = privateKey) =>
      new SignJWT({ nonce: "n", email: "root@example.com", roles: ["admin"], jti: String(Math.random()), ...claims })
        .setProtectedHeader({ alg: "RS256" })
        .setIssuer(issuer)
        .setAudience("game")
        .setSubject("ada")
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(key);
    const signIn = (token: string, more: object = {}) =>
      house.call("POST", "/v1/auth/oidc", { body: { issuer, idToken: token, nonce: "n", deviceId: "d", ...more } });
    try {
      const token = await idToken();
      const first = await signIn(token);
      assert.deepEqual([first.status, first.body.account.roles, first.body.account.email], [200, ["player"], null]);
      assert.equal((await signIn(token)).body.code, "invalid_credentials", "replayed");
      assert.equal((await signIn(await idToken())).body.account.id, first.body.account.id, "the same person");
      for (const forged of [
        await idToken({}, other.privateKey),
        await idToken({ azp: "other" }),
        await idToken({ nonce: "m" }),
      ]) {
        assert.equal((await signIn(forged)).body.code, "invalid_credentials");
      }
      assert.equal((await signIn(await idToken(), { issuer: "https://evil.example" })).body.code, "issuer_unknown");
    } finally {
      await house.close();
      server.closeAllConnections();
      server.close();
    }
  });
});

describe("keys, mails and idle guests", () => {
  let dir: string;
  before(() => {
    dir = mkdtempSync(join(tmpdir(), "hypogeum-keys-"));
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  it("a private key signs, its public half verifies, and another's signature is refused", async () => {
    const kinds = [
      generateKeyPairSync("ed25519"),
      generateKeyPairSync("ec", { namedCurve: "P-256" }),
      generateKeyPairSync("rsa", { modulusLength: 2048 }),
    ];
    const issued: string[] = [];
    for (const [index, { privateKey }] of kinds.entries()) {
      const file = join(dir, `${index}.pem`);
      writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }));
      const { signing } = await resolveSecret({ jwtSecret: undefined, jwtPrivateKeyFile: file, dataDir: ":memory:" });
      const tokens = createTokens({ signing, ttl: 60 });
      const token = await tokens.issue({ id: "a", name: "Ada", roles: ["player"] }, "phone");
      assert.equal((await tokens.verify(token)).accountId, "a");
      for (const foreign of issued) await assert.rejects(tokens.verify(foreign), { code: "unauthorized" });
      issued.push(token);
    }
    writeFileSync(join(dir, "bad.pem"), "secret nonsense");
    const bad = { jwtSecret: undefined, jwtPrivateKeyFile: join(dir, "bad.pem"), dataDir: ":memory:" };
    await assert.rejects(resolveSecret(bad), (error: Error) => {
      assert.match(error.message, /^JWT_PRIVATE_KEY_FILE must name/);
      return !error.message.includes("nonsense");
    });
  });

  it("mails go into a file for its owner's eyes, and leave it after a day", async () => {
    const time = new TestTime();
    const mail = fileMail({ dir: join(dir, "log"), clock: time });
    await mail.send({ to: "ada@example.com", subject: "s", text: "code 1" });
    const file = join(dir, "log", `mail-${new Date(time.ms).toISOString().slice(0, 10)}.jsonl`);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.match(readFileSync(file, "utf8"), /ada@example.com/);
    time.pass(3 * 24 * 3600_000);
    await mail.send({ to: "grace@example.com", subject: "s", text: "code 2" });
    assert.throws(() => statSync(file));
  });

  it("guests whose tokens have expired are erased, in batches, and nobody else", async () => {
    const house = await openHouse({ rateLimit: false });
    try {
      const guest = async () => (await house.call("POST", "/v1/auth/guest", { body: { deviceId: "d" } })).body;
      const idle = await guest();
      await register(house, "stays");
      house.time.pass(20 * 24 * 3600_000);
      const fresh = await guest();
      house.time.pass(12 * 24 * 3600_000);
      assert.equal(await house.identity.purgeGuests(), 1);
      const left = await house.connection.collection("accounts").find().toArray();
      const ids = left.map(({ _id }) => String(_id));
      assert.deepEqual([ids.includes(idle.account.id), ids.includes(fresh.account.id), ids.length], [false, true, 3]);
    } finally {
      await house.close();
    }
  });
});
