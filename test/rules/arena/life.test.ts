import assert from "node:assert/strict";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { WALK } from "../../../src/arena/movement.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON, FULL_TURN, HZ, TILE } from "../../../src/arena/world.rules.ts";
import type { Draft } from "../../../src/journal/game.ts";
import { factsOf, fighterOf, place, playingMatch, run, startedMatch } from "./arena-play.ts";

const map = MAPS[0]!;

/** Seat 0 kills seat 1; the world is at the tick of the kill. */
function afterKill(players = 2): ArenaWorld {
  const world = playingMatch(players);
  place(world, 0, 2, 12);
  place(world, 1, 4, 12).hp = 20;
  step(world, [0, BUTTON.fire, 0, 0]);
  let facts: Draft[] = [];
  while (factsOf(facts, "kill").length === 0) facts = step(world, []);
  return world;
}

describe("arena lives", () => {
  it("the dead come back after two seconds, whole and shielded for one and a half", () => {
    const world = afterKill();
    const victim = fighterOf(world, 1);
    run(world, 2 * HZ - 1);
    assert.equal(victim.hp, 0);
    step(world, []);
    assert.deepEqual([victim.hp, victim.shield, victim.respawn, victim.deaths], [100, 1.5 * HZ, 0, 1]);
    run(world, 1.5 * HZ - 1);
    assert.equal(victim.shield, 1);
    step(world, []);
    assert.equal(victim.shield, 0);
  });

  it("the dead neither walk nor fire nor pick up", () => {
    const world = afterKill();
    const victim = fighterOf(world, 1);
    const { x, y } = Object.assign(victim, { x: map.pickups[0]!.x, y: map.pickups[0]!.y });
    assert.deepEqual(run(world, 30, [1, BUTTON.left | BUTTON.fire, 0, 0]), []);
    assert.deepEqual([victim.x, victim.y, world.shots.length], [x, y, 0]);
  });

  it("a shield ends when its owner fires", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    const target = place(world, 1, 6, 12);
    target.shield = 40;
    step(world, [0, BUTTON.fire, 0, 0, 1, BUTTON.fire, FULL_TURN / 4, 0]);
    assert.equal(target.shield, 0);
    assert.equal(factsOf(run(world, 10), "hit").length, 1);
  });

  it("everybody spawns at the spot farthest from the living enemies; the lowest one when there are none", () => {
    for (const [index] of MAPS.entries()) {
      const world = startedMatch(8, index);
      const { spawns } = MAPS[index]!;
      assert.deepEqual([world.fighters[0]!.x, world.fighters[0]!.y], [spawns[0]!.x, spawns[0]!.y]);
      for (const [seat, { x, y }] of world.fighters.entries()) {
        const room = (spot: { x: number; y: number }) =>
          Math.min(...world.fighters.slice(0, seat).map((other) => Math.hypot(other.x - spot.x, other.y - spot.y)));
        const best = Math.max(...spawns.map(room));
        assert.equal(room({ x, y }), best, `seat ${seat}`);
        assert.ok(seat === 0 || best >= 2 * TILE, "nobody spawns on somebody");
        const lowest = spawns.findIndex((spot) => room(spot) === best);
        assert.deepEqual({ x, y }, spawns[lowest], `seat ${seat} takes the lowest of the best`);
      }
    }
  });

  it("the dead and the away keep nobody from a spot", () => {
    const world = afterKill();
    place(world, 0, map.spawns[0]!.x / TILE, map.spawns[0]!.y / TILE);
    Object.assign(fighterOf(world, 0), { hp: 0, away: true, idle: 450 });
    run(world, 2 * HZ);
    const { x, y } = fighterOf(world, 1);
    assert.deepEqual({ x, y }, map.spawns[0]);
  });

  describe("being away", () => {
    const idle = 15 * HZ;

    it("comes after 15 seconds without a button or a change of aim, and takes a player out of play", () => {
      const world = playingMatch();
      run(world, 1, [0, BUTTON.up, 0, 0, 1, BUTTON.up, 0, 0]);
      // Seat 1 sends that nothing is held and nothing has moved: that is idle too.
      run(world, idle - 1, [1, 0, 0, 0]);
      assert.deepEqual(
        world.fighters.map(({ away }) => away),
        [false, false],
      );
      step(world, [1, 0, 0, 0]);
      for (const { away, hp, respawn, deaths } of world.fighters)
        assert.deepEqual([away, hp, respawn, deaths], [true, 0, 0, 0]);
      const places = world.fighters.map(({ x, y }) => [x, y]);
      run(world, 100, [1, 0, 0, 0]);
      assert.deepEqual(
        world.fighters.map(({ x, y }) => [x, y]),
        places,
      );
      assert.ok(world.fighters.every(({ away, hp }) => away && hp === 0));
    });

    it("is put off by any button and any turn", () => {
      const world = playingMatch();
      for (let tick = 0; tick < 2 * idle; tick++) {
        step(world, tick % 400 === 0 ? [0, BUTTON.fire, 0, 0, 1, 0, tick & 0xffff, 0] : []);
      }
      assert.deepEqual(
        world.fighters.map(({ away }) => away),
        [false, false],
      );
    });

    it("ends with any input, by a respawn", () => {
      for (const back of [
        [0, BUTTON.left, 0, 0],
        [0, 0, 1, 0],
      ]) {
        const world = playingMatch();
        place(world, 0, 2, 12);
        const fighter = fighterOf(world, 0);
        while (!fighter.away) step(world, [1, BUTTON.fire, FULL_TURN / 4, 0]);
        step(world, back);
        assert.deepEqual([fighter.away, fighter.hp, fighter.shield], [false, 100, 1.5 * HZ]);
        assert.ok(map.spawns.some(({ x, y }) => x === fighter.x && y === fighter.y));
        assert.ok(
          fighter.trail.every((place) => place === -1),
          "nobody is hit where the body stood before",
        );
      }
    });

    it("comes to those, too, who are shot again and again", () => {
      const world = playingMatch();
      fighterOf(world, 1).idle = 0;
      for (let tick = 0; tick < idle; tick++) {
        if (tick % 100 === 20) Object.assign(fighterOf(world, 1), { hp: 0, respawn: 60 });
        step(world, [0, BUTTON.fire, 0, 0]);
      }
      for (let tick = 0; tick < 100; tick++) {
        const { away, hp, respawn } = fighterOf(world, 1);
        assert.deepEqual([away, hp, respawn], [true, 0, 0], "and they do not come back by themselves");
        step(world, [0, BUTTON.fire, 0, 0]);
      }
    });
  });

  it("a player without an entry stands still and does not fire", () => {
    const world = playingMatch();
    const { x, y } = place(world, 0, 10, 12);
    step(world, [0, BUTTON.right | BUTTON.fire, 0, 0]);
    assert.deepEqual([fighterOf(world, 0).x, world.fired], [x + WALK, 1]);
    run(world, 30, [1, BUTTON.right, 0, 0]);
    assert.deepEqual([fighterOf(world, 0).x, fighterOf(world, 0).y, world.fired], [x + WALK, y, 1]);
  });

  it("two bodies may stand in one place", () => {
    const world = playingMatch();
    place(world, 0, 10, 12);
    place(world, 1, 10.5, 12);
    run(world, 3, [0, BUTTON.right, 0, 0]);
    assert.equal(fighterOf(world, 0).x, 10 * TILE + 3 * WALK);
  });
});
