import assert from "node:assert/strict";
import type { Principal } from "../../src/accounts/tokens.ts";
import { refusal } from "../../src/errors.ts";
import type { Identities } from "../../src/http/authenticate.ts";
import type { CallLimit } from "../../src/http/endpoint.ts";
import { memoryCounters } from "../../src/http/limits.memory.ts";
import { addressKey, limitByKey, limitCalls } from "../../src/http/limits.ts";
import { startHttp, testEndpoint } from "../support/http.ts";

/** The token is the account's id. */
const anybody: Identities = {
  verify: async (token) => principal(token),
  service: (key) => {
    if (key !== "right") throw refusal("unauthorized");
    return { ...principal("service:game"), roles: ["service"] };
  },
};

function principal(accountId: string): Principal {
  return { accountId, name: accountId, roles: ["player"], deviceId: "phone" };
}

/** The answers to calls with these headers, one after the other, of a route that allows two a minute. */
async function answers(limit: CallLimit, calls: Record<string, string>[], options: { off?: boolean } = {}) {
  const limited = testEndpoint({
    ...{ method: "get", path: "/limited", limits: [limit] },
    handle: async () => ({ status: 200, body: {} }),
  });
  const takeLimits = options.off ? undefined : limitCalls(memoryCounters());
  const server = await startHttp({ endpoints: [limited], trustProxy: 1, identities: anybody, takeLimits });
  try {
    const responses: Response[] = [];
    for (const headers of calls) responses.push(await fetch(`${server.url}/limited`, { headers }));
    return responses;
  } finally {
    await server.close();
  }
}

const statuses = (responses: Response[]) => responses.map(({ status }) => status);
const byAddress = { by: "address", points: 2, seconds: 60 } as const;
const byAccount = { by: "account", points: 2, seconds: 60 } as const;
const from = (address: string) => ({ "X-Forwarded-For": address });
const as = (account: string) => ({ Authorization: `Bearer ${account}` });

describe("limits", () => {
  it("let so many requests through per address, and say how many are left", async () => {
    const responses = await answers(byAddress, ["192.0.2.1", "192.0.2.1", "192.0.2.1", "192.0.2.2"].map(from));
    assert.deepEqual(statuses(responses), [200, 200, 429, 200]);
    assert.deepEqual(
      responses.map(({ headers }) => headers.get("RateLimit-Remaining")),
      ["1", "0", "0", "1"],
    );
    const refused = responses[2]!;
    assert.equal(refused.headers.get("RateLimit-Limit"), "2");
    assert.ok(Number(refused.headers.get("Retry-After")) > 1);
    assert.equal(((await refused.json()) as { code: string }).code, "rate_limited");
  });

  it("count the addresses of one IPv6 /64 together", async () => {
    const addresses = ["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::3", "2001:db8:0:1::1"];
    assert.deepEqual(statuses(await answers(byAddress, addresses.map(from))), [200, 200, 429, 200]);
  });

  it("count an account wherever it calls from", async () => {
    const calls = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map((address) => ({ ...from(address), ...as("ada") }));
    assert.deepEqual(statuses(await answers(byAccount, [...calls, as("ben")])), [200, 200, 429, 200]);
  });

  it("do not hold for services, and a wrong service key is no service", async () => {
    const right = Array.from({ length: 4 }, () => ({ "X-Service-Key": "right" }));
    const responses = await answers(byAddress, [...right, { "X-Service-Key": "wrong" }]);
    assert.deepEqual(statuses(responses), [200, 200, 200, 200, 401]);
  });

  it("hold for every route together, but for what probes ask", async () => {
    const handle = async () => ({ status: 200, body: {} });
    const server = await startHttp({
      endpoints: [
        testEndpoint({ method: "get", path: "/one", handle }),
        testEndpoint({ method: "get", path: "/other", handle }),
        testEndpoint({ method: "get", path: "/probe", probe: true, handle }),
      ],
      takeLimits: limitCalls(memoryCounters()),
    });
    const left = async (path: string) => (await fetch(`${server.url}${path}`)).headers.get("RateLimit-Remaining");
    try {
      const [first, second] = [Number(await left("/one")), Number(await left("/other"))];
      assert.equal(second, first - 1);
      assert.equal(Number(await left("/probe")), first);
    } finally {
      await server.close();
    }
  });

  it("let everything through when they are off", async () => {
    const responses = await answers(byAddress, Array(5).fill(from("192.0.2.1")), { off: true });
    assert.deepEqual(statuses(responses), [200, 200, 200, 200, 200]);
  });

  it("count what is no request by any key", async () => {
    const limit = limitByKey(memoryCounters(), "joins", { points: 1, seconds: 60 });
    await limit("ada");
    await limit("ben");
    await assert.rejects(limit("ada"), { code: "rate_limited" });
  });

  it("cost no more memory however many keys there are", async () => {
    const counters = memoryCounters();
    for (let n = 0; n < 200_000; n++) await counters.take("flood", `address ${n}`, 1_000_000, 60);
    const { remaining } = await counters.take("flood", "one more", 1_000_000, 60);
    assert.ok(remaining < 1_000_000 - 1, "the last key has a counter of its own");
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
