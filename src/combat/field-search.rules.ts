import type { Cell, Footprint, Occupant } from "./combat-types.rules.ts";
import { CELL_FEET, cellsUnder, MAX_SIDE, overlap, type Terrain } from "./field-grid.rules.ts";

/** Straight steps first, so that among paths of one price those are found that look straight. */
const STEPS: readonly Cell[] = [
  ...[
    { x: 0, y: -1 },
    { x: 1, y: 0 },
    { x: 0, y: 1 },
    { x: -1, y: 0 },
  ],
  ...[
    { x: 1, y: -1 },
    { x: 1, y: 1 },
    { x: -1, y: 1 },
    { x: -1, y: -1 },
  ],
];

/** No way over a field costs more: every cell once, each of it difficult. */
const MAX_FEET = MAX_SIDE * MAX_SIDE * 2 * CELL_FEET;

/** What it costs a creature, in feet, to enter the place with that top left cell; 0 if it does not fit there. */
export type Ground = (x: number, y: number) => number;

/** A cell that a search has reached; `via` is the step before, null at the start. */
export interface Reached {
  readonly cell: Cell;
  readonly feet: number;
  readonly via: Reached | null;
}

/** The ground as a creature of the size finds it: it needs floor under all of it, and mud under any part slows it. */
export function groundFor(terrain: Terrain, size: number): Ground {
  return (x, y) => {
    const cells = cellsUnder({ at: { x, y }, size });
    if (cells.some((cell) => terrain.isWall(cell.x, cell.y))) return 0;
    return cells.some((cell) => terrain.isDifficult(cell.x, cell.y)) ? 2 * CELL_FEET : CELL_FEET;
  };
}

/** What one step costs in feet, 0 if it cannot be taken. Walls also bar the diagonal past their corners. */
export function stepCost(ground: Ground, from: Cell, to: Cell): number {
  const [across, down] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  if (Math.max(across, down) !== 1) return 0;
  const cutsCorner = across === 1 && down === 1 && !(ground(to.x, from.y) && ground(from.x, to.y));
  return cutsCorner ? 0 : ground(to.x, to.y);
}

/** Whether nobody stands there. A move must end in such a place, and pass no place that is not free of foes. */
export function isFree(occupied: readonly Occupant[], place: Footprint): boolean {
  return !occupied.some((other) => overlap(other, place));
}

/** A mover passes through friends, not through foes. */
export function foesAmong(occupied: readonly Occupant[]): Occupant[] {
  return occupied.filter(({ hostile }) => hostile);
}

/**
 * Every cell within `maxFeet`, cheapest first (Dijkstra over buckets of one step's price: no heap, and ties fall in an
 * order that is the same everywhere). Ends early at `goal`. The mover itself must not be among the occupied.
 */
export function explore(
  terrain: Terrain,
  occupied: readonly Occupant[],
  from: Footprint,
  maxFeet: number,
  goal?: Cell,
): Reached[] {
  const foes = foesAmong(occupied);
  const ground = remembered(groundFor(terrain, from.size));
  const isBarred = remembered((x, y) => (isFree(foes, { at: { x, y }, size: from.size }) ? 0 : 1));
  const cheapest = new Map([[keyOf(from.at), 0]]);
  const buckets: Reached[][] = [[{ cell: from.at, feet: 0, via: null }]];
  const settled: Reached[] = [];
  for (let bucket = 0; bucket * CELL_FEET <= Math.min(maxFeet, MAX_FEET) && bucket < buckets.length; bucket++)
    for (const here of buckets[bucket] ?? []) {
      // A cheaper way was found after this one had been queued.
      if (cheapest.get(keyOf(here.cell))! < here.feet) continue;
      settled.push(here);
      if (goal && here.cell.x === goal.x && here.cell.y === goal.y) return settled;
      for (const step of STEPS) {
        const cell = { x: here.cell.x + step.x, y: here.cell.y + step.y };
        const cost = stepCost(ground, here.cell, cell);
        if (cost === 0 || (cheapest.get(keyOf(cell)) ?? MAX_FEET) <= here.feet + cost) continue;
        if (isBarred(cell.x, cell.y)) continue;
        cheapest.set(keyOf(cell), here.feet + cost);
        push(buckets, { cell, feet: here.feet + cost, via: here });
      }
    }
  return settled;
}

function keyOf({ x, y }: Cell): number {
  return y * MAX_SIDE + x;
}

/** Asks once for each cell of the field: a search meets every cell from eight sides. */
function remembered(ask: Ground): Ground {
  const known = new Int8Array(MAX_SIDE * MAX_SIDE).fill(-1);
  return (x, y) => {
    if (x < 0 || y < 0 || x >= MAX_SIDE || y >= MAX_SIDE) return ask(x, y);
    const key = y * MAX_SIDE + x;
    if (known[key] === -1) known[key] = ask(x, y);
    return known[key]!;
  };
}

function push(buckets: Reached[][], reached: Reached): void {
  const bucket = reached.feet / CELL_FEET;
  while (buckets.length <= bucket) buckets.push([]);
  buckets[bucket]!.push(reached);
}
