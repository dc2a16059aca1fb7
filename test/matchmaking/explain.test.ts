import assert from "node:assert/strict";
import fc from "fast-check";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { explain } from "../../src/matchmaking/explain.rules.ts";
import { decide } from "../../src/matchmaking/matchmaking.rules.ts";
import type { Candidate, QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { Pool } from "../../src/matchmaking/pool.rules.ts";
import { REGIONS, solo } from "./arrivals.ts";

const duel = BUNDLED_QUEUES.find(({ id }) => id === "arena-duel")!;
const twos = BUNDLED_QUEUES.find(({ id }) => id === "arena-2v2")!;

function told(rules: QueueRules, candidates: readonly Candidate[], now = 0, regions: readonly string[] = ["eu"]) {
  const pool = new Pool(rules);
  for (const candidate of candidates) pool.put(candidate);
  return explain(pool, candidates[0]!.id, { now, regions })!;
}

describe("why a ticket waits", () => {
  it("tells the pool, the windows now and a second later, and how long is left", () => {
    const explanation = told(duel, [solo("me", 25), solo("other", 40)], 10_000);
    assert.deepEqual(explanation.pool, { tickets: 2, players: 2, playersNeeded: 2 });
    assert.deepEqual(explanation.window, { rating: 4, latencyMs: 100 });
    assert.deepEqual(explanation.nextWidening, { inSeconds: 1, rating: 4.2, latencyMs: 104 });
    assert.deepEqual([explanation.waitedSeconds, explanation.timeoutInSeconds], [10, 170]);
    assert.deepEqual(explanation.regions, ["eu"]);
  });

  it("says no more about widening once nothing widens", () => {
    const explanation = told(duel, [solo("me", 25)], 170_000);
    assert.equal(explanation.nextWidening, null);
    assert.equal(explanation.sentence, "Nobody else waits; a match needs 2.");
  });

  it("tells what stands between a ticket and the nearest, nearest first, and names nobody", () => {
    const explanation = told(
      twos,
      [
        solo("me", 25, 0, { latencies: { eu: 20 } }),
        solo("far", 35),
        solo("new", 29, 20_000),
        solo("abroad", 25.5, 0, { latencies: { us: 20, eu: 300 } }),
        solo("fits", 26),
      ],
      20_000,
    );
    assert.deepEqual(
      explanation.nearest.map(({ distance, blocked }) => [distance, blocked]),
      [
        [0.5, "latency"],
        [1, null],
        [4, "their_rating"],
        [10, "rating"],
      ],
    );
    assert.ok(!JSON.stringify(explanation).includes("account-"));
    assert.ok(!JSON.stringify(explanation).includes("abroad"));
  });

  it("says when the windows will have opened, and keeps its word", () => {
    const property = fc.property(
      fc.integer({ min: 0, max: 14 }),
      fc.nat(30_000),
      fc.nat(150),
      fc.nat(150),
      (apart, since, ms, more) => {
        const rules = { ...duel, timeoutSeconds: 3600 };
        const pair = [
          solo("a", 25, 0, { latencies: { eu: more } }),
          solo("b", 25 + apart, since, { latencies: { eu: ms } }),
        ];
        const now = since;
        const { openInSeconds } = told(rules, pair, now).nearest[0]!;
        const pool = new Pool(rules);
        for (const ticket of pair) pool.put(ticket);
        assert.ok(openInSeconds !== null);
        const before = now + (openInSeconds - 1) * 1000;
        if (openInSeconds > 0) assert.equal(decide(pool, { now: before - 1, regions: REGIONS }).matches.length, 0);
        assert.equal(decide(pool, { now: now + openInSeconds * 1000, regions: REGIONS }).matches.length, 1);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it("puts it into one sentence", () => {
    assert.equal(
      told(duel, [solo("me", 25), solo("b", 25)]).sentence,
      "2 players wait; a match is being put together.",
    );
    assert.equal(
      told(duel, [solo("me", 25), solo("b", 30)]).sentence,
      "2 players wait; the nearest comes within reach in 15 s, while windows widen.",
    );
    assert.equal(
      told(duel, [solo("me", 25), solo("b", 60)]).sentence,
      "2 players wait; nobody near you fits yet, and your window still widens.",
    );
    assert.equal(
      told(duel, [solo("me", 25, 0, { latencies: { eu: 180 } }), solo("b", 25)]).sentence,
      "2 players wait; no region is within 60 ms of you yet.",
    );
  });

  it("knows nothing of a ticket that does not wait", () => {
    assert.equal(explain(new Pool(duel), "nobody", { now: 0, regions: [] }), null);
  });
});
