import assert from "node:assert/strict";
import { type House, login, openHouse, register } from "./house.ts";

describe("refresh tokens", () => {
  let house: House;
  before(async () => {
    house = await openHouse({ corsOrigins: ["https://play.example"] });
  });
  after(() => house.close());

  const refresh = (refreshToken: string, deviceId = "phone", on: House = house) =>
    on.call("POST", "/v1/auth/refresh", { body: { refreshToken, deviceId } });
  const me = async (token: string, on: House = house) => {
    const { status, body } = await on.call("GET", "/v1/me", { token });
    return status === 200 ? 200 : body.code;
  };

  it("rotate: each brings a new access token and its successor", async () => {
    const first = await register(house, "rotator");
    const { status, body: second } = await refresh(first.refreshToken);
    assert.equal(status, 200);
    assert.notEqual(second.refreshToken, first.refreshToken);
    assert.equal(await me(second.accessToken), 200);
    assert.equal((await refresh(second.refreshToken)).status, 200);
  });

  it("let two tabs refresh together: both win, with the same successor", async () => {
    const { refreshToken } = await register(house, "tabs");
    const both = await Promise.all([refresh(refreshToken), refresh(refreshToken), refresh(refreshToken)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      [200, 200, 200],
    );
    assert.equal(new Set(both.map(({ body }) => body.refreshToken)).size, 1);
    house.time.pass(9000);
    assert.equal(
      (await refresh(refreshToken)).body.refreshToken,
      both[0]!.body.refreshToken,
      "and an answer may be lost",
    );
    assert.equal((await refresh(both[0]!.body.refreshToken)).status, 200);
  });

  it("end the whole family when one is used again later: somebody has a copy", async () => {
    const { refreshToken: stolen } = await register(house, "robbed");
    const { body: owner } = await refresh(stolen);
    house.time.pass(10_001);
    const { status, body } = await refresh(stolen);
    assert.deepEqual([status, body.code], [401, "token_reused"]);
    assert.equal((await refresh(owner.refreshToken)).body.code, "token_revoked");
    assert.equal(await me(owner.accessToken), "token_revoked", "the access tokens end too");
    assert.equal(house.revoked.at(-1)?.code, 4106);
  });

  it("are good on their own device only, and another's attempt costs its owner nothing", async () => {
    const { refreshToken } = await register(house, "bound");
    assert.deepEqual((await refresh(refreshToken, "other")).body.code, "device_mismatch");
    assert.equal((await refresh(refreshToken)).status, 200);
  });

  it("are refused when they are made up, changed, or expired", async () => {
    const { refreshToken } = await register(house, "forger");
    const [family, , mac] = refreshToken.split(".");
    for (const forged of ["", "nonsense", `${family}.2.${mac}`, `${family}.1.${"A".repeat(43)}`]) {
      assert.equal((await refresh(forged)).body.code, "unauthorized", forged);
    }
    house.time.pass(31 * 24 * 3600_000);
    assert.equal((await refresh(refreshToken)).body.code, "token_expired");
  });

  it("come as a cookie that no script reads, for pages of allowed origins only", async () => {
    await register(house, "browser");
    const { headers } = await login(house, "browser", "web");
    const header = headers.get("Set-Cookie")!;
    assert.match(header, /^refresh_token=[\w.-]+; Max-Age=2592000; Path=\/v1\/auth; HttpOnly; SameSite=Strict$/);
    const cookie = header.split(";")[0]!;
    const ask = (more: Record<string, string>) =>
      house.call("POST", "/v1/auth/refresh", { body: { deviceId: "web" }, headers: { Cookie: cookie, ...more } });
    assert.equal((await ask({})).body.code, "origin_forbidden");
    assert.equal((await ask({ Origin: "https://evil.example" })).body.code, "origin_forbidden");
    assert.equal((await ask({ Origin: "null" })).body.code, "origin_forbidden");
    assert.equal((await ask({ Origin: "https://play.example" })).status, 200);
    assert.equal((await ask({ Origin: house.server.url })).status, 200);
    const secure = await house.call("POST", "/v1/auth/guest", {
      body: { deviceId: "web" },
      headers: { "X-Forwarded-Proto": "https" },
    });
    assert.match(secure.headers.get("Set-Cookie")!, /; Secure$/);
  });

  it("end with a sign-out, by access token or refresh token, which closes what the device has open", async () => {
    const one = await register(house, "leaver");
    assert.equal((await house.call("POST", "/v1/auth/logout", { body: {}, token: one.accessToken })).status, 204);
    assert.deepEqual(house.revoked.at(-1), { accountId: one.account.id, deviceId: "phone", code: 4106 });
    assert.equal(await me(one.accessToken), "token_revoked");
    assert.equal((await refresh(one.refreshToken)).body.code, "token_revoked");
    const { body: two } = await login(house, "leaver");
    const out = await house.call("POST", "/v1/auth/logout", { body: { refreshToken: two.refreshToken } });
    assert.match(out.headers.get("Set-Cookie")!, /^refresh_token=; Max-Age=0/);
    assert.equal(await me(two.accessToken), "token_revoked");
    assert.equal((await house.call("POST", "/v1/auth/logout", { body: {} })).status, 401);
  });

  it("all end with logout-all, and one with its device, seen by other processes too", async () => {
    const phone = await register(house, "many");
    house.time.pass(1);
    const { body: desktop } = await login(house, "many", "desktop");
    const { body: devices } = await house.call("GET", "/v1/me/devices", { token: phone.accessToken });
    assert.deepEqual(
      devices.items.map(({ current }: { current: boolean }) => current),
      [false, true],
    );
    assert.doesNotMatch(JSON.stringify(devices), /phone|desktop/, "labels are shown to nobody");
    const path = `/v1/me/devices/${devices.items[0].id}`;
    assert.equal((await house.call("DELETE", path, { token: phone.accessToken })).status, 204);
    assert.equal((await house.call("DELETE", path, { token: phone.accessToken })).status, 404);
    assert.equal(await me(desktop.accessToken), "token_revoked");
    const other = await house.another();
    try {
      assert.equal(await me(desktop.accessToken, other), "token_revoked", "after a start");
      assert.equal(await me(phone.accessToken, other), 200);
    } finally {
      await other.close();
    }
    assert.equal((await house.call("POST", "/v1/auth/logout-all", { token: phone.accessToken })).status, 204);
    assert.equal(await me(phone.accessToken), "token_revoked");
  });

  it("give way to a new sign-in of the same device, without closing what it does", async () => {
    const first = await register(house, "returner");
    const before = house.revoked.length;
    await login(house, "returner");
    assert.equal((await refresh(first.refreshToken)).body.code, "token_revoked");
    assert.equal(house.revoked.length, before);
  });

  it("leave nothing in the database that would make one", async () => {
    const { refreshToken } = await register(house, "stored");
    const families = await house.connection.collection("tokenFamilies").find().toArray();
    const mac = refreshToken.split(".")[2]!;
    assert.equal(JSON.stringify(families).includes(mac), false);
  });
});
