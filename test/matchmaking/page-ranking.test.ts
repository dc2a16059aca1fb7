import assert from "node:assert/strict";
import fc from "fast-check";
import { BUNDLED } from "../../src/ranking/bundled.rules.ts";
import type { MatchView } from "../../src/ranking/players.ts";
import { matchLine } from "../../web/play/match-words.ts";
import { chartOf } from "../../web/play/rating-chart.ts";
import { ratingHistory } from "../../web/play/rating-history.ts";
import { boardName, changeText, ladderName, pointsText, recordText, scoreText } from "../../web/play/rating-words.ts";

const BEGINNER = { mu: 25_000_000, sigma: 8_333_333 };

function contestant(id: string, side: number, rank: number, more: Partial<MatchView["players"][number]> = {}) {
  const after = { mu: BEGINNER.mu + (rank === 0 ? 2_000_000 : -2_000_000), sigma: 8_000_000 };
  return {
    ...{ playerId: id, name: id.toUpperCase(), side, rank, outcome: rank === 0 ? "win" : "loss", score: 3 },
    ...{ abandoned: false, before: BEGINNER, after, ...more },
  } as MatchView["players"][number];
}

function match(players: MatchView["players"], more: Partial<MatchView> = {}): MatchView {
  return {
    ...{ id: "m1", ladder: "arena:duel", gameId: "arena", mode: "duel", season: 1, region: "local", reason: "score" },
    ...{ startedAt: "2026-05-20T11:00:00Z", endedAt: "2026-05-20T11:03:00Z", reversal: null, players, ...more },
  };
}

describe("what the page says of ratings", () => {
  it("shows points with a real minus sign, and no zero below zero", () => {
    assert.deepEqual(
      [12.34, 0, -0.04, -1.96].map((points) => pointsText(points)),
      ["12.3", "0.0", "0.0", "\u22122.0"],
    );
    assert.deepEqual([1.2, -1.2, 0.01].map(changeText), ["+1.2", "\u22121.2", "±0.0"]);
  });

  it("shows ratings in points and other scores as they are", () => {
    assert.equal(scoreText(12_345_678, { ladder: "arena:duel", operator: "set" }), "12.35");
    assert.equal(scoreText(12_345, { ladder: "arena:default", operator: "incr" }), "12,345");
    assert.equal(scoreText(12_345, { ladder: null, operator: "set" }), "12,345");
  });

  it("calls ladders by game and mode", () => {
    assert.equal(ladderName({ gameId: "arena", mode: "2v2" }), "Arena, two against two");
    assert.equal(ladderName({ gameId: "race", mode: "night" }), "race, night");
  });

  it("knows the name of every bundled board, and calls others what their operators do", () => {
    const raw = BUNDLED.boards.filter((board) => boardName(board).includes(": rating"));
    assert.deepEqual(raw, []);
    assert.equal(boardName({ id: "laps", title: "fewest laps" }), "Fewest laps");
  });

  it("sums a season up", () => {
    const none = { games: 0, wins: 0, draws: 0, losses: 0, abandoned: 0 };
    assert.match(recordText(none), /No match/);
    assert.equal(recordText({ ...none, games: 3, wins: 2, losses: 1 }), "2 won, 1 lost");
    assert.equal(
      recordText({ games: 4, wins: 1, draws: 1, losses: 2, abandoned: 1 }),
      "1 won, 1 drawn, 2 lost (1 left early)",
    );
  });
});

describe("a match in somebody's list", () => {
  it("tells result, opponents and what it changed", () => {
    const duel = match([contestant("ann", 0, 0), contestant("bob", 1, 1)]);
    const line = matchLine(duel, "bob")!;
    assert.deepEqual([line.result, line.opponents.map(({ name }) => name), line.mates], ["Lost", ["ANN"], []]);
    // mu fell by 2, and sigma by a third, which gives one of them back.
    assert.equal(line.change!.toFixed(2), "-1.00");
    assert.equal(matchLine(duel, "eve"), null);
  });

  it("tells mates from opponents", () => {
    const teams = match([contestant("ann", 0, 0), contestant("bob", 1, 1), contestant("cat", 0, 0)]);
    const { mates, opponents } = matchLine(teams, "ann")!;
    assert.deepEqual(
      [mates.map(({ playerId }) => playerId), opponents.map(({ playerId }) => playerId)],
      [["cat"], ["bob"]],
    );
  });

  it("tells the place among more than two, and who left", () => {
    const many = match(["ann", "bob", "cat", "dan", "eve"].map((id, at) => contestant(id, at, at)));
    const results = many.players.map(({ playerId }) => matchLine(many, playerId)!.result);
    assert.deepEqual(results, ["Won", "Second of 5", "Third of 5", "4th of 5", "5th of 5"]);
    const left = match([contestant("ann", 0, 0), contestant("bob", 1, 1, { abandoned: true })]);
    assert.equal(matchLine(left, "bob")!.result, "Left early");
  });

  it("claims no change for a match that was taken back", () => {
    const reversal = { status: "done", done: 3, total: 3 } as const;
    const { change, wasReversed } = matchLine(match([contestant("ann", 0, 0)], { reversal }), "ann")!;
    assert.deepEqual([change, wasReversed], [null, true]);
  });
});

describe("the chart of a rating", () => {
  const history = [
    { matchId: "m1", at: "2026-05-20T11:03:00Z", mu: 27_000_000, sigma: 8_000_000, rating: 3_000_000 },
    { matchId: "m2", at: "2026-05-21T11:03:00Z", mu: 28_000_000, sigma: 7_500_000, rating: 5_500_000 },
  ];

  it("begins before the first match where that is known", () => {
    const known = [match([contestant("ann", 0, 0), contestant("bob", 1, 1)])];
    assert.deepEqual(
      ratingHistory({ history }, known, "ann").map(({ label }) => label),
      ["Before: 0.0", "20 May 2026: 3.0 (+3.0)", "21 May 2026: 5.5 (+2.5)"],
    );
    assert.equal(ratingHistory({ history }, [], "ann").length, 2);
    assert.deepEqual(ratingHistory({}, known, "ann"), []);
  });

  it("is none for less than two points", () => {
    assert.equal(chartOf([]), null);
    assert.equal(chartOf([{ mu: 25, sigma: 8, label: "" }]), null);
  });

  it("stays within its frame, with the skill inside the band and the lower edge at its foot", () => {
    const point = fc.record({
      mu: fc.double({ min: -200, max: 200, noNaN: true }),
      sigma: fc.double({ min: 0, max: 30, noNaN: true }),
      label: fc.constant(""),
    });
    fc.assert(
      fc.property(fc.array(point, { minLength: 2, maxLength: 100 }), (points) => {
        const chart = chartOf(points)!;
        const floor = pairs(chart.floor);
        const line = pairs(chart.line);
        const corners = chart.band.slice(1, -1).split("L").flatMap(pairs);
        assert.equal(corners.length, 2 * points.length);
        for (const [x, y] of [...floor, ...line, ...corners]) {
          assert.ok(x! >= 0 && x! <= chart.width && y! >= 0 && y! <= chart.height, `${x},${y}`);
        }
        for (const [at, [, y]] of line.entries()) {
          assert.ok(y! <= floor[at]![1]! && y! >= corners[at]![1]!, "the skill left its band");
        }
        const steps = floor.slice(1).map(([x], at) => x! - floor[at]![0]!);
        assert.ok(steps.every((step) => step > 0));
        assert.ok(chart.ticks.length >= 1 && chart.ticks.length <= 8, `${chart.ticks.length} ticks`);
      }),
    );
  });

  it("rises with the rating", () => {
    const chart = chartOf([0, 5, 10].map((mu) => ({ mu, sigma: 1, label: "" })))!;
    const [first, , last] = pairs(chart.floor);
    assert.ok(last![1]! < first![1]!);
  });
});

function pairs(text: string): number[][] {
  return text.split(" ").map((pair) => pair.split(",").map(Number));
}
