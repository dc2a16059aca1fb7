import assert from "node:assert/strict";
import { Router } from "express";
import { addressKey, noRateLimit, type RateLimit, rateLimit } from "../../src/http/rate-limit.ts";
import { startHttp } from "../support/http.ts";

async function statuses(limit: RateLimit, addresses: string[]) {
  const router = Router();
  router.get("/limited", limit({ points: 2, seconds: 60 }), (_req, res) => void res.json({}));
  const server = await startHttp({ routers: [{ path: "/", router }], trustProxy: 1 });
  try {
    const responses: Response[] = [];
    for (const address of addresses) {
      responses.push(await fetch(`${server.url}/limited`, { headers: { "X-Forwarded-For": address } }));
    }
    return responses;
  } finally {
    await server.close();
  }
}

describe("rate limit", () => {
  it("lets so many requests through per address, and says how many are left", async () => {
    const responses = await statuses(rateLimit, ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"]);
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 429, 200],
    );
    assert.deepEqual(
      responses.map(({ headers }) => headers.get("RateLimit-Remaining")),
      ["1", "0", "0", "1"],
    );
    const refused = responses[2]!;
    assert.equal(refused.headers.get("RateLimit-Limit"), "2");
    assert.ok(Number(refused.headers.get("Retry-After")) > 1);
    assert.equal(((await refused.json()) as { code: string }).code, "rate_limited");
  });

  it("counts the addresses of one IPv6 /64 together", async () => {
    const responses = await statuses(rateLimit, [
      "2001:db8::1",
      "2001:db8::2",
      "2001:db8:0:0:ffff::3",
      "2001:db8:0:1::1",
    ]);
    assert.deepEqual(
      responses.map(({ status }) => status),
      [200, 200, 429, 200],
    );
  });

  it("lets everything through when it is off", async () => {
    const responses = await statuses(noRateLimit, Array(5).fill("192.0.2.1"));
    assert.ok(responses.every(({ status }) => status === 200));
  });

  const keys: [address: string, key: string][] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::1", "0:0:0:0::/64"],
    ["2001:DB8::1", "2001:db8:0:0::/64"],
    ["2001:0db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::", "2001:db8:1:2::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
    ["", ""],
  ];
  for (const [address, key] of keys) {
    it(`counts ${address || "an unknown address"} as ${key || "one"}`, () => assert.equal(addressKey(address), key));
  }
});
