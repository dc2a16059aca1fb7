import type { Area, Cell, Field, Footprint, Occupant, Reacher } from "./combat-types.rules.ts";
import { CELL_FEET, cellsUnder, footprintOf, gap, overlap, readTerrain, type Spot } from "./field-grid.rules.ts";
import { type Blocks, centreOf, eyesOf, isRayClear, type Point } from "./field-ray.rules.ts";
import { explore, foesAmong, groundFor, isFree, type Reached, stepCost } from "./field-search.rules.ts";
import { extentOf, isInShape } from "./field-shapes.rules.ts";

/*
 * The geometry of the battlefield. A spot is a cell or a creature's footprint; a path starts with the cell its mover
 * stands on and holds the top left cell of each step. What is asked of places outside the field is answered as for
 * walls, never with an exception.
 */

/** What hinders an attack: a bonus to armour class and dexterity saves, or that there is no attack at all. */
export type Cover = 0 | 2 | 5 | "full";

/** A step out of reach: from `path[stepIndex]`, provoking the creature `by`. */
export interface Departure {
  readonly stepIndex: number;
  readonly by: string;
}

/** Feet between the nearest cells of two spots; a diagonal step counts as 5 feet (SRD: playing on a grid). */
export function distanceFeet(a: Spot, b: Spot): number {
  const [one, other] = [footprintOf(a), footprintOf(b)];
  const across = gap(one.at.x, one.size, other.at.x, other.size);
  return Math.max(across, gap(one.at.y, one.size, other.at.y, other.size)) * CELL_FEET;
}

/**
 * The feet that a path costs a creature of `size` cells a side: 5 a step, diagonals too, 10 into difficult terrain.
 * "blocked" if it is empty, jumps, stands still, enters a wall or cuts a wall's corner. Creatures are not looked at:
 * see `isWayFree`.
 */
export function pathCost(field: Field, path: readonly Cell[], size: number): number | "blocked" {
  const ground = groundFor(readTerrain(field), size);
  if (!path[0] || !ground(path[0].x, path[0].y)) return "blocked";
  let feet = 0;
  for (let step = 1; step < path.length; step++) {
    const cost = stepCost(ground, path[step - 1]!, path[step]!);
    if (cost === 0) return "blocked";
    feet += cost;
  }
  return feet;
}

/**
 * Whether creatures leave the path free: one moves through friends, not through foes, and ends in nobody's place. The
 * mover itself must not be among the occupied.
 */
export function isWayFree(occupied: readonly Occupant[], path: readonly Cell[], size: number): boolean {
  const last = path.at(-1);
  if (!last || !isFree(occupied, { at: last, size })) return false;
  const foes = foesAmong(occupied);
  return path.slice(1).every((at) => isFree(foes, { at, size }));
}

/**
 * The cheapest path, both ends included, or null if there is none within `maxFeet`. Give the mover's footprint as
 * `from` if it is larger than a cell, and leave the mover out of the occupied. Its price is what `pathCost` says.
 */
export function cheapestPath(
  field: Field,
  occupied: readonly Occupant[],
  from: Spot,
  to: Cell,
  maxFeet: number,
): Cell[] | null {
  const [mover, terrain] = [footprintOf(from), readTerrain(field)];
  const ground = groundFor(terrain, mover.size);
  const isPossible = ground(mover.at.x, mover.at.y) && ground(to.x, to.y);
  if (!isPossible || !isFree(occupied, { at: to, size: mover.size })) return null;
  const last = explore(terrain, occupied, mover, maxFeet, to).at(-1);
  return last?.cell.x === to.x && last.cell.y === to.y ? walkTo(last) : null;
}

/** Where the mover can end its move within `maxFeet`, with the price in feet; the nearest first, its own place too. */
export function reachableCells(
  field: Field,
  occupied: readonly Occupant[],
  from: Spot,
  maxFeet: number,
): { cell: Cell; feet: number }[] {
  const [mover, terrain] = [footprintOf(from), readTerrain(field)];
  if (!groundFor(terrain, mover.size)(mover.at.x, mover.at.y)) return [];
  return explore(terrain, occupied, mover, maxFeet)
    .filter(({ cell }) => isFree(occupied, { at: cell, size: mover.size }))
    .map(({ cell, feet }) => ({ cell, feet }));
}

function walkTo(last: Reached): Cell[] {
  const path: Cell[] = [];
  for (let step: Reached | null = last; step; step = step.via) path.push(step.cell);
  return path.reverse();
}

/**
 * Where a path leaves somebody's reach, in order of steps and then of ids: each is a chance of an opportunity attack.
 * Who may take it (enemies, with a reaction left, who see the mover) is not for geometry to say.
 */
export function leavesReach(reachers: readonly Reacher[], path: readonly Cell[], size = 1): Departure[] {
  const inOrder = [...reachers].sort((a, b) => (a.id < b.id ? -1 : 1));
  return path.slice(1).flatMap((to, stepIndex) => {
    const from = path[stepIndex]!;
    const isLeft = (by: Reacher) =>
      distanceFeet(by, { at: from, size }) <= by.reach && distanceFeet(by, { at: to, size }) > by.reach;
    return inOrder.filter(isLeft).map(({ id }) => ({ stepIndex, by: id }));
  });
}

/**
 * Where a forced movement of `feet` away from a spot (below 0: towards it) ends: step by step, straight, until a wall
 * or anybody is in the way. A pull ends beside the spot.
 */
export function pushedTo(
  field: Field,
  occupied: readonly Occupant[],
  mover: Footprint,
  from: Spot,
  feet: number,
): Cell {
  const ground = groundFor(readTerrain(field), mover.size);
  let { at } = mover;
  for (let moved = CELL_FEET; moved <= Math.abs(feet); moved += CELL_FEET) {
    const to = stepAway({ at, size: mover.size }, footprintOf(from), feet < 0);
    const place = { at: to, size: mover.size };
    if (stepCost(ground, at, to) === 0 || !isFree(occupied, place)) return at;
    if (overlap(place, footprintOf(from))) return at;
    at = to;
  }
  return at;
}

/** One step along the line between two centres, in whichever of the eight directions is nearest to it. */
function stepAway(mover: Footprint, from: Footprint, isPull: boolean): Cell {
  const dx = 2 * mover.at.x + mover.size - (2 * from.at.x + from.size);
  const dy = 2 * mover.at.y + mover.size - (2 * from.at.y + from.size);
  const forward = isPull ? -1 : 1;
  // An axis counts when the other is at most twice as long: the octant's border lies near there.
  const step = (own: number, other: number) => {
    if (own === 0 || 2 * Math.abs(own) < Math.abs(other)) return 0;
    return own > 0 ? forward : -forward;
  };
  return { x: mover.at.x + step(dx, dy), y: mover.at.y + step(dy, dx) };
}

/**
 * Whether anything of one spot sees anything of the other: a ray that no wall stops, between two of the five points
 * (centre and eyes) that each of their cells has. Symmetric. Creatures do not stop sight.
 */
export function lineOfSight(field: Field, from: Spot, to: Spot): boolean {
  const { isWall } = readTerrain(field);
  const targets = cellsUnder(footprintOf(to)).flatMap(pointsOf);
  return cellsUnder(footprintOf(from))
    .flatMap(pointsOf)
    .some((eye) => targets.some((target) => isRayClear(isWall, eye, target)));
}

function pointsOf(cell: Cell): Point[] {
  return [centreOf(cell), ...eyesOf(cell)];
}

/**
 * The target's cover (SRD: half +2, three quarters +5, total). The attacker chooses the eye of its space and the cell
 * of the target that suit it best; rays run from that eye to the cell's four. One or two that walls stop are half
 * cover, more are three quarters, and other creatures in the way are half at most. Full without a line of sight,
 * else none between neighbours.
 * `occupied` may hold the attacker and the target.
 */
export function coverBetween(field: Field, occupied: readonly Occupant[], from: Spot, to: Spot): Cover {
  if (!lineOfSight(field, from, to)) return "full";
  if (distanceFeet(from, to) <= CELL_FEET) return 0;
  const [attacker, target] = [footprintOf(from), footprintOf(to)];
  const others = occupied.filter((other) => !overlap(other, attacker) && !overlap(other, target));
  const { isWall } = readTerrain(field);
  const isBody: Blocks = (x, y) => others.some((other) => overlap(other, { at: { x, y }, size: 1 }));
  const targets = cellsUnder(target).map(eyesOf);
  let best: 0 | 2 | 5 = 5;
  for (const eye of cellsUnder(attacker).flatMap(eyesOf))
    for (const cell of targets) {
      const cover = coverFrom(eye, cell, isWall, isBody);
      if (cover === 0) return 0;
      if (cover < best) best = cover;
    }
  return best;
}

function coverFrom(eye: Point, targets: readonly Point[], isWall: Blocks, isBody: Blocks): 0 | 2 | 5 {
  const stopped = targets.filter((target) => !isRayClear(isWall, eye, target)).length;
  if (stopped > 2) return 5;
  return stopped > 0 || targets.some((target) => !isRayClear(isBody, eye, target)) ? 2 : 0;
}

/**
 * The floor cells of an area, row by row: those the shape covers and a ray from the origin reaches (SRD: walls shield
 * from an area). A sphere is centred on the origin. A cone or line leads from it, without it, towards the aim, and is
 * empty if that is the origin. A cube has the origin in its middle; give an aim, and it begins with the origin and
 * extends towards the aim, across which the origin stays in the middle.
 */
export function cellsOf(field: Field, area: Area, origin: Cell, aim: Cell): Cell[] {
  const { isWall } = readTerrain(field);
  if (isWall(origin.x, origin.y)) return [];
  const towards = { x: aim.x - origin.x, y: aim.y - origin.y };
  const side = 2 * extentOf(area) + 1;
  const cells: Cell[] = [];
  for (let i = 0; i < side * side; i++) {
    const [dx, dy] = [(i % side) - extentOf(area), Math.floor(i / side) - extentOf(area)];
    const cell = { x: origin.x + dx, y: origin.y + dy };
    if (!isInShape(area, dx, dy, towards) || isWall(cell.x, cell.y)) continue;
    if (isRayClear(isWall, centreOf(origin), centreOf(cell))) cells.push(cell);
  }
  return cells;
}
