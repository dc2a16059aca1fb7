import assert from "node:assert/strict";
import { angleOf } from "../../../src/arena/angle.rules.ts";
import { WALK } from "../../../src/arena/movement.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON, HZ, LAG_MAX, SIXTEENTHS, TILE, TRAIL_TICKS } from "../../../src/arena/world.rules.ts";
import type { Draft } from "../../../src/journal/game.ts";
import { factsOf, place, playingMatch, run } from "./arena-play.ts";

const SHOOTER = { x: 9, y: 12 };
const COLUMN = 15.5;
const SHOT_UNITS = (18 * TILE) / (HZ * SIXTEENTHS);
const WALKS_DOWN = [1, BUTTON.down, 0, 0];
const LAGS = Array.from({ length: LAG_MAX + 1 }, (_, lag) => lag);

/** A shooter beside a corridor down which the target walks at full speed, its way a straight line of time. */
function corridor(): { world: ArenaWorld; targetAt: (instant: number) => { x: number; y: number } } {
  const world = playingMatch();
  place(world, 0, SHOOTER.x, SHOOTER.y);
  const { x, y } = place(world, 1, COLUMN, 2);
  const start = world.tick * SIXTEENTHS;
  return { world, targetAt: (instant) => ({ x, y: y + (WALK * (instant - start)) / SIXTEENTHS }) };
}

/**
 * Fires once with `claimed` lag at the target as it was `seen` sixteenths ago, led as a perfect shooter would who sees
 * it walk on while the shot flies. The shot meets it near the middle of the corridor.
 */
function shootAcross(seen: number, claimed: number): Draft[] {
  const { world, targetAt } = corridor();
  const facts: Draft[] = [];
  const flight = Math.hypot(COLUMN - SHOOTER.x, 0) * (TILE / SHOT_UNITS);
  const fireTick = world.tick + Math.round((10 * TILE) / WALK + (seen - flight) / SIXTEENTHS);
  while (world.tick < fireTick - 1) facts.push(...step(world, WALKS_DOWN));
  const aim = leadingAim(targetAt, fireTick * SIXTEENTHS - seen);
  facts.push(...step(world, [0, BUTTON.fire, aim, claimed, ...WALKS_DOWN]));
  for (let tick = 0; tick < 50; tick++) facts.push(...step(world, WALKS_DOWN));
  return facts;
}

/** The angle at which a shot that leaves the shooter at this instant meets the target. */
function leadingAim(targetAt: (instant: number) => { x: number; y: number }, fired: number): number {
  let age = 0;
  for (let round = 0; round < 20; round++) {
    const { x, y } = targetAt(fired + age);
    age = Math.hypot(x - SHOOTER.x * TILE, y - SHOOTER.y * TILE) / SHOT_UNITS;
  }
  const { x, y } = targetAt(fired + age);
  return angleOf(Math.atan2(y - SHOOTER.y * TILE, x - SHOOTER.x * TILE));
}

describe("arena lag compensation", () => {
  it("a shot aimed at a crossing target as the shooter saw it hits, for every lag from 0 to 240 sixteenths", () => {
    for (const lag of LAGS) {
      assert.deepEqual(factsOf(shootAcross(lag, lag), "hit"), [{ by: 0, seat: 1, damage: 20 }], `lag ${lag}`);
    }
  });

  it("the same shot misses when the lag is wrong by three ticks, either way", () => {
    const wrong = 3 * SIXTEENTHS;
    for (const lag of LAGS) {
      if (lag + wrong <= LAG_MAX) assert.deepEqual(shootAcross(lag, lag + wrong), [], `${lag} claimed as more`);
      if (lag >= wrong) assert.deepEqual(shootAcross(lag, lag - wrong), [], `${lag} claimed as less`);
    }
  });

  it("a lag beyond what is remembered counts as the longest that is", () => {
    assert.equal(LAG_MAX, 15 * SIXTEENTHS);
    for (const claimed of [LAG_MAX + 1, 1e9, Number.POSITIVE_INFINITY]) {
      assert.equal(factsOf(shootAcross(LAG_MAX, claimed), "hit").length, 1, `${claimed}`);
      assert.deepEqual(shootAcross(LAG_MAX + 64, claimed), []);
    }
    for (const claimed of [-1, -1e9, Number.NaN]) assert.equal(factsOf(shootAcross(0, claimed), "hit").length, 1);
  });

  it("a shot with lag is flown to the present in the tick it is fired, and on from there", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    place(world, 1, 16, 2);
    step(world, [0, BUTTON.fire, 0, 100]);
    const shot = world.shots[0]!;
    assert.equal(shot.born, world.tick * SIXTEENTHS - 100);
    assert.equal(shot.dies - shot.born, 1.5 * HZ * SIXTEENTHS, "lag makes no shot live longer");
    const near = playingMatch();
    place(near, 0, 2, 12);
    place(near, 1, 4, 12);
    assert.equal(factsOf(step(near, [0, BUTTON.fire, 0, 100]), "hit").length, 1, "two tiles are 53 sixteenths");
    const far = playingMatch();
    place(far, 0, 2, 12);
    place(far, 1, 8, 12);
    assert.deepEqual(step(far, [0, BUTTON.fire, 0, 100]), []);
    assert.equal(factsOf(run(far, 4), "hit").length, 1, "the rest of the way takes its time");
  });

  it("who has moved behind a wall since is hit where the shooter saw them, in the open", () => {
    const walksLeft = [1, BUTTON.left, 0, 0];
    const factsWith = (lag: number) => {
      const world = playingMatch();
      place(world, 0, 15, 4.5);
      // Row 3 is open; seen from the shooter, the pillar in row 4 hides its western part.
      place(world, 1, 14.5, 3.5);
      run(world, 12, walksLeft);
      const fired = step(world, [0, BUTTON.fire, angleOf(Math.atan2(-1, -0.6)), lag, ...walksLeft]);
      return [...fired, ...run(world, 20, walksLeft)];
    };
    assert.equal(factsOf(factsWith(12 * SIXTEENTHS), "hit").length, 1);
    assert.deepEqual(factsWith(0), []);
  });

  it("nobody is hit where they were not to be hit: before they came back, while shielded, in an earlier life", () => {
    const unhittable = { x: 6 * TILE, y: 12 * TILE };
    for (const ticksAgo of [1, 5, 14]) {
      const world = playingMatch();
      place(world, 0, 2, 12);
      const target = place(world, 1, 16, 2);
      Object.assign(target, unhittable, { shield: 50 });
      run(world, 16);
      Object.assign(target, { x: 16 * TILE, y: 2 * TILE, shield: 0 });
      run(world, ticksAgo);
      assert.deepEqual(run(world, 1, [0, BUTTON.fire, 0, LAG_MAX]), [], `${ticksAgo} ticks ago`);
    }
  });

  it("between a tick at which somebody was to be hit and one at which they were not, they are not", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    const { trail } = place(world, 1, 6, 12);
    for (let slot = 0; slot < 2 * TRAIL_TICKS; slot += 4) trail.fill(-1, slot, slot + 2);
    assert.deepEqual(step(world, [0, BUTTON.fire, 0, LAG_MAX]), []);
  });

  it("at arm's length, too, the lag counts to the sixteenth", () => {
    const hitsWith = (lag: number) => {
      const world = playingMatch();
      place(world, 0, 15, 12);
      // From 400 units beside the muzzle it walks to 570: within the body's radius before this tick, not at its end.
      place(world, 1, 15, 12 + 400 / TILE);
      return step(world, [0, BUTTON.fire, 0, lag, ...WALKS_DOWN]).length;
    };
    assert.deepEqual([hitsWith(16), hitsWith(1), hitsWith(0)], [1, 0, 0]);
  });

  it("a shield protects from shots of the past too", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    place(world, 1, 6, 12).shield = 2;
    assert.deepEqual(step(world, [0, BUTTON.fire, 0, LAG_MAX]), []);
  });

  it("the trail holds the last 16 ticks, and nothing for ticks at which nobody could be hit", () => {
    const world = playingMatch();
    const fighter = place(world, 1, COLUMN, 2);
    const places = new Map<number, [number, number]>();
    for (let tick = 0; tick < 40; tick++) {
      fighter.shield = tick >= 20 && tick < 25 ? 2 : 0;
      step(world, WALKS_DOWN);
      places.set(world.tick, fighter.shield > 0 ? [-1, -1] : [fighter.x, fighter.y]);
      for (let ago = 0; ago < Math.min(TRAIL_TICKS, tick + 1); ago++) {
        const slot = 2 * ((world.tick - ago) % TRAIL_TICKS);
        assert.deepEqual(fighter.trail.slice(slot, slot + 2), places.get(world.tick - ago), `${ago} ticks ago`);
      }
    }
    assert.equal(fighter.trail.length, 2 * TRAIL_TICKS);
  });
});
