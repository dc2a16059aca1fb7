import assert from "node:assert/strict";
import type { Principal } from "../../src/accounts/tokens.ts";
import { Refusal } from "../../src/errors.ts";
import type { AnyEndpoint } from "../../src/http/endpoint.ts";
import { memoryRankingIndex } from "../../src/ranking/ranking-index.memory.ts";
import { redisRankingIndex } from "../../src/ranking/ranking-index.redis.ts";
import { listOf } from "../../src/ranking/records.ts";
import { CLOSED_FOR_MS, nextEnd } from "../../src/ranking/seasons.ts";
import { describeWithRedis, openLink, RedisServer } from "../support/redis.ts";
import { LADDER, RankingHouse } from "./house.ts";

// biome-ignore lint/suspicious/noExplicitAny: what an operation answers is judged by what it says
type Told = Record<string, any>;

const MONTH_MS = 31 * 24 * 3600 * 1000;
const someone = (accountId: string, ...roles: Principal["roles"]): Principal => ({
  ...{ accountId, name: accountId, roles: roles.length > 0 ? roles : ["player"], deviceId: "d" },
});
const SERVICE = someone("service:race", "service");

describe("leaderboards", () => {
  let house: RankingHouse;
  before(async () => {
    house = await RankingHouse.open();
  });
  beforeEach(async () => {
    await house.close();
    house = await RankingHouse.open();
    await house.pass();
  });
  after(() => house.close());

  /** Calls an operation as the HTTP assembly would, after its checks. */
  async function call(id: string, call: object): Promise<Told> {
    const endpoint = house.ranking.endpoints.find((one) => one.id === id) as AnyEndpoint;
    const { body } = await endpoint.handle({ requestId: "r", query: { limit: 20 }, ...call } as never);
    return body as never;
  }
  const submit = (playerId: string, score: number, effectId?: string) =>
    call("submitRecord", { params: { id: "laps" }, principal: SERVICE, body: { playerId, score }, effectId });
  const page = (query: object = {}, who = "nobody") =>
    call("listRecords", { params: { id: "laps" }, principal: someone(who), query: { limit: 20, ...query } });
  const refuses = (work: Promise<unknown>, code: string) =>
    assert.rejects(work, (reason) => reason instanceof Refusal && reason.code === code);

  it("rank by score, and of equal scores the earlier first", async () => {
    for (const [player, score] of [
      ["ada", 70],
      ["bob", 60],
      ["cleo", 60],
      ["dan", 90],
    ] as const) {
      house.now += 1000;
      await submit(player, score);
    }
    house.now += 1000;
    assert.equal((await submit("dan", 60)).rank, 3);
    assert.equal((await submit("bob", 99)).rank, 1, "a worse score changes nothing");
    const { items, total } = await page();
    assert.deepEqual(
      items.map((one: Told) => [one.rank, one.playerId, one.score]),
      [
        [1, "bob", 60],
        [2, "cleo", 60],
        [3, "dan", 60],
        [4, "ada", 70],
      ],
    );
    assert.equal(total, 4);
  });

  it("show the caller in the middle, and nothing to those who have no record", async () => {
    for (let n = 0; n < 20; n++) await submit(`p${n}`, n);
    const ranks = async (who: string) =>
      (await page({ around: "me", limit: 5 }, who)).items.map((one: Told) => one.rank);
    assert.deepEqual(await ranks("p10"), [9, 10, 11, 12, 13]);
    assert.deepEqual(await ranks("p0"), [1, 2, 3, 4, 5]);
    assert.deepEqual(await ranks("p19"), [18, 19, 20]);
    assert.deepEqual(await ranks("nobody"), []);
  });

  it("neither skip nor repeat those who stand still while others move between pages", async () => {
    for (let n = 0; n < 30; n++) await submit(`p${n}`, 100 + n);
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let turn = 0; ; turn++) {
      const { items, nextCursor } = await page({ limit: 4, cursor });
      seen.push(...items.map((one: Told) => one.playerId));
      if (nextCursor === null) break;
      cursor = nextCursor;
      // Somebody new comes to the top, and the one whom the cursor names moves up.
      await submit(`new${turn}`, turn);
      await submit(items.at(-1).playerId, 50 + turn);
    }
    const still = Array.from({ length: 30 }, (_, n) => `p${n}`);
    assert.deepEqual(
      seen.filter((id) => still.includes(id)),
      still,
    );
  });

  it("take a submission once, however often it comes", async () => {
    await submit("ada", 50, "effect-1");
    await submit("ada", 40, "effect-2");
    await submit("ada", 30, "effect-1");
    assert.equal((await page()).items[0].score, 40);
  });

  it("lose nothing of what comes at the same time", async () => {
    await Promise.all(Array.from({ length: 12 }, (_, n) => submit("ada", 100 - n)));
    assert.equal((await page()).items[0].score, 89);
    assert.equal((await house.stores.records.find("laps", 1, "ada"))!.count, 12);
  });

  it("take scores from services, and results from players, and nothing else", async () => {
    const params = { id: "laps" };
    const body = { playerId: "ada", score: 1 };
    await refuses(call("submitRecord", { params, principal: someone("ada"), body }), "forbidden");
    const other = { ...SERVICE, gameId: "chess" };
    await refuses(call("submitRecord", { params, principal: other, body }), "forbidden");
    await refuses(
      call("submitRecord", { params: { id: "wins" }, principal: SERVICE, body }),
      "leaderboard_fed_by_matches",
    );
    await refuses(call("submitRecord", { params: { id: "no" }, principal: SERVICE, body }), "leaderboard_not_found");
    assert.equal((await page()).total, 0);

    const matchId = await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 0 } });
    const mine = (who: string) =>
      call("submitRecord", { params: { id: "wins" }, principal: someone(who), body: { matchId } });
    await refuses(mine("ada"), "match_not_found");
    await house.pass();
    const { rank, score } = await mine("ada");
    assert.deepEqual({ rank, score }, { rank: 1, score: 1 });
    await refuses(mine("cleo"), "match_not_found");
  });

  it("are loading after a start until everything is there", async () => {
    await submit("ada", 5);
    const ranking = house.started(memoryRankingIndex());
    const list = ranking.endpoints.find(({ id }) => id === "listRecords") as AnyEndpoint;
    const ask = () => list.handle({ params: { id: "laps" }, query: { limit: 5 }, principal: someone("ada") } as never);
    await refuses(ask(), "leaderboard_loading");
    await ranking.pass();
    assert.equal(((await ask()).body as Told).items[0].playerId, "ada");
  });

  it("begin anew with each season, and keep the ranks of the last", async () => {
    const first = await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 0 } });
    await house.pass();
    for (let n = 0; n < 7; n++) await submit(`p${n}`, 10 - n);
    house.now += MONTH_MS;
    // It ended in the old season, and nobody had looked at it yet.
    await house.play({
      players: ["ada", "cleo"],
      result: { reason: "score", winner: 0 },
      more: { endedAt: new Date(0) },
    });
    await house.pass();
    assert.equal(
      (await house.stores.matches.after(LADDER.id, 0, 10)).every(({ season }) => season === 1),
      true,
    );
    await submit("p0", 1);
    assert.deepEqual(
      (await page()).items.map((one: Told) => one.playerId),
      ["p0"],
    );
    const old = async (query = {}) =>
      (await page({ season: 1, ...query }, "p3")).items.map((one: Told) => `${one.rank} ${one.playerId}`);
    const expected = ["1 p6", "2 p5", "3 p4", "4 p3", "5 p2", "6 p1", "7 p0"];
    assert.deepEqual(await old(), expected, "while it is closing");
    house.now += CLOSED_FOR_MS;
    await house.pass();
    assert.deepEqual(await old(), expected, "once it is archived");
    assert.equal(await house.index.size(listOf("laps", 1)), 0);
    assert.deepEqual(await old({ around: "me", limit: 3 }), ["3 p4", "4 p3", "5 p2"]);
    const { nextCursor } = await page({ season: 1, limit: 3 });
    assert.deepEqual(await old({ cursor: nextCursor, limit: 2 }), ["4 p3", "5 p2"]);
    const end = house.ended.find(({ board }) => board === "laps")!;
    assert.deepEqual([end.season, end.records, end.top[0]], [1, 7, { accountId: "p6", score: 4 }]);
    assert.ok(house.audited.includes("leaderboard.season_ended"));
    await refuses(page({ season: 9 }), "season_not_found");
    const reverse = call("reverseMatch", {
      params: { id: first },
      body: { reason: "x" },
      principal: someone("root", "admin"),
    });
    await refuses(reverse, "season_closed");
  });

  it("show what a rating has come down to until the first match of a season, and then go on from there", async () => {
    await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 0 } });
    await house.pass();
    house.now += MONTH_MS;
    await house.pass();
    const [view] = (await call("getPlayerRating", { params: { id: "ada" }, query: { history: 5 } })).items;
    assert.deepEqual([view.season, view.games, view.mu, view.sigma], [2, 0, 26_317_694, 8_065_901]);
    assert.deepEqual(
      await house.ranking.ratingsOf(["ada", "new"], "arena", "default"),
      new Map([["ada", { rating: view.mu, sigma: view.sigma }]]),
    );
    await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 1 } });
    await house.pass();
    const [, row] = await house.stores.matches.after(LADDER.id, 0, 2);
    assert.deepEqual(row!.players[0]!.before, { mu: view.mu, sigma: view.sigma });
  });

  it("tell of a match how far it has been taken back", async () => {
    const id = await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 0 } });
    await house.pass();
    const asked = await call("reverseMatch", {
      params: { id },
      body: { reason: "bot" },
      principal: someone("root", "admin"),
    });
    assert.equal(asked.reversal.status, "running");
    await house.pass();
    assert.equal((await call("getMatch", { params: { id } })).reversal.status, "done");
    const { items } = await call("listPlayerMatches", { params: { id: "ada" }, query: { limit: 5 } });
    assert.equal(items[0].id, id);
    assert.deepEqual(house.audited, ["match.reversed"]);
  });

  it("have schedules in UTC", () => {
    assert.equal(nextEnd("0 0 1 1,4,7,10 *", Date.UTC(2026, 4, 5))!.toISOString(), "2026-07-01T00:00:00.000Z");
    assert.equal(nextEnd(null, 0), null);
  });
});

describeWithRedis("leaderboards in Redis", () => {
  it("are loaded again when Redis has lost them, and catch up with what it missed", async () => {
    const server = await RedisServer.started();
    const link = await openLink(server);
    const house = await RankingHouse.open(redisRankingIndex(link));
    try {
      await house.pass();
      await house.play({ players: ["ada", "bob"], result: { reason: "score", winner: 0 } });
      await house.pass();
      const places = () => house.index.range(listOf("wins", 1), 0, 5);
      const before = await places();
      assert.equal(before.length, 2);
      await server.kill();
      await house.play({ players: ["bob", "ada"], result: { reason: "score", winner: 0 } });
      await house.pass();
      await server.start();
      while (!link.isUp) await new Promise((resolve) => setTimeout(resolve, 20));
      await house.pass();
      assert.deepEqual((await places()).map(({ id, key }) => [id, key]).sort(), [
        ["ada", -1],
        ["bob", -1],
      ]);

      // One record never reached it: the process died in between.
      await server.ask((redis) => redis.zremrangebyrank(`rank:{${listOf("wins", 1)}}:order`, 0, -1));
      await server.ask((redis) => redis.del(`rank:{${listOf("wins", 1)}}:members`));
      house.now += 31_000;
      await house.pass();
      assert.equal((await places()).length, 2);
    } finally {
      await house.close();
      link.close();
      await server.dispose();
    }
  });
});
