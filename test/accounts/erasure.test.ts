import assert from "node:assert/strict";
import { type House, login, openHouse, register } from "./house.ts";

describe("erasing an account", () => {
  let house: House;
  /** How often the next part of the personal data fails. */
  let failures = 0;
  const erased: string[] = [];

  before(async () => {
    house = await openHouse({ rateLimit: false });
    house.personalData.push({
      name: "anything",
      export: async () => [],
      erase: async (accountId) => {
        failures -= 1;
        if (failures >= 0) throw new Error("the database is away");
        erased.push(accountId);
      },
    });
  });
  after(() => house.close());
  beforeEach(() => {
    failures = 0;
  });

  const erase = async (token: string) => house.call("DELETE", "/v1/me", { token });
  const kept = async (id: string) => {
    const count = (name: string, filter: object) => house.connection.collection(name).countDocuments(filter);
    const own = { accountId: id };
    return [await count("accounts", { _id: id }), await count("logins", own), await count("tokenFamilies", own)];
  };

  it("takes the refresh cookie back, and ends every sign-in", async () => {
    const { account, accessToken } = await register(house, "ada");
    const other = (await login(house, "ada", "desktop")).body;
    const { status, headers } = await erase(accessToken);
    assert.equal(status, 204);
    assert.match(headers.get("Set-Cookie")!, /^refresh_token=; Max-Age=0; Path=\/v1\/auth/);
    for (const token of [accessToken, other.accessToken]) assert.equal((await erase(token)).body.code, "token_revoked");
    assert.deepEqual(await kept(account.id), [0, 0, 0]);
  });

  it("that was interrupted is finished by asking again with the same token", async () => {
    const { account, accessToken } = await register(house, "ben");
    const other = (await login(house, "ben", "desktop")).body;
    failures = 2;
    for (let tries = 0; tries < 2; tries++) assert.equal((await erase(accessToken)).status, 500);
    assert.equal((await login(house, "ben", "console")).body.code, "invalid_credentials");
    assert.equal((await house.call("GET", "/v1/me", { token: other.accessToken })).body.code, "token_revoked");
    assert.equal((await erase(accessToken)).status, 204);
    assert.ok(erased.includes(account.id));
    assert.deepEqual(await kept(account.id), [0, 0, 0]);
    assert.equal((await register(house, "ben")).account.name, "ben", "the name is free");
  });

  it("that nobody asks for again is finished with the idle guests, and is nobody's meanwhile", async () => {
    const { account, accessToken } = await register(house, "cem", "phone", "cem@example.com");
    failures = 1;
    assert.equal((await erase(accessToken)).status, 500);
    const left = await house.connection.collection("accounts").findOne({ _id: account.id as never });
    assert.doesNotMatch(JSON.stringify(left), /cem|argon/);
    assert.equal(await house.identity.purgeGuests(), 1);
    assert.deepEqual(await kept(account.id), [0, 0, 0]);
  });
});
