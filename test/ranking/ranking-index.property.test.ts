import assert from "node:assert/strict";
import fc from "fast-check";
import { memoryRankingIndex } from "../../src/ranking/ranking-index.memory.ts";
import { redisRankingIndex } from "../../src/ranking/ranking-index.redis.ts";
import type { Placed, Ranked, RankingIndex } from "../../src/ranking/ranking-index.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";

/** What the index must be: everything, sorted anew for each question. */
class Sorted {
  readonly #records = new Map<string, Placed>();

  put(record: Placed): void {
    const version = this.#records.get(record.id)?.version ?? -1;
    if (record.version > version) this.#records.set(record.id, record);
  }

  remove(id: string): void {
    this.#records.delete(id);
  }

  get all(): Ranked[] {
    const order = (a: Placed, b: Placed) => a.key - b.key || a.at - b.at || (a.id < b.id ? -1 : 1);
    return [...this.#records.values()].sort(order).map(({ id, key, at }) => ({ id, key, at }));
  }
}

const small = { id: fc.integer({ min: 0, max: 40 }).map((n) => `account-${n}`), key: fc.integer({ min: -6, max: 6 }) };
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("put" as const), ...small, at: fc.integer({ min: 0, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("stale" as const), ...small }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), id: small.id }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("forget" as const), id: small.id }) },
);

let lists = 0;

async function behaves(index: RankingIndex, steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  const list = `board|${++lists}`;
  const expected = new Sorted();
  let version = 1;
  for (const one of steps) {
    version += 1;
    if (one.do === "put") {
      const record = { id: one.id, key: one.key, at: 1_767_225_600_000 + one.at, version };
      await index.put(list, [record]);
      expected.put(record);
    } else if (one.do === "stale") {
      // A write that was overtaken: nothing comes of it, unless there is nothing newer.
      if (expected.all.some(({ id }) => id === one.id)) await index.put(list, [{ ...one, at: 7, version: 1 }]);
    } else {
      if (one.do === "remove") await index.remove(list, one.id, version);
      else await index.forget(list, one.id);
      expected.remove(one.id);
    }
  }
  const all = expected.all;
  assert.equal(await index.size(list), all.length);
  assert.deepEqual(await index.range(list, 0, 1000), all);
  for (const [place, { id }] of all.entries()) assert.equal(await index.rank(list, id), place);
  assert.equal(await index.rank(list, "nobody"), null);
  await pagesAgree(index, list, all);
}

/** From every position, somebody's or nobody's, the page behind it is what a sort gives. */
async function pagesAgree(index: RankingIndex, list: string, all: readonly Ranked[]): Promise<void> {
  const between = { id: "account-2", key: 0, at: 1_767_225_600_002 };
  for (const position of [...all.slice(0, 5), between]) {
    const from = all.filter((one) => !isBehind(one, position)).length;
    assert.deepEqual(await index.after(list, position, 3), { from, items: all.slice(from, from + 3) });
  }
  assert.equal(await index.size(list), all.length, "looking changed something");
}

function isBehind(a: Ranked, b: Ranked): boolean {
  return (a.key - b.key || a.at - b.at || Number(a.id > b.id) - Number(a.id < b.id)) > 0;
}

/** Nobody, and so many at once that they do not go in one call, some of them twice. */
async function takesCrowds(index: RankingIndex): Promise<void> {
  const records = Array.from({ length: 300 }, (_, n) => ({
    ...{ id: `account-${n % 200}`, key: (n * 31) % 97, at: 1_767_225_600_000, version: 1 + Math.floor(n / 200) },
  }));
  const expected = new Sorted();
  for (const record of records) expected.put(record);
  await index.put("crowd", []);
  await Promise.all([index.put("crowd", records.slice(0, 150)), index.put("crowd", records.slice(150))]);
  assert.deepEqual(await index.range("crowd", 0, 1000), expected.all);
  const ids = expected.all.map(({ id }) => id);
  const ranks = await Promise.all(ids.map((id) => index.rank("crowd", id)));
  assert.deepEqual(
    ranks,
    ids.map((_, place) => place),
  );
}

describe("the ranking index in memory", () => {
  it("takes nobody, and crowds at once", () => takesCrowds(memoryRankingIndex()));

  it("has everybody at the place that a sort gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 200 }), (steps) => behaves(memoryRankingIndex(), steps)),
    );
  });

  it("keeps its order through splits and empty blocks", async () => {
    const index = memoryRankingIndex();
    const expected = new Sorted();
    const ids = Array.from({ length: 5000 }, (_, n) => `account-${(n * 7919) % 5000}`);
    for (const [n, id] of ids.entries()) {
      const record = { id, key: (n * 31) % 997, at: n, version: 1 };
      expected.put(record);
      await index.put("list", [record]);
    }
    for (const id of ids.slice(0, 4000)) {
      expected.remove(id);
      await index.remove("list", id, 1);
    }
    for (const [n, id] of ids.slice(0, 3000).entries()) {
      const record = { id, key: n, at: 0, version: 2 };
      expected.put(record);
      await index.put("list", [record]);
    }
    const all = expected.all;
    assert.deepEqual(await index.range("list", 0, 5000), all);
    for (const place of [0, 1, 511, 512, 1023, 2500, all.length - 1]) {
      assert.equal(await index.rank("list", all[place]!.id), place);
      assert.deepEqual(await index.range("list", place, 2), all.slice(place, place + 2));
    }
  });

  it("is not loaded before it is said to be", async () => {
    const index = memoryRankingIndex();
    assert.equal(await index.loadedTo("list"), null);
    await index.loaded("list", 5);
    assert.equal(await index.loadedTo("list"), 5);
    await index.drop("list");
    assert.equal(await index.loadedTo("list"), null);
  });
});

describeWithRedis("the ranking index in Redis", () => {
  let server: RedisServer;
  let link: Awaited<ReturnType<typeof openLink>>;
  let index: RankingIndex;
  before(async () => {
    server = await RedisServer.started();
    link = await openLink(server);
    index = redisRankingIndex(link);
  });
  after(async () => {
    link.close();
    await server.dispose();
  });

  it("has everybody at the place that a sort gives", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 100 }), (steps) => behaves(index, steps)),
      { numRuns: 60 },
    );
  });

  it("takes nobody, and crowds at once", () => takesCrowds(index));

  it("tells scores up to their bound exactly", async () => {
    const keys = [-1e15, -1e15 + 1, -1, 0, 1, 1e15 - 1, 1e15];
    await index.put(
      "bounds",
      keys.map((key, n) => ({ id: `account-${n}`, key, at: 5, version: 1 })),
    );
    assert.deepEqual(
      (await index.range("bounds", 0, 10)).map(({ key }) => key),
      keys,
    );
  });

  it("keeps no trace of somebody who is forgotten", async () => {
    await index.put("people", [{ id: "somebody", key: 1, at: 1, version: 3 }]);
    await index.remove("people", "somebody", 4);
    await index.forget("people", "somebody");
    assert.equal(await server.ask((redis) => redis.hexists("rank:{people}:members", "somebody")), 0);
  });

  it("lets go of a list", async () => {
    await index.put("gone", [{ id: "a", key: 1, at: 1, version: 1 }]);
    await index.loaded("gone", 9);
    await index.drop("gone");
    assert.equal(await index.size("gone"), 0);
    assert.equal(await index.loadedTo("gone"), null);
  });
});
