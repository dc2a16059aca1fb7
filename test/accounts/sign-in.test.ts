import assert from "node:assert/strict";
import { type House, login, openHouse, PASSWORD, register } from "./house.ts";

describe("signing in", () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.close());

  it("registers, and signs in with the name in any case or the address", async () => {
    const { account } = await register(house, "Ada", "phone", "Ada@Example.com");
    assert.equal(account.name, "Ada");
    for (const who of [{ username: "aDA" }, { email: "ada@example.COM" }]) {
      const { status, body } = await house.call("POST", "/v1/auth/login", {
        body: { ...who, password: PASSWORD, deviceId: "desktop" },
      });
      assert.deepEqual([status, body.account.id, body.tokenType], [200, account.id, "Bearer"]);
    }
  });

  it("gives a name and an address to one account only", async () => {
    await register(house, "taken", "phone", "taken@example.com");
    const again = async (username: string, email: string) => {
      const body = { username, email, password: PASSWORD, deviceId: "phone" };
      const answer = await house.call("POST", "/v1/auth/register", { body });
      return [answer.status, answer.body.code];
    };
    assert.deepEqual(await again("TAKEN", "new@example.com"), [409, "username_taken"]);
    assert.deepEqual(await again("\uff54aken", "new@example.com"), [409, "username_taken"], "a full-width t");
    assert.deepEqual(await again("fresh", "TAKEN@example.com"), [409, "email_taken"]);
    assert.equal((await register(house, "fresh")).account.name, "fresh", "the name was not kept by the failure");
  });

  it("gives a name to one of many who ask for it at once", async () => {
    const racers = Array.from({ length: 8 }, () =>
      house.call("POST", "/v1/auth/register", { body: { username: "race", password: PASSWORD, deviceId: "d" } }),
    );
    const statuses = (await Promise.all(racers)).map(({ status }) => status).sort();
    assert.deepEqual(statuses, [201, ...Array(7).fill(409)]);
  });

  it("refuses names, passwords and addresses that break the rules", async () => {
    const good = { username: "valid", password: PASSWORD, deviceId: "phone" };
    for (const bad of [
      { username: "ab" },
      { username: "x".repeat(33) },
      { username: "with space" },
      { username: "a@b.example" },
      { password: "short" },
      { password: "x".repeat(129) },
      { email: "nobody" },
      { deviceId: "" },
      { device: "toaster" },
      { roles: ["admin"] },
    ]) {
      const { status } = await house.call("POST", "/v1/auth/register", { body: { ...good, ...bad } });
      assert.equal(status, 400, JSON.stringify(bad));
    }
  });

  it("says the same of an unknown user and of a wrong password", async () => {
    await register(house, "known");
    const [wrong, unknown] = [await login(house, "known", "p", "wrong"), await login(house, "unknown", "p", "wrong")];
    for (const { status, body } of [wrong, unknown])
      assert.deepEqual([status, body.code], [401, "invalid_credentials"]);
    assert.deepEqual(
      { ...wrong.body, requestId: "" },
      { ...unknown.body, requestId: "" },
      "nothing but the request's id differs",
    );
  });

  it("makes those wait longer and longer who guess, but only them, and never for ever", async () => {
    await register(house, "victim");
    const from = (address: string, password: string) =>
      house.call("POST", "/v1/auth/login", {
        body: { username: "victim", password, deviceId: "d" },
        headers: { "X-Forwarded-For": address },
      });
    const attacker = "2001:db8:1:2::1";
    for (let guess = 0; guess < 5; guess++) assert.equal((await from(attacker, "guess")).status, 401);
    const delayed = await from("2001:db8:1:2:ffff::9", PASSWORD);
    assert.deepEqual([delayed.status, delayed.body.code], [429, "sign_in_delayed"], "the whole /64 waits");
    assert.equal(delayed.headers.get("Retry-After"), "1");
    assert.equal((await from("2001:db8:1:3::1", PASSWORD)).status, 200, "its owner, from elsewhere, does not");
    house.time.pass(1000);
    assert.equal((await from(attacker, "guess")).status, 401);
    assert.equal((await from(attacker, "guess")).headers.get("Retry-After"), "2");
    house.time.pass(15 * 60_000);
    assert.equal((await from(attacker, PASSWORD)).status, 200);
    assert.equal((await from(attacker, "guess")).status, 401, "success forgets the failures");
  });

  it("turns a guest into a full account that keeps its id, once", async () => {
    const { body: guest } = await house.call("POST", "/v1/auth/guest", { body: { deviceId: "phone" } });
    const body = { username: "grown", password: PASSWORD };
    const linked = await house.call("POST", "/v1/auth/link", { token: guest.accessToken, body });
    assert.deepEqual(
      [linked.status, linked.body.account.id, linked.body.account.kind],
      [200, guest.account.id, "full"],
    );
    assert.equal((await login(house, "grown", "desktop")).body.account.id, guest.account.id);
    const again = await house.call("POST", "/v1/auth/link", {
      token: guest.accessToken,
      body: { ...body, username: "other" },
    });
    assert.deepEqual([again.status, again.body.code], [409, "already_linked"]);
  });

  it("frees a name whose registration a crash cut off", async () => {
    const createdAt = new Date(house.time.now() - 120_000);
    await house.connection
      .collection("logins")
      .insertOne({ _id: "name:ghost" as never, accountId: "nobody", createdAt });
    assert.equal((await register(house, "ghost")).account.name, "ghost");
  });
});
