import assert from "node:assert/strict";
import fc from "fast-check";
import { angleOf } from "../../../src/arena/angle.rules.ts";
import { readInputs, toFlat } from "../../../src/arena/inputs.rules.ts";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON } from "../../../src/arena/world.rules.ts";
import { canonical } from "../../../src/lib/canonical.ts";
import { botInputs, dicer, playingMatch, startedMatch } from "./arena-play.ts";
import { Referee } from "./referee.ts";

const INPUTS = 100_000;
const ODD = [
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  -1,
  1e300,
  0.5,
  2 ** 31,
  -(2 ** 53),
  65_536,
];

type Dice = ReturnType<typeof dicer>;

/** Clients that cheat: bots that never let go of the trigger, aim through walls, claim any lag and talk nonsense. */
function cheaters(seed: number): (world: ArenaWorld) => number[] {
  const dice = dicer(seed);
  const honest = botInputs(Array.from({ length: 8 }, () => dice(100_000)));
  return (world) => {
    const flat = honest(world);
    for (let at = 0; at < flat.length; at += 4) {
      flat[at + 1]! |= BUTTON.fire;
      if (dice(4) === 0) flat[at + 2] = aimAtAnybody(world, at / 4, dice);
      if (dice(8) === 0) flat[at + 1] = dice(256) - 64;
      flat[at + 3] = dice(480) - 120;
    }
    if (dice(4) === 0) flat[dice(flat.length)] = ODD[dice(ODD.length)]!;
    if (dice(8) === 0) flat.unshift(...flat.slice(-4));
    if (dice(8) === 0) flat.push(dice(9), dice(99));
    if (dice(16) === 0) flat.reverse();
    return flat;
  };
}

function aimAtAnybody({ fighters }: ArenaWorld, index: number, dice: Dice): number {
  const [me, other] = [fighters[index]!, fighters[dice(fighters.length)]!];
  return me === other ? dice(200_000) - 100_000 : angleOf(Math.atan2(other.y - me.y, other.x - me.x));
}

describe("the arena against hostile clients", () => {
  it(`${INPUTS.toLocaleString("en")} cheating inputs, 0 violations: walls, speed, fire rate, lines of fire, hp, points, trails`, () => {
    const seen = { inputs: 0, hits: 0, kills: 0, matches: 0 };
    while (seen.inputs < INPUTS) {
      const referee = new Referee(startedMatch(8, seen.matches % MAPS.length));
      const inputs = cheaters(seen.matches + 1);
      while (referee.world.phase !== "over" && seen.inputs < INPUTS) {
        referee.step(inputs(referee.world));
        seen.inputs += referee.world.fighters.length;
      }
      seen.hits += referee.hits;
      seen.kills += referee.kills;
      seen.matches += 1;
    }
    // Without these the invariants would have held for want of anything happening.
    assert.ok(seen.hits > 1000 && seen.kills > 200 && seen.matches > 2, JSON.stringify(seen));
  });

  it("no invariant breaks whatever numbers arrive, in whatever number", () => {
    const number = fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: 40 }) },
      { weight: 2, arbitrary: fc.integer({ min: -100, max: 70_000 }) },
      { weight: 1, arbitrary: fc.constantFrom(...ODD) },
      { weight: 1, arbitrary: fc.double() },
    );
    const flats = fc.array(fc.array(number, { maxLength: 40 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(flats, fc.nat(MAPS.length - 1), fc.integer({ min: 2, max: 8 }), (pattern, map, players) => {
        const referee = new Referee(startedMatch(players, map));
        for (let tick = 0; tick < 300; tick++) referee.step(pattern[tick % pattern.length]!);
      }),
      { numRuns: 40 },
    );
  });

  it("input that breaks the rules has the effect of what it is cut down to, and no other", () => {
    const inputs = cheaters(7);
    const [rough, clean] = [playingMatch(8), playingMatch(8)];
    for (let tick = 0; tick < 1500; tick++) {
      const flat = inputs(rough);
      const facts = step(rough, flat);
      assert.deepEqual(step(clean, toFlat(readInputs(flat))), facts);
    }
    assert.equal(JSON.stringify(rough), JSON.stringify(clean));
  });

  it("a flood of inputs moves nobody twice and fires nothing twice", () => {
    const [flooded, normal] = [playingMatch(), playingMatch()];
    const one = [0, BUTTON.right | BUTTON.fire, 0, 0];
    const flood = Array.from({ length: 5000 }, () => one).flat();
    for (let tick = 0; tick < 60; tick++) {
      step(flooded, flood);
      step(normal, one);
    }
    assert.deepEqual(flooded, normal);
  });
});

describe("the arena, played twice", () => {
  it("[L6] the same inputs give the same state and facts, from a copy made of JSON in mid-match too", () => {
    const seeds = fc.uniqueArray(fc.nat(10_000), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(seeds, fc.nat(MAPS.length - 1), fc.integer({ min: 1, max: 700 }), (bots, map, cut) => {
        const live = startedMatch(8, map);
        const inputs = botInputs(bots);
        let copy: ArenaWorld | undefined;
        for (let tick = 0; tick < 900; tick++) {
          if (tick === cut) copy = JSON.parse(canonical(live));
          const flat = inputs(live);
          const facts = step(live, flat);
          if (copy) assert.deepEqual(step(copy, flat), facts);
        }
        assert.equal(canonical(copy), canonical(live));
        assert.ok(live.fired > 0, "shots were fired");
      }),
      { numRuns: 12 },
    );
  });
});
