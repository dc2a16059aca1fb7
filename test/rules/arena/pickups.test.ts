import assert from "node:assert/strict";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON, FULL_TURN, HZ, TILE } from "../../../src/arena/world.rules.ts";
import { CORE } from "../../../src/journal/game.ts";
import { evolve, factsOf, fighterOf, place, playingMatch, run, startedMatch } from "./arena-play.ts";

const map = MAPS[0]!;
const MEDKIT = map.pickups.findIndex(({ kind }) => kind === "medkit");
const RAPID = map.pickups.findIndex(({ kind }) => kind === "rapid");

/** Puts seat 0 on a pick-up spot, and seat 1 out of the way. */
function standOn(world: ArenaWorld, spot: number) {
  place(world, 1, 2, 2);
  const { x, y } = map.pickups[spot]!;
  return place(world, 0, x / TILE, y / TILE);
}

describe("arena pick-ups", () => {
  it("a medkit heals 40 up to 100, is told, and is back after 15 seconds", () => {
    for (const [hp, healed] of [
      [20, 60],
      [80, 100],
    ] as const) {
      const world = playingMatch();
      const fighter = standOn(world, MEDKIT);
      fighter.hp = hp;
      assert.deepEqual(step(world, []), [{ type: "pickup", data: { seat: 0, spot: MEDKIT, kind: "medkit" } }]);
      assert.equal(fighter.hp, healed);
      fighter.hp = 20;
      const busy = [0, BUTTON.fire, 0, 0, 1, BUTTON.fire, 0, 0];
      assert.deepEqual(factsOf(run(world, 15 * HZ - 1, busy), "pickup"), []);
      assert.equal(factsOf(step(world, busy), "pickup").length, 1);
    }
  });

  it("who is whole leaves a medkit where it is", () => {
    const world = playingMatch();
    standOn(world, MEDKIT);
    assert.deepEqual(run(world, 30), []);
    assert.equal(world.pickups[MEDKIT], 0);
  });

  it("rapid fire lasts eight seconds, ends with death, and is back after 20 seconds", () => {
    const world = playingMatch();
    const fighter = standOn(world, RAPID);
    assert.deepEqual(step(world, []), [{ type: "pickup", data: { seat: 0, spot: RAPID, kind: "rapid" } }]);
    assert.equal(fighter.rapid, 8 * HZ);
    run(world, 8 * HZ - 1);
    assert.equal(fighter.rapid, 1);
    step(world, []);
    assert.equal(fighter.rapid, 0);
    const busy = [0, BUTTON.fire, FULL_TURN / 4, 0, 1, BUTTON.fire, 0, 0];
    assert.deepEqual(factsOf(run(world, 12 * HZ - 1, busy), "pickup"), []);
    assert.equal(factsOf(step(world, busy), "pickup").length, 1);
    place(world, 0, 2, 12).hp = 20;
    place(world, 1, 4, 12);
    run(world, 10, [1, BUTTON.fire, FULL_TURN / 2, 0]);
    assert.deepEqual([fighter.hp, fighter.rapid], [0, 0]);
  });

  it("must be touched: 0.6 tiles is the farthest", () => {
    const world = playingMatch();
    const fighter = standOn(world, RAPID);
    fighter.x += 615;
    assert.deepEqual(step(world, []), []);
    fighter.x -= 1;
    assert.equal(step(world, []).length, 1);
  });

  it("when two reach for one thing, the lower seat that has a use for it gets it", () => {
    const world = playingMatch();
    standOn(world, MEDKIT);
    Object.assign(fighterOf(world, 1), { x: map.pickups[MEDKIT]!.x, y: map.pickups[MEDKIT]!.y, hp: 20 });
    assert.deepEqual(
      factsOf(step(world, []), "pickup").map(({ seat }) => seat),
      [1],
    );
    const both = playingMatch();
    standOn(both, RAPID);
    Object.assign(fighterOf(both, 1), { x: map.pickups[RAPID]!.x, y: map.pickups[RAPID]!.y });
    assert.deepEqual(
      factsOf(step(both, []), "pickup").map(({ seat }) => seat),
      [0],
    );
  });

  it("nothing is taken in the countdown", () => {
    const world = startedMatch();
    standOn(world, RAPID);
    assert.deepEqual(run(world, 80), []);
    assert.equal(world.pickups[RAPID], 0);
    evolve(world, CORE.ended);
    assert.deepEqual(run(world, 80), []);
  });
});
