import assert from "node:assert/strict";
import fc from "fast-check";
import type { RedisLink } from "../../src/infra/redis.ts";
import { ordinal } from "../../src/ranking/figures.rules.ts";
import { redisRankingIndex } from "../../src/ranking/ranking-index.redis.ts";
import { keyOf, listOf } from "../../src/ranking/records.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";
import { BOARDS, LADDER, type Played, RankingHouse } from "./house.ts";

const ACCOUNTS = ["ada", "bob", "cleo", "dan", "eve", "fay"];
const MINUTE = 60_000;

/** Two to four of six play, with scores, and sometimes one leaves. */
const match = fc
  .record({
    players: fc.shuffledSubarray(ACCOUNTS, { minLength: 2, maxLength: 4 }),
    scores: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 4, maxLength: 4 }),
    leaves: fc.boolean(),
  })
  .map(({ players, scores, leaves }): Played => {
    const rows = players.map((_, seat) => [seat, scores[seat]!, 0]);
    const left = leaves && players.length > 2 ? [players.length - 1] : [];
    return { players, result: { reason: "time", winner: -1, scores: rows }, left };
  });

/** A night of matches, by number; then some of them taken back, in any order, with a crash in between or not. */
const night = fc.record({
  matches: fc.array(match, { minLength: 2, maxLength: 14 }),
  reversed: fc.uniqueArray(fc.nat({ max: 13 }), { minLength: 1, maxLength: 4 }),
  crashAfter: fc.option(fc.integer({ min: 0, max: 12 }), { nil: undefined }),
});

describe("a match that is taken back", () => {
  let houses: [RankingHouse, RankingHouse];
  before(async () => {
    houses = [await RankingHouse.open(), await RankingHouse.open()];
  });
  after(() => Promise.all(houses.map((house) => house.close())));

  it("leaves ratings and boards as if it had never been, whatever depended on it and whoever died on the way", async () => {
    await fc.assert(
      fc.asyncProperty(night, (played) => sameAsFresh(played, ...houses)),
      { numRuns: 25 },
    );
  });
});

describeWithRedis("a match that is taken back, with Redis", () => {
  const servers: RedisServer[] = [];
  const links: RedisLink[] = [];
  const houses: RankingHouse[] = [];
  before(async () => {
    for (let n = 0; n < 2; n++) {
      servers.push(await RedisServer.started());
      links.push(await openLink(servers[n]!));
      houses.push(await RankingHouse.open(redisRankingIndex(links[n]!)));
    }
  });
  after(async () => {
    for (const house of houses) await house.close();
    for (const link of links) link.close();
    for (const server of servers) await server.dispose();
  });

  it("leaves the boards of several processes as if it had never been", async () => {
    await fc.assert(
      fc.asyncProperty(night, (played) => sameAsFresh(played, houses[0]!, houses[1]!)),
      { numRuns: 8 },
    );
  });
});

async function sameAsFresh(
  { matches, reversed, crashAfter }: { matches: Played[]; reversed: number[]; crashAfter?: number | undefined },
  house: RankingHouse,
  fresh: RankingHouse,
): Promise<void> {
  await Promise.all([house.clear(), fresh.clear()]);
  const gone = new Set(reversed.map((n) => n % matches.length));
  const ids: string[] = [];
  for (const [n, one] of matches.entries()) {
    house.now += MINUTE;
    fresh.now = house.now;
    ids.push(await house.play(one));
    await house.pass();
    if (gone.has(n)) continue;
    await fresh.play(one);
    await fresh.pass();
  }
  for (const n of gone) {
    const reversal = { by: "root", reason: "cheated", at: new Date(house.now), done: 0, total: 0 };
    assert.ok(await house.stores.matches.condemn(ids[n]!, reversal));
    if (crashAfter !== undefined) await house.dyingPass(crashAfter);
    await house.pass();
  }
  assert.deepEqual(await ratingsOf(house), await ratingsOf(fresh));
  for (const board of BOARDS)
    assert.deepEqual(await boardOf(house, board.id), await boardOf(fresh, board.id), board.id);
  await inOrder(house);
}

async function ratingsOf({ connection }: RankingHouse): Promise<unknown[]> {
  const docs = await connection.collection("ratings").find({}).toArray();
  const figures = docs.map(({ n: _n, v: _v, at: _at, ...rest }) => rest);
  return figures.sort((a, b) => (String(a._id) < String(b._id) ? -1 : 1));
}

async function boardOf({ index, stores }: RankingHouse, board: string): Promise<unknown> {
  const shown = await index.range(listOf(board, 1), 0, 100);
  const kept = await stores.records.page(board, 1, 100);
  const counts = kept
    .filter(({ count }) => count > 0)
    .map(({ accountId, key, at, count }) => ({ accountId, key, at, count }));
  return { shown, counts };
}

/** The boards against a sort of what is kept, and the rating board against the ratings. */
async function inOrder(house: RankingHouse): Promise<void> {
  for (const { id } of BOARDS) {
    const kept = (await house.stores.records.page(id, 1, 100)).filter(({ count }) => count > 0);
    kept.sort((a, b) => a.key - b.key || a.at - b.at || (a.accountId < b.accountId ? -1 : 1));
    const shown = await house.index.range(listOf(id, 1), 0, 100);
    assert.deepEqual(
      shown,
      kept.map(({ accountId, key, at }) => ({ id: accountId, key, at })),
    );
  }
  const [rating] = BOARDS;
  for (const { id, key } of await house.index.range(listOf(rating!.id, 1), 0, 100)) {
    const doc = await house.stores.ratings.find(LADDER.id, 1, id);
    assert.equal(keyOf(key, rating!), ordinal(doc!));
  }
}
