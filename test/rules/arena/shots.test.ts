import assert from "node:assert/strict";
import { isWall, MAPS, tileOf } from "../../../src/arena/maps.rules.ts";
import { BODY } from "../../../src/arena/movement.rules.ts";
import { COOLDOWN, DAMAGE, fire, LIFE, RAPID_COOLDOWN, shotX, shotY } from "../../../src/arena/shots.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON, FULL_TURN, HZ, SIXTEENTHS, TILE } from "../../../src/arena/world.rules.ts";
import { CORE } from "../../../src/journal/game.ts";
import { dicer, evolve, factsOf, fighterOf, openTiles, place, playingMatch, run, startedMatch } from "./arena-play.ts";

const EAST = 0;
const WEST = FULL_TURN / 2;

function fires(seat: number, aim = EAST, lag = 0): number[] {
  return [seat, BUTTON.fire, aim, lag];
}

/** Seat 0 in the west of the open rows, seat 1 `tiles` to its east. */
function duel(tiles: number): ArenaWorld {
  const world = playingMatch();
  place(world, 0, 2, 12);
  place(world, 1, 2 + tiles, 12);
  return world;
}

/** The ticks at which the seat fired while it held the button for so long. */
function firingTicks(world: ArenaWorld, seat: number, ticks: number): number[] {
  const fired: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    const before = world.fired;
    step(world, fires(seat, FULL_TURN / 4));
    if (world.fired > before) fired.push(tick);
  }
  return fired;
}

describe("arena shots", () => {
  it("leave the shooter's centre at 18 tiles a second and live a second and a half", () => {
    const world = playingMatch();
    const shooter = place(world, 0, 2, 12);
    place(world, 1, 16, 2);
    step(world, fires(0));
    const shot = world.shots[0]!;
    const { x, y, angle, owner, id } = shot;
    assert.deepEqual({ x, y, angle, owner, id }, { x: shooter.x, y: shooter.y, angle: EAST, owner: 0, id: 0 });
    assert.equal(shot.born, world.tick * SIXTEENTHS);
    assert.equal(shotX(shot, HZ * SIXTEENTHS) - shot.x, 18 * TILE);
    assert.equal(shot.dies - shot.born, 1.5 * HZ * SIXTEENTHS);
    run(world, 1.5 * HZ - 1);
    assert.equal(world.shots.length, 1);
    step(world, []);
    assert.equal(world.shots.length, 0);
  });

  it("fly straight: at every age and angle within five units of the true place", () => {
    for (let angle = 0; angle < FULL_TURN; angle += 97) {
      const shot = { id: 0, owner: 0, x: 16_000, y: 12_000, angle, born: 0, dies: LIFE };
      for (const age of [0, 1, 16, 333, LIFE]) {
        const [way, turn] = [(age * 18 * TILE) / (HZ * SIXTEENTHS), (angle / FULL_TURN) * 2 * Math.PI];
        const off = Math.hypot(
          shotX(shot, age) - 16_000 - way * Math.cos(turn),
          shotY(shot, age) - 12_000 - way * Math.sin(turn),
        );
        assert.ok(off < 5, `off by ${off} at angle ${angle}, age ${age}`);
      }
    }
  });

  it("a held button fires every 8 ticks, every 4 while rapid, and never faster", () => {
    const slow = duel(20);
    assert.deepEqual(firingTicks(slow, 0, 40), [0, 8, 16, 24, 32]);
    const fast = duel(20);
    fighterOf(fast, 0).rapid = 100;
    assert.deepEqual(firingTicks(fast, 0, 20), [0, 4, 8, 12, 16]);
    assert.deepEqual([COOLDOWN, RAPID_COOLDOWN], [8, 4]);
  });

  it("letting go of the button does not shorten the wait", () => {
    const world = duel(20);
    step(world, fires(0));
    run(world, 3);
    assert.deepEqual(firingTicks(world, 0, 10), [4]);
  });

  it("nobody fires in the countdown, when dead or when away", () => {
    const early = startedMatch();
    run(early, 80, fires(0));
    assert.equal(early.fired, 0);
    const world = duel(20);
    Object.assign(fighterOf(world, 0), { hp: 0, respawn: 50 });
    run(world, 40, fires(0));
    assert.equal(world.fired, 0);
    Object.assign(fighterOf(world, 0), { respawn: 0, away: true, idle: 450 });
    run(world, 40, [0, 0, EAST, 0]);
    assert.equal(world.fired, 0);
  });

  it("a hit costs 20 of 100; the fifth one kills, scores, and both are told in order", () => {
    const world = duel(3);
    const facts = run(world, 60, fires(0));
    assert.equal(factsOf(facts, "hit").length, 5);
    for (const hit of factsOf(facts, "hit")) assert.deepEqual(hit, { by: 0, seat: 1, damage: DAMAGE });
    assert.deepEqual(facts.at(-1), { type: "kill", data: { by: 0, seat: 1 } });
    const [shooter, victim] = world.fighters;
    assert.deepEqual([shooter!.score, shooter!.deaths, victim!.score, victim!.deaths, victim!.hp], [1, 0, 0, 1, 0]);
  });

  it("a shot hits once and is gone", () => {
    const world = duel(3);
    step(world, fires(0));
    assert.equal(factsOf(run(world, 30), "hit").length, 1);
    assert.equal(world.shots.length, 0);
    assert.equal(fighterOf(world, 1).hp, 80);
  });

  it("of two in its way a shot hits the nearer one, whoever sits first", () => {
    for (const [near, far] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const world = playingMatch(3);
      place(world, 0, 2, 12);
      place(world, near, 5, 12);
      place(world, far, 5.5, 12);
      step(world, fires(0));
      assert.deepEqual(
        factsOf(run(world, 20), "hit").map(({ seat }) => seat),
        [near],
      );
    }
  });

  it("a body is as wide as 0.4 tiles to each side, and round", () => {
    const passes = (offX: number, offY: number, aim: number) => {
      const world = playingMatch();
      place(world, 0, 16, 12);
      Object.assign(place(world, 1, 16, 12), { x: 16 * TILE + offX, y: 12 * TILE + offY });
      world.fighters[1]!.trail = world.fighters[1]!.trail.map((_, at) =>
        at % 2 === 0 ? 16 * TILE + offX : 12 * TILE + offY,
      );
      step(world, fires(0, aim));
      return factsOf(run(world, 20), "hit").length === 0;
    };
    for (const side of [-1, 1]) {
      assert.ok(!passes(3 * TILE, side * BODY, EAST), "a graze hits");
      assert.ok(passes(3 * TILE, side * (BODY + 1), EAST), "beside the body it misses");
      assert.ok(!passes(side * BODY, 3 * TILE, FULL_TURN / 4), "the same from above");
      assert.ok(passes(side * (BODY + 1), 3 * TILE, FULL_TURN / 4), "the same from above");
    }
    const diagonal = Math.ceil(BODY * Math.SQRT2) + 3;
    assert.ok(passes(TILE + diagonal, TILE, FULL_TURN / 8), "a square's corner would be hit here");
    assert.ok(!passes(TILE + diagonal - 6, TILE, FULL_TURN / 8), "the circle is hit here");
  });

  it("who stands in the shooter's place is hit, whichever way the shot goes", () => {
    for (const aim of [EAST, WEST]) {
      const world = playingMatch();
      place(world, 0, 16, 12);
      place(world, 1, 16.3, 12);
      step(world, fires(0, aim));
      assert.equal(factsOf(step(world, []), "hit").length, 1, `aim ${aim}`);
    }
  });

  it("two who shoot each other at once both die, whoever sits first", () => {
    const world = duel(3);
    for (const fighter of world.fighters) fighter.hp = DAMAGE;
    step(world, [...fires(0), ...fires(1, WEST)]);
    const kills = factsOf(run(world, 20), "kill");
    assert.deepEqual(kills, [
      { by: 0, seat: 1 },
      { by: 1, seat: 0 },
    ]);
    assert.deepEqual(
      world.fighters.map(({ score, deaths }) => [score, deaths]),
      [
        [1, 1],
        [1, 1],
      ],
    );
  });

  it("pass through the dead, the shielded and their own shooter", () => {
    for (const state of [
      { hp: 0, respawn: 60 },
      { hp: 100, shield: 60 },
      { hp: 0, away: true, idle: 450 },
    ]) {
      const world = duel(3);
      Object.assign(fighterOf(world, 1), state);
      step(world, fires(0));
      assert.deepEqual(run(world, 20), []);
      assert.equal(world.shots.length, 1, "it flies on");
    }
  });

  it("end at walls: who stands behind one is not hit", () => {
    const world = playingMatch();
    const shooter = place(world, 0, 6.5, 2.5);
    const target = place(world, 1, 8.5, 2.5);
    const facts = run(world, 60, [...fires(0), 1, 0, 0, 0]);
    assert.deepEqual(facts, []);
    assert.ok(world.fired > 5);
    // Leaning on the wall changes nothing: the flight begins at the centre.
    [shooter.x, target.x] = [7 * TILE - 1 - BODY, 8 * TILE + BODY];
    for (let lag = 0; lag <= 240; lag++) {
      shooter.cooldown = 0;
      assert.deepEqual(step(world, [...fires(0, EAST, lag), 1, 0, 0, 0]), []);
    }
  });

  it("die at the last sixteenth of a tick before a wall, wherever and at whatever angle they are fired", () => {
    const dice = dicer(99);
    for (const [index, map] of MAPS.entries()) {
      const world = playingMatch(2, index);
      const [shooter, tiles] = [fighterOf(world, 0), openTiles(map)];
      for (let time = 0; time < 1500; time++) {
        const { x, y } = tiles[dice(tiles.length)]!;
        const inTile = () => (time % 3 === 0 ? dice(3) : dice(TILE)) - TILE / 2;
        Object.assign(shooter, { x: x + inTile(), y: y + inTile(), aim: dice(FULL_TURN) });
        if (time % 2 === 0) shooter.aim = (dice(8) * (FULL_TURN / 8) + dice(5) + FULL_TURN - 2) % FULL_TURN;
        world.shots = [];
        fire(world, shooter, 0, map);
        const shot = world.shots[0]!;
        const isStopped = (age: number) => isWall(map, tileOf(shotX(shot, age)), tileOf(shotY(shot, age)));
        let age = 0;
        while (age < LIFE && !isStopped(age + 1)) age += 1;
        assert.equal(shot.dies - shot.born, age, JSON.stringify(shot));
      }
    }
  });

  it("a shot outlives its shooter and still scores", () => {
    const world = duel(10);
    fighterOf(world, 1).hp = DAMAGE;
    step(world, fires(0));
    Object.assign(fighterOf(world, 0), { hp: 0, respawn: 60 });
    assert.deepEqual(factsOf(run(world, 30), "kill"), [{ by: 0, seat: 1 }]);
    assert.equal(fighterOf(world, 0).score, 1);
  });

  it("shots leave with a player: whoever takes the seat next does not get their kills", () => {
    const world = playingMatch(3);
    place(world, 0, 2, 12);
    place(world, 1, 12, 12).hp = DAMAGE;
    step(world, fires(0));
    evolve(world, CORE.seatLeft, 0);
    assert.deepEqual(world.shots, []);
    evolve(world, CORE.seatTaken, 0);
    assert.deepEqual(run(world, 30), []);
    assert.equal(fighterOf(world, 0).score, 0);
  });
});
