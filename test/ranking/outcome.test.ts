import assert from "node:assert/strict";
import { afterMatch, carried, outcomeOf, submitted, unplayed } from "../../src/ranking/figures.rules.ts";
import { standingsOf } from "../../src/ranking/outcome.rules.ts";
import { BEGINNER, type Contestant } from "../../src/ranking/ranking-types.rules.ts";
import { rated } from "../../src/ranking/skill.ts";

const seated = (...accounts: string[]) => accounts.map((accountId, seat) => ({ seat, accountId }));

/** `account: rank`, by side. */
function ranksOf(ending: Parameters<typeof standingsOf>[0]): Record<string, number> {
  const standings = standingsOf(ending);
  assert.ok(typeof standings !== "string", String(standings));
  return Object.fromEntries(standings.map(({ accountId, rank }) => [accountId, rank]));
}

describe("the outcome of a match", () => {
  it("is by score, then by deaths, and equal for equals", () => {
    const result = {
      reason: "time",
      winner: -1,
      scores: [
        [0, 3, 2],
        [1, 5, 9],
        [2, 3, 1],
        [3, 3, 2],
      ],
    };
    const ranks = ranksOf({ result, present: seated("a", "b", "c", "d"), left: [] });
    assert.deepEqual(ranks, { a: 2, b: 0, c: 1, d: 2 });
  });

  it("is with the winner first, whatever the scores say of a forfeit", () => {
    const result = {
      reason: "forfeit",
      winner: 0,
      scores: [
        [0, 1, 0],
        [1, 9, 0],
      ],
    };
    const left = [{ seat: 1, accountId: "b" }];
    assert.deepEqual(ranksOf({ result, present: seated("a"), left }), { a: 0, b: 1 });
  });

  it("knows a lone winner, and the winning seats of a side", () => {
    assert.deepEqual(ranksOf({ result: { winner: 1 }, present: seated("a", "b", "c"), left: [] }), {
      a: 1,
      b: 0,
      c: 1,
    });
    const seats = { reason: "won", winner: 2, seats: [0, 2] };
    assert.deepEqual(ranksOf({ result: seats, present: seated("a", "b", "c"), left: [] }), { a: 0, b: 2, c: 0 });
  });

  it("counts the scores of a team together", () => {
    const result = {
      reason: "time",
      winner: 0,
      scores: [
        [0, 9, 0],
        [1, 5, 0],
        [2, 1, 0],
        [3, 6, 0],
      ],
    };
    const teams = [
      ["a", "c"],
      ["b", "d"],
    ];
    const standings = standingsOf({
      result: { ...result, winner: -1 },
      present: seated("a", "b", "c", "d"),
      left: [],
      teams,
    });
    assert.ok(typeof standings !== "string");
    const rows = standings.map(({ accountId, side, rank }) => [accountId, side, rank]);
    assert.deepEqual(rows, [
      ["a", 0, 1],
      ["c", 0, 1],
      ["b", 1, 0],
      ["d", 1, 0],
    ]);
  });

  it("puts those who abandoned it last and alone, whatever they had scored", () => {
    const result = {
      reason: "time",
      winner: -1,
      scores: [
        [0, 1, 0],
        [1, 0, 0],
      ],
    };
    const left = [{ seat: 2, accountId: "c" }];
    const standings = standingsOf({ result, present: seated("a", "b"), left, teams: [["a", "c"], ["b"]] });
    assert.ok(typeof standings !== "string");
    assert.deepEqual(
      standings.map(({ accountId, rank, abandoned }) => [accountId, rank, abandoned]),
      [
        ["a", 0, false],
        ["b", 1, false],
        ["c", 2, true],
      ],
    );
  });

  it("is none without a result of the game, or without opponents", () => {
    assert.equal(
      standingsOf({ result: { reason: "ended_by_host" }, present: seated("a", "b"), left: [] }),
      "no_result",
    );
    assert.equal(standingsOf({ result: { winner: -1 }, present: seated("a", "b"), left: [] }), "no_result");
    assert.equal(standingsOf({ result: { winner: 0 }, present: seated("a"), left: [] }), "no_opponents");
    const teams = [["a", "b"]];
    assert.equal(
      standingsOf({ result: { seats: [0, 1] }, present: seated("a", "b"), left: [], teams }),
      "no_opponents",
    );
  });
});

describe("a rating", () => {
  const one = (accountId: string, side: number, rank: number): Contestant => ({
    ...{ accountId, seat: side, side, rank, score: null, abandoned: false },
  });

  it("moves by what openskill says, in whole millionths", () => {
    const before = new Map([
      ["a", BEGINNER],
      ["b", BEGINNER],
    ]);
    const [a, b] = rated([one("a", 0, 0), one("b", 1, 1)], before);
    // By hand, for two beginners: s2 = sigma^2 + tau^2, c = sqrt(2 s2 + 2 beta^2), and mu moves by s2 / (2 c).
    assert.deepEqual(
      [a!.after, b!.after],
      [
        { mu: 27_635_389, sigma: 8_065_901 },
        { mu: 22_364_611, sigma: 8_065_901 },
      ],
    );
    assert.deepEqual(rated([one("a", 0, 0), one("b", 1, 0)], before)[0]!.after.mu, BEGINNER.mu);
  });

  it("counts wins, draws and losses", () => {
    const players = rated(
      [one("a", 0, 0), one("b", 1, 1)],
      new Map([
        ["a", BEGINNER],
        ["b", BEGINNER],
      ]),
    );
    assert.equal(outcomeOf({ players }, players[0]!), "win");
    assert.equal(outcomeOf({ players }, players[1]!), "loss");
    const drawn = players.map((player) => ({ ...player, rank: 0 }));
    assert.equal(outcomeOf({ players: drawn }, drawn[0]!), "draw");
    const { games, losses, wins } = afterMatch(unplayed(BEGINNER), { players }, "b");
    assert.deepEqual({ games, losses, wins }, { games: 1, losses: 1, wins: 0 });
  });

  it("comes back to the beginner's from both sides, season by season", () => {
    const rules = { kept: 500_000, doubt: 5_000_000 };
    assert.deepEqual(carried({ mu: 35_000_000, sigma: 2_000_000 }, 1, 2, rules), { mu: 30_000_000, sigma: 5_000_000 });
    assert.deepEqual(carried({ mu: 15_000_000, sigma: 6_000_000 }, 1, 3, rules), { mu: 22_500_000, sigma: 6_000_000 });
    assert.deepEqual(carried({ mu: 15_000_001, sigma: 9_000_000 }, 4, 4, rules), { mu: 15_000_001, sigma: 9_000_000 });
  });
});

describe("a standing", () => {
  const at = (score: number, when: number) => ({ score, at: when });

  it("keeps the time at which its score was reached first", () => {
    const board = { sort: "desc", operator: "best" } as const;
    const first = submitted(null, at(5, 100), board);
    assert.deepEqual(submitted(first, at(5, 200), board), { score: 5, at: 100, count: 2 });
    assert.deepEqual(submitted(first, at(4, 200), board), { score: 5, at: 100, count: 2 });
    assert.deepEqual(submitted(first, at(6, 200), board), { score: 6, at: 200, count: 2 });
    assert.deepEqual(submitted(first, at(4, 200), { ...board, sort: "asc" }), { score: 4, at: 200, count: 2 });
  });

  it("is set, added to and taken from, and held at its bound", () => {
    const first = { score: 5, at: 100, count: 1 };
    const by = (operator: "set" | "incr" | "decr", score: number) =>
      submitted(first, at(score, 200), { sort: "desc", operator }).score;
    assert.deepEqual([by("set", 2), by("incr", 2), by("decr", 2)], [2, 7, 3]);
    assert.equal(by("incr", 1e15), 1e15);
    assert.ok(Object.is(submitted(null, at(0, 1), { sort: "asc", operator: "decr" }).score, 0));
  });
});
