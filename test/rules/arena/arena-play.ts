import assert from "node:assert/strict";
import { createBrain } from "../../../loadtest/arena-brain.ts";
import { angleOf } from "../../../src/arena/angle.rules.ts";
import { type ArenaView, arena } from "../../../src/arena/arena.rules.ts";
import { buttonsOf } from "../../../src/arena/inputs.rules.ts";
import { type ArenaMap, isWall, MAPS, tileOf } from "../../../src/arena/maps.rules.ts";
import { BODY } from "../../../src/arena/movement.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, type Fighter, TILE, TRAIL_TICKS } from "../../../src/arena/world.rules.ts";
import { CORE, type Draft, SPECTATOR } from "../../../src/journal/game.ts";

/** The map these tests know: rows 11 and 12 are open from wall to wall, columns 14 to 17 from top to bottom. */
export const COURTYARD = 0;

export function evolve(world: ArenaWorld, type: string, seat: number | null = null, data: Draft["data"] = {}): void {
  arena.evolve(world, { seq: 1, at: 0, seat, type, data });
}

/** A match whose countdown has just begun, as the ledger would bring it about. */
export function startedMatch(players = 2, map = COURTYARD): ArenaWorld {
  const world = arena.init();
  for (let seat = 0; seat < players; seat++) {
    evolve(world, CORE.seatTaken, seat);
    if (seat === 0) evolve(world, "arena.opened", null, { map });
    if (seat === 1) evolve(world, CORE.started);
  }
  return world;
}

/** A match in its first tick of play. */
export function playingMatch(players = 2, map = COURTYARD): ArenaWorld {
  const world = startedMatch(players, map);
  while (world.phase !== "playing") step(world, []);
  return world;
}

/** Steps with the same inputs again and again. */
export function run(world: ArenaWorld, ticks: number, flat: readonly number[] = []): Draft[] {
  return Array.from({ length: ticks }, () => step(world, flat)).flat();
}

export function fighterOf(world: ArenaWorld, seat: number): Fighter {
  const fighter = world.fighters.find((one) => one.seat === seat);
  assert.ok(fighter, `seat ${seat} is taken`);
  return fighter;
}

/** Puts a fighter somewhere (in tiles), unshielded, as if it had stood there for long. */
export function place(world: ArenaWorld, seat: number, tileX: number, tileY: number): Fighter {
  const fighter = fighterOf(world, seat);
  const [x, y] = [tileX * TILE, tileY * TILE];
  const trail = Array.from({ length: TRAIL_TICKS }, () => [x, y]).flat();
  return Object.assign(fighter, { x, y, shield: 0, cooldown: 0, trail });
}

export function factsOf(facts: readonly Draft[], type: string): Draft["data"][] {
  return facts.filter((fact) => fact.type === type).map(({ data }) => data);
}

/** Whether a body at this place is clear of all walls. */
export function isClear(map: ArenaMap, x: number, y: number): boolean {
  const corners = [-BODY, BODY].flatMap((dx) => [-BODY, BODY].map((dy) => [x + dx, y + dy] as const));
  return corners.every(([cornerX, cornerY]) => !isWall(map, tileOf(cornerX), tileOf(cornerY)));
}

/** The place of every tile's middle that is open. */
export function openTiles(map: ArenaMap): { x: number; y: number }[] {
  const tiles = [...map.walls.keys()].filter((tile) => map.walls[tile] === 0);
  return tiles.map((tile) => ({
    x: ((tile % map.width) + 0.5) * TILE,
    y: (Math.floor(tile / map.width) + 0.5) * TILE,
  }));
}

/** Answers ticks' inputs as bots at every seat would give them, each seeing the others a little late. */
export function botInputs(seeds: readonly number[]): (world: ArenaWorld) => number[] {
  const brains = seeds.map(createBrain);
  return (world) => {
    const { tick, map, fighters, pickups } = arena.view(world, SPECTATOR) as ArenaView;
    return fighters.flatMap((me) => {
      const others = fighters.filter(({ seat }) => seat !== me.seat);
      const { aim, ...held } = brains[me.seat]!.decide({ tick, map, me, others, pickups });
      return [me.seat, buttonsOf(held), angleOf(aim), (me.seat * 23) % 60];
    });
  };
}

/** Small whole numbers from a seed: 0 to `bound` exclusive. For loops too hot for arbitraries. */
export function dicer(seed: number): (bound: number) => number {
  let state = seed | 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

export const mapOf = (world: ArenaWorld): ArenaMap => MAPS[world.map]!;
