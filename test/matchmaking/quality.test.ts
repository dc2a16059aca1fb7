import assert from "node:assert/strict";
import fc from "fast-check";
import { predictDraw, predictWin } from "openskill";
import { phi, phiInverse } from "../../src/matchmaking/normal.rules.ts";
import { predict } from "../../src/matchmaking/quality.rules.ts";

/** The approximation's error, in a sum of two, and the rounding. */
const CLOSE = 2e-6;

const player = fc.record({
  mu: fc.double({ min: -5, max: 60, noNaN: true }),
  sigma: fc.double({ min: 0.5, max: 9, noNaN: true }),
});
const teams = fc.array(fc.array(player, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 8 });

describe("match quality", () => {
  it("says what openskill says, of any teams", () => {
    const property = fc.property(teams, (sides) => {
      const strengths = sides.map((side) => ({
        mu: side.reduce((sum, { mu }) => sum + mu, 0),
        sigmaSq: side.reduce((sum, { sigma }) => sum + sigma * sigma, 0),
        players: side.length,
      }));
      const { quality, winProbability } = predict(strengths);
      assert.ok(Math.abs(quality - predictDraw(sides)) < CLOSE);
      const wins = predictWin(sides);
      for (const [team, won] of winProbability.entries()) assert.ok(Math.abs(won - wins[team]!) < CLOSE);
    });
    fc.assert(property, { numRuns: 500 });
  });

  it("is certain about one team, which has nobody to lose to", () => {
    assert.deepEqual(predict([{ mu: 100, sigmaSq: 1, players: 4 }]), { quality: 1, winProbability: [1] });
  });

  it("inverts the normal distribution", () => {
    for (const p of [0.5, 0.6, 0.75, 0.9, 0.975, 0.999]) assert.ok(Math.abs(phi(phiInverse(p)) - p) < 1e-6);
  });
});
