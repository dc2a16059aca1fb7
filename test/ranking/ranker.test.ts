import assert from "node:assert/strict";
import { ordinal } from "../../src/ranking/figures.rules.ts";
import { BEGINNER } from "../../src/ranking/ranking-types.rules.ts";
import { listOf } from "../../src/ranking/records.ts";
import { LADDER, RankingHouse, RULES } from "./house.ts";

const duel = (players: readonly string[], winner = 0) => ({ players, result: { reason: "score", winner } });

describe("sessions that ended", () => {
  let house: RankingHouse;
  before(async () => {
    house = await RankingHouse.open();
  });
  beforeEach(() => house.clear());
  after(() => house.close());

  const rating = async (accountId: string) => house.stores.ratings.find(LADDER.id, 1, accountId);

  it("are not waited for: on a new database whoever asks for a rating begins the first season, once", async () => {
    const asked = () => house.started().ratingsOf(["ada"], "arena", "default");
    assert.deepEqual(
      (await Promise.all([asked(), asked()])).map(({ size }) => size),
      [0, 0],
    );
    await house.ranking.pass();
    assert.equal(await house.connection.collection("seasons").countDocuments({ scope: LADDER.id }), 1);
  });

  it("are rated once, in the order in which they ended", async () => {
    const later = house.now + 1000;
    house.now = later + 1000;
    const second = await house.play(duel(["ada", "bob"]));
    house.now = later;
    const first = await house.play(duel(["bob", "ada"]));
    await house.ranking.pass();
    await house.ranking.pass();
    const rows = await house.stores.matches.after(LADDER.id, 0, 10);
    assert.deepEqual(
      rows.map(({ _id, n, state }) => [_id, n, state]),
      [
        [first, 1, "applied"],
        [second, 2, "applied"],
      ],
    );
    assert.deepEqual(rows[1]!.players[0]!.before, rows[0]!.players[1]!.after);
    const { games, wins, losses } = (await rating("ada"))!;
    assert.deepEqual({ games, wins, losses }, { games: 2, wins: 1, losses: 1 });
    assert.deepEqual(await house.stores.endedSessions.due(10), []);
  });

  it("count for nothing when their seed was known, nobody ranks them, or nobody won", async () => {
    await house.play({ ...duel(["ada", "bob"]), more: { unranked: true } });
    await house.play({ ...duel(["ada", "bob"]), more: { quarantined: "fault" } });
    await house.play({ ...duel(["ada", "bob"]), more: { mode: "silly" } });
    await house.play({ ...duel(["ada", "bob"]), more: { type: "dice" } });
    await house.play({ players: ["ada", "bob"], result: { reason: "ended_by_host" } });
    await house.play({ ...duel(["ada", "bob"]), between: [{ type: "session.rewound", data: { toSeq: 3 } }] });
    await house.play({ ...duel(["ada", "bob"]), between: [{ type: "session.edited", data: { mode: "default" } }] });
    await house.ranking.pass();
    assert.equal(await house.stores.matches.lastPlace(LADDER.id), 0);
    assert.equal(await rating("ada"), null);
    assert.deepEqual(await house.stores.endedSessions.due(10), []);
  });

  it("count for nothing when their journal was altered", async () => {
    const id = await house.play(duel(["ada", "bob"]));
    const journal = house.connection.collection("journal");
    const batch = await journal.findOne({ s: id });
    const body = String(batch!.body).replace('"winner":0', '"winner":1');
    await journal.updateOne({ s: id }, { $set: { body } });
    await house.ranking.pass();
    assert.equal((await house.looked()).altered, 1);
    assert.equal(await rating("ada"), null);
  });

  it("are lost by who left them, and not by who came back", async () => {
    const scores = [
      [0, 0, 0],
      [1, 0, 0],
    ];
    await house.play({ players: ["ada", "bob", "cleo"], left: [2], result: { reason: "time", winner: -1, scores } });
    await house.ranking.pass();
    const [row] = await house.stores.matches.after(LADDER.id, 0, 1);
    const ranks = row!.players.map(({ accountId, rank, abandoned }) => [accountId, rank, abandoned]);
    assert.deepEqual(ranks, [
      ["ada", 0, false],
      ["bob", 0, false],
      ["cleo", 2, true],
    ]);
    assert.equal((await rating("cleo"))!.abandoned, 1);
    assert.deepEqual(await house.stores.departures.of(row!._id), [], "nothing is kept of it but the match");
  });

  it("are finished by whoever comes next, wherever the one before them died", async () => {
    for (let writes = 0; writes < 14; writes++) {
      await house.clear();
      await house.play(duel(["ada", "bob"]));
      await house.dyingPass(writes);
      house.now += 1000;
      await house.play(duel(["ada", "bob"]));
      await house.ranking.pass();
      const { games, wins, mu, sigma } = (await rating("ada"))!;
      assert.deepEqual({ games, wins }, { games: 2, wins: 2 }, `after ${writes} writes`);
      const shown = await house.index.range(listOf("wins", 1), 0, 1);
      assert.deepEqual(
        shown.map(({ id, key }) => [id, key]),
        [["ada", -2]],
        `after ${writes} writes`,
      );
      assert.equal(-(await house.index.range(listOf("rating", 1), 0, 1))[0]!.key, ordinal({ mu, sigma }));
    }
  });

  it("of ladders that are for the matchmaker's matches alone count when it placed them", async () => {
    const matched = { ...RULES, ladders: [{ ...LADDER, counts: "matched" as const }] };
    const strict = await RankingHouse.open(undefined, matched);
    try {
      await strict.play(duel(["ada", "bob"]));
      const placed = await strict.play({
        players: ["ada", "bob", "cleo", "dan"],
        result: {
          reason: "time",
          winner: -1,
          scores: [
            [0, 0, 0],
            [1, 1, 0],
            [2, 3, 0],
            [3, 1, 0],
          ],
        },
      });
      strict.teams.set(placed, [
        ["ada", "cleo"],
        ["bob", "dan"],
      ]);
      await strict.ranking.pass();
      assert.deepEqual(await strict.looked(), { not_matched: 1, rated: 1 });
      const [row] = await strict.stores.matches.after(LADDER.id, 0, 1);
      assert.deepEqual(
        row!.players.map(({ accountId, rank }) => `${accountId} ${rank}`),
        ["ada 0", "cleo 0", "bob 1", "dan 1"],
      );
    } finally {
      await strict.close();
    }
  });

  it("leave a person out who is erased, and can be taken back all the same", async () => {
    const first = await house.play(duel(["ada", "bob"]));
    house.now += 1000;
    await house.play(duel(["bob", "cleo"]));
    await house.ranking.pass();
    await house.ranking.personalData.erase("bob", "erased-1");
    for (const name of ["matches", "ratings", "records", "departures"]) {
      const docs = await house.connection.collection(name).find({}).toArray();
      assert.ok(!JSON.stringify(docs).includes("bob"), name);
    }
    assert.equal(await house.index.rank(listOf("rating", 1), "bob"), null);
    assert.notEqual(await house.index.rank(listOf("rating", 1), "erased-1"), null);
    await house.stores.matches.condemn(first, { by: "root", reason: "x", at: new Date(house.now), done: 0, total: 0 });
    await house.ranking.pass();
    assert.equal(await rating("ada"), null);
    const [row] = await house.stores.matches.after(LADDER.id, 1, 1);
    assert.deepEqual(row!.players[0]!.before, BEGINNER);
  });
});
