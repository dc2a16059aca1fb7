import assert from "node:assert/strict";
import { type House, lastCode, login, openHouse, PASSWORD, register } from "./house.ts";

describe("passwords and codes", () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.close());

  const NEXT = "a staple, charged";
  const me = async (token: string) => (await house.call("GET", "/v1/me", { token })).status;
  const confirm = (email: string, code: string) =>
    house.call("POST", "/v1/auth/password-reset/confirm", { body: { email, code, password: NEXT } });

  it("a change ends every other sign-in, and needs the current password", async () => {
    const phone = await register(house, "changer");
    house.time.pass(1);
    const { body: desktop } = await login(house, "changer", "desktop");
    const change = (currentPassword: string) =>
      house.call("POST", "/v1/auth/password", {
        token: phone.accessToken,
        body: { currentPassword, newPassword: NEXT },
      });
    assert.equal((await change("wrong")).body.code, "invalid_credentials");
    assert.equal((await change(PASSWORD)).status, 204);
    assert.deepEqual([await me(phone.accessToken), await me(desktop.accessToken)], [200, 401]);
    assert.deepEqual(
      [(await login(house, "changer")).status, (await login(house, "changer", "p", NEXT)).status],
      [401, 200],
    );
  });

  it("a mailed code verifies the address, once", async () => {
    const { accessToken: token } = await register(house, "verifier", "phone", "verifier@example.com");
    const code = await lastCode(house);
    const verify = () => house.call("POST", "/v1/auth/verify-email", { token, body: { code } });
    assert.equal((await verify()).status, 204);
    assert.equal((await house.call("GET", "/v1/me", { token })).body.emailVerified, true);
    assert.equal((await verify()).body.code, "code_invalid");
    assert.equal((await house.call("POST", "/v1/auth/verify-email", { token, body: {} })).status, 202);
    assert.notEqual(await lastCode(house), code);
  });

  it("a reset by mail sets the password and ends every sign-in; for an unknown address it looks the same", async () => {
    const { accessToken } = await register(house, "forgetful", "phone", "forgetful@example.com");
    await lastCode(house);
    const ask = (email: string) => house.call("POST", "/v1/auth/password-reset", { body: { email } });
    assert.deepEqual(
      [(await ask("nobody@example.com")).status, (await ask("Forgetful@example.com")).status],
      [202, 202],
    );
    const code = await lastCode(house);
    assert.equal(house.mails.length, 0, "nobody else got a mail");
    assert.equal((await confirm("forgetful@example.com", "WRONGWRONG")).body.code, "code_invalid");
    assert.equal((await confirm("forgetful@example.com", code.toLowerCase())).status, 204);
    assert.equal(await me(accessToken), 401);
    assert.equal((await login(house, "forgetful", "p", NEXT)).status, 200);
    assert.equal((await confirm("forgetful@example.com", code)).body.code, "code_invalid", "good once");
  });

  it("codes bear five tries and half an hour, and an access token is none", async () => {
    const { accessToken } = await register(house, "target", "phone", "target@example.com");
    await lastCode(house);
    const fresh = async () => {
      await house.call("POST", "/v1/auth/password-reset", {
        body: { email: "target@example.com" },
        headers: { "X-Forwarded-For": `10.0.0.${house.time.ms % 200}` },
      });
      return lastCode(house);
    };
    const first = await fresh();
    for (let tries = 0; tries < 5; tries++) {
      house.time.pass(1000);
      assert.equal((await confirm("target@example.com", accessToken.slice(0, 10))).body.code, "code_invalid");
    }
    house.time.pass(60_000);
    assert.equal((await confirm("target@example.com", first)).body.code, "code_invalid", "no tries left");
    house.time.pass(60_000);
    const second = await fresh();
    house.time.pass(30 * 60_000);
    assert.equal((await confirm("target@example.com", second)).body.code, "code_invalid", "too late");
  });
});
