import { type ArenaMap, isWall, tileOf } from "../src/arena/maps.rules.ts";
import { TILE } from "../src/arena/world.rules.ts";

export interface Point {
  readonly x: number;
  readonly y: number;
}

const UNREACHED = 0xffff;
/** How far apart the looks along a line of sight are. */
const LOOK = TILE / 4;

/** Per map the steps from each tile to a goal, kept once asked for: never more fields than the map has tiles. */
const fields = new WeakMap<ArenaMap, Map<number, Uint16Array>>();

/** The middle of the tile to walk to next on a shortest way; the goal itself once it is this tile or out of reach. */
export function nextOnTheWay(map: ArenaMap, from: Point, goal: Point): Point {
  const steps = stepsTo(map, tileIndex(map, goal));
  const here = tileIndex(map, from);
  const next = neighbours(map, here).find((tile) => steps[tile]! < steps[here]!);
  return next === undefined ? goal : middleOf(map, next);
}

/** Tiles to walk from one point to the other. */
export function walkingDistance(map: ArenaMap, from: Point, goal: Point): number {
  return stepsTo(map, tileIndex(map, goal))[tileIndex(map, from)]!;
}

/** Whether no wall stands between the two. */
export function canSee(map: ArenaMap, from: Point, to: Point): boolean {
  const looks = Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / LOOK);
  for (let look = 1; look < looks; look++) {
    const part = look / looks;
    const [x, y] = [from.x + (to.x - from.x) * part, from.y + (to.y - from.y) * part];
    if (isWall(map, tileOf(x), tileOf(y))) return false;
  }
  return true;
}

/** The middles of all tiles without a wall. */
export function floorOf(map: ArenaMap): Point[] {
  const tiles = Array.from({ length: map.walls.length }, (_, tile) => tile);
  return tiles.filter((tile) => map.walls[tile] === 0).map((tile) => middleOf(map, tile));
}

function stepsTo(map: ArenaMap, goal: number): Uint16Array {
  const known = fields.get(map) ?? new Map<number, Uint16Array>();
  fields.set(map, known);
  const steps = known.get(goal) ?? flood(map, goal);
  known.set(goal, steps);
  return steps;
}

function flood(map: ArenaMap, goal: number): Uint16Array {
  const steps = new Uint16Array(map.walls.length).fill(UNREACHED);
  steps[goal] = 0;
  const queue = [goal];
  for (const tile of queue) {
    for (const next of neighbours(map, tile)) {
      if (steps[next] !== UNREACHED) continue;
      steps[next] = steps[tile]! + 1;
      queue.push(next);
    }
  }
  return steps;
}

/** The four tiles around, as far as one can walk there. */
function neighbours(map: ArenaMap, tile: number): number[] {
  const [x, y] = [tile % map.width, Math.floor(tile / map.width)];
  const around: [number, number][] = [
    [x, y - 1],
    [x + 1, y],
    [x, y + 1],
    [x - 1, y],
  ];
  return around
    .filter(([tileX, tileY]) => !isWall(map, tileX, tileY))
    .map(([tileX, tileY]) => tileY * map.width + tileX);
}

function tileIndex(map: ArenaMap, { x, y }: Point): number {
  return tileOf(y) * map.width + tileOf(x);
}

function middleOf(map: ArenaMap, tile: number): Point {
  return { x: ((tile % map.width) + 0.5) * TILE, y: (Math.floor(tile / map.width) + 0.5) * TILE };
}
