import assert from "node:assert/strict";
import { createBrain, type Sight } from "../../../loadtest/arena-brain.ts";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, TILE } from "../../../src/arena/world.rules.ts";
import { CORE, type Draft } from "../../../src/journal/game.ts";
import { canonical } from "../../../src/lib/canonical.ts";
import { botInputs, COURTYARD, factsOf, startedMatch } from "./arena-play.ts";

interface Match {
  readonly world: ArenaWorld;
  readonly facts: Draft[];
  readonly largest: number;
}

/** Bots play to the end. */
function playOut(map: number, players: number, firstSeed: number): Match {
  const world = startedMatch(players, map);
  const inputs = botInputs(Array.from({ length: players }, (_, seat) => firstSeed + seat));
  const facts: Draft[] = [];
  let largest = 0;
  while (world.phase !== "over") {
    facts.push(...step(world, inputs(world)));
    if (world.tick % 30 === 0) largest = Math.max(largest, canonical(world).length);
  }
  return { world, facts, largest };
}

function countBy(rows: readonly Draft["data"][], key: string, value: number): number {
  return rows.filter((row) => row[key] === value).length;
}

describe("a match of bots", () => {
  for (const [index, { name }] of MAPS.entries()) {
    it(`is lively on the ${name}, and its result says what happened`, () => {
      const { world, facts, largest } = playOut(index, 8, 40);
      const [hits, kills] = [factsOf(facts, "hit"), factsOf(facts, "kill")];
      assert.ok(hits.length > 100 && kills.length > 20, `${hits.length} hits, ${kills.length} kills`);
      assert.ok(factsOf(facts, "pickup").length > 5);
      const { type, data } = facts.at(-1)!;
      const scores = world.fighters.map(({ seat }) => [seat, countBy(kills, "by", seat), countBy(kills, "seat", seat)]);
      assert.equal(type, CORE.ended);
      assert.deepEqual(data.scores, scores);
      assert.deepEqual([data.ticks, data.winner], [world.tick, world.winner]);
      const best = Math.max(...scores.map(([, score]) => score!));
      assert.equal(data.reason, best >= 15 ? "score" : "time");
      assert.ok(scores.filter(([, score]) => score! > 0).length >= 6, "nearly everybody gets somebody");
      assert.ok(largest < 8192, `a state of ${largest} bytes`);
    });
  }

  it("two bots find each other on every map", () => {
    for (const index of MAPS.keys()) {
      const { facts } = playOut(index, 2, 3);
      assert.ok(factsOf(facts, "kill").length >= 5, MAPS[index]!.name);
    }
  });

  it("is the same match every time for the same seeds, and another for others", () => {
    const [one, again, other] = [playOut(COURTYARD, 4, 7), playOut(COURTYARD, 4, 7), playOut(COURTYARD, 4, 8)];
    assert.deepEqual(one, again);
    assert.notDeepEqual(one.facts, other.facts);
  });
});

describe("a bot", () => {
  const sight = (patch: Partial<Sight>): Sight => ({
    ...{ tick: 1, map: COURTYARD, pickups: [0, 0, 0, 0] },
    me: { seat: 0, x: 2 * TILE, y: 12 * TILE, alive: true },
    others: [],
    ...patch,
  });
  const enemyAt = (x: number, y: number) => ({ seat: 1, x: x * TILE, y: y * TILE, alive: true });

  /** What it does after having looked at the same thing for a second. */
  function settled(patch: Partial<Sight>) {
    const brain = createBrain(1);
    for (let tick = 1; tick < 30; tick++) brain.decide(sight({ tick, ...patch }));
    return brain.decide(sight({ tick: 30, ...patch }));
  }

  it("fires at an enemy in the open, roughly at where it is", () => {
    const { fire, aim } = settled({ others: [enemyAt(8, 12)] });
    assert.ok(fire && Math.abs(aim) < 0.15, `aim ${aim}`);
  });

  it("holds its fire with a wall between, out of range, at the dead, and while dead", () => {
    const me = { seat: 0, x: 6.5 * TILE, y: 2.5 * TILE, alive: true };
    assert.ok(!settled({ me, others: [enemyAt(8.5, 2.5)] }).fire);
    assert.ok(!settled({ others: [enemyAt(20, 12)] }).fire);
    assert.ok(!settled({ others: [{ ...enemyAt(8, 12), alive: false }] }).fire);
    const dead = settled({ me: { ...sight({}).me, alive: false }, others: [enemyAt(8, 12)] });
    assert.deepEqual({ ...dead, aim: 0 }, { up: false, down: false, left: false, right: false, fire: false, aim: 0 });
  });

  it("needs a moment before it fires", () => {
    assert.ok(!createBrain(1).decide(sight({ others: [enemyAt(8, 12)] })).fire);
  });

  it("aims ahead of who runs across", () => {
    const brain = createBrain(1);
    let aim = 0;
    for (let tick = 1; tick < 30; tick++) aim = brain.decide(sight({ tick, others: [enemyAt(9, 8 + tick / 6)] })).aim;
    const straight = Math.atan2(8 + 29 / 6 - 12, 7);
    assert.ok(aim > straight + 0.1, `${aim} is ahead of ${straight}`);
  });

  it("fetches what lies near", () => {
    const me = { seat: 0, x: 7.5 * TILE, y: 10.5 * TILE, alive: true };
    const { right, left } = settled({ me, pickups: MAPS[COURTYARD]!.pickups.map(() => 1) });
    assert.deepEqual([right, left], [true, false]);
  });
});
