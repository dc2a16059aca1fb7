import assert from "node:assert/strict";
import { SignJWT, UnsecuredJWT } from "jose";
import { signingWith } from "../../src/accounts/secret.ts";
import { createTokens } from "../../src/accounts/tokens.ts";
import { refusal } from "../../src/errors.ts";
import { startHttp, strangers, type TestServer, testEndpoint } from "../support/http.ts";

/** Long enough for HS512 too, so that only the pinned algorithm stands in its way. */
const key = new Uint8Array(64).fill(7);
const now = Date.now();
const clock = { now: () => now, monotonic: () => 0 };
const tokens = createTokens({ signing: signingWith(key), ttl: 60, clock });
const account = { id: "account-1", name: "Guest 00FF", roles: ["player"] as const };

/** Claims that are right, unless told otherwise. */
function claims(change: Record<string, unknown> = {}) {
  return {
    sub: "account-1",
    did: "phone",
    name: "Guest 00FF",
    roles: ["player"],
    jti: "j1",
    iss: "hypogeum",
    aud: "hypogeum",
    exp: Math.floor(now / 1000) + 60,
    ...change,
  };
}

function forge(change: Record<string, unknown> = {}, signing: { key?: Uint8Array; alg?: string } = {}) {
  const header = { alg: signing.alg ?? "HS256" };
  return new SignJWT(claims(change)).setProtectedHeader(header).sign(signing.key ?? key);
}

describe("access tokens", () => {
  let server: TestServer;
  before(async () => {
    const who = testEndpoint({
      method: "get",
      path: "/who",
      access: "account",
      handle: async ({ principal }) => ({ status: 200, body: principal }),
    });
    server = await startHttp({ endpoints: [who], identities: { ...strangers, verify: tokens.verify } });
  });
  after(() => server.close());

  async function ask(authorization?: string): Promise<[number, Record<string, unknown>]> {
    const response = await fetch(
      `${server.url}/who`,
      authorization ? { headers: { Authorization: authorization } } : {},
    );
    return [response.status, (await response.json()) as Record<string, unknown>];
  }

  it("say who is asking, and from which device", async () => {
    const [status, principal] = await ask(`Bearer ${await tokens.issue(account, "phone")}`);
    assert.equal(status, 200);
    const expected = { accountId: "account-1", deviceId: "phone", name: "Guest 00FF", roles: ["player"] };
    assert.deepEqual(principal, expected);
    assert.equal((await ask(`Bearer ${await forge()}`))[0], 200, "the forger makes valid tokens when told nothing");
  });

  it("are each unique", async () => {
    assert.notEqual(await tokens.issue(account, "phone"), await tokens.issue(account, "phone"));
  });

  const tampered = async () => {
    const [header, , signature] = (await forge()).split(".");
    const payload = Buffer.from(JSON.stringify(claims({ roles: ["admin"] }))).toString("base64url");
    return `${header}.${payload}.${signature}`;
  };
  const past = Math.floor(now / 1000) - 1;
  const refused: [what: string, token: () => Promise<string> | string][] = [
    ["signed with another key", () => forge({}, { key: new Uint8Array(32).fill(8) })],
    ["with a changed payload", tampered],
    ["without a signature (alg none)", () => new UnsecuredJWT(claims()).encode()],
    ["with another algorithm of the same key", () => forge({}, { alg: "HS512" })],
    ["for another audience", () => forge({ aud: "someone-else" })],
    ["of another issuer", () => forge({ iss: "someone-else" })],
    ["without an expiry", () => forge({ exp: undefined })],
    ["without a subject", () => forge({ sub: undefined })],
    ["without an id", () => forge({ jti: undefined })],
    ["without a device", () => forge({ did: undefined })],
    ["with a role nobody knows", () => forge({ roles: ["god"] })],
    ["expired and signed with another key", () => forge({ exp: past }, { key: new Uint8Array(32).fill(8) })],
    ["that is no token at all", () => "not-a-token"],
  ];
  for (const [what, token] of refused) {
    it(`are refused when one comes ${what}`, async () => {
      const [status, { code }] = await ask(`Bearer ${await token()}`);
      assert.deepEqual([status, code], [401, "unauthorized"]);
    });
  }

  it("expire, and say so, since a client can do something about that", async () => {
    const [status, { code }] = await ask(`Bearer ${await forge({ exp: past })}`);
    assert.deepEqual([status, code], [401, "token_expired"]);
  });

  it("expire when their time is over", async () => {
    const token = await tokens.issue(account, "phone");
    const later = createTokens({ signing: signingWith(key), ttl: 60, clock: { ...clock, now: () => now + 61_000 } });
    await assert.rejects(later.verify(token), { code: "token_expired" });
  });

  for (const header of [undefined, "Bearer", "Basic YTpi", "Bearer a b"]) {
    it(`are missed in ${header ?? "a request without the header"}`, async () => {
      const [status, { code }] = await ask(header);
      assert.deepEqual([status, code], [401, "unauthorized"]);
    });
  }

  it("are refused with anything behind them", async () => {
    assert.equal((await ask(`Bearer ${await forge()} and more`))[0], 401);
  });

  it("are asked for by WWW-Authenticate", async () => {
    assert.equal((await fetch(`${server.url}/who`)).headers.get("WWW-Authenticate"), "Bearer");
  });

  it("keep the sign-in and the kind of device they come from", async () => {
    const token = await tokens.issue(account, "phone", { familyId: "family-1", device: "mobile" });
    const { familyId, device } = await tokens.verify(token);
    assert.deepEqual([familyId, device], ["family-1", "mobile"]);
  });

  it("are refused when they are replayed after their sign-in was revoked", async () => {
    const token = await tokens.issue(account, "phone", { familyId: "family-1" });
    const check = ({ familyId }: { familyId: string | undefined }) => {
      if (familyId === "family-1") throw refusal("token_revoked");
    };
    const strict = createTokens({ signing: signingWith(key), ttl: 60, clock, check });
    await assert.rejects(strict.verify(token), { code: "token_revoked" });
  });
});
