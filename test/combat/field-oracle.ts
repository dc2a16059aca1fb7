import fc from "fast-check";
import type { Cell, Field, Occupant } from "../../src/combat/combat-types.rules.ts";

/* Slow and obvious second answers to what field.rules.ts answers fast. */

export const key = ({ x, y }: Cell) => `${x},${y}`;

export function cellsIn({ rows }: Field): Cell[] {
  return rows.flatMap((row, y) => [...row].map((_, x) => ({ x, y })));
}

export const isFloor = ({ rows }: Field, { x, y }: Cell) => (rows[y]?.[x] ?? "#") !== "#";

export function isSlow({ rows, rough }: Field, cell: Cell): boolean {
  return rows[cell.y]?.[cell.x] === "~" || rough.some((other) => key(other) === key(cell));
}

export function under(at: Cell, size: number): Cell[] {
  const side = [...Array(size).keys()];
  return side.flatMap((y) => side.map((x) => ({ x: at.x + x, y: at.y + y })));
}

export const touches = (other: Occupant, at: Cell, size: number) =>
  under(other.at, other.size).some((cell) => under(at, size).some((own) => key(own) === key(cell)));

/** A step's price in feet by the letter of the rule, Infinity for none. */
export function stepFeet(field: Field, from: Cell, to: Cell, size: number): number {
  const isOpen = (x: number, y: number) => under({ x, y }, size).every((cell) => isFloor(field, cell));
  const [dx, dy] = [Math.abs(to.x - from.x), Math.abs(to.y - from.y)];
  if (dx > 1 || dy > 1 || dx + dy === 0) return Number.POSITIVE_INFINITY;
  if (!isOpen(to.x, to.y) || !isOpen(from.x, to.y) || !isOpen(to.x, from.y)) return Number.POSITIVE_INFINITY;
  return under(to, size).some((cell) => isSlow(field, cell)) ? 10 : 5;
}

/** Feet to every top left cell by relaxing every edge until nothing changes (Bellman and Ford), ends unchecked. */
export function feetToAll(field: Field, foes: readonly Occupant[], from: Cell, size: number): Map<string, number> {
  const feet = new Map([[key(from), 0]]);
  const cells = cellsIn(field).filter((at) => !foes.some((foe) => touches(foe, at, size)));
  for (let changed = true; changed; ) {
    changed = false;
    for (const a of [from, ...cells])
      for (const b of cells) {
        const sum = (feet.get(key(a)) ?? Number.POSITIVE_INFINITY) + stepFeet(field, a, b, size);
        if (sum >= (feet.get(key(b)) ?? Number.POSITIVE_INFINITY)) continue;
        feet.set(key(b), sum);
        changed = true;
      }
  }
  return feet;
}

type Q = readonly [numerator: bigint, denominator: bigint];

/**
 * Whether the segment between two points (quarters of a cell) meets a wall: by exact fractions, cell after cell, the
 * segment clipped to each square, and at corners by looking at all four cells around them.
 */
export function isSegmentClear(isWall: (x: number, y: number) => boolean, side: number, a: Cell, b: Cell): boolean {
  const all = under({ x: 0, y: 0 }, side);
  if (all.some((cell) => isWall(cell.x, cell.y) && crossesInside(cell, a, b))) return false;
  const corners = under({ x: 0, y: 0 }, side + 1);
  return !corners.some(
    (corner) => isInside({ x: 4 * corner.x, y: 4 * corner.y }, a, b) && isTight(isWall, corner, a, b),
  );
}

/** Whether walls on both sides of the segment meet in the corner it runs through. */
function isTight(isWall: (x: number, y: number) => boolean, corner: Cell, a: Cell, b: Cell): boolean {
  const sides = under({ x: corner.x - 1, y: corner.y - 1 }, 2)
    .filter(({ x, y }) => isWall(x, y))
    .map(({ x, y }) => Math.sign((b.x - a.x) * (4 * y + 2 - a.y) - (b.y - a.y) * (4 * x + 2 - a.x)));
  return sides.includes(1) && sides.includes(-1);
}

/** Whether the lattice point lies on the segment and is none of its ends. */
function isInside(point: Cell, a: Cell, b: Cell): boolean {
  const cross = (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x);
  const dot = (point.x - a.x) * (point.x - b.x) + (point.y - a.y) * (point.y - b.y);
  return cross === 0 && dot < 0;
}

/** Whether the segment has a point strictly within the cell's square (Liang and Barsky, in fractions). */
function crossesInside(cell: Cell, a: Cell, b: Cell): boolean {
  let [enter, leave]: [Q, Q] = [
    [0n, 1n],
    [1n, 1n],
  ];
  for (const axis of ["x", "y"] as const) {
    const [low, high] = [4 * cell[axis], 4 * cell[axis] + 4];
    const delta = b[axis] - a[axis];
    if (delta === 0 && (a[axis] <= low || a[axis] >= high)) return false;
    if (delta === 0) continue;
    const [near, far] = delta > 0 ? [low, high] : [high, low];
    enter = later(enter, fraction(near - a[axis], delta));
    leave = earlier(leave, fraction(far - a[axis], delta));
  }
  return isLess(enter, leave);
}

const fraction = (top: number, bottom: number): Q =>
  bottom < 0 ? [BigInt(-top), BigInt(-bottom)] : [BigInt(top), BigInt(bottom)];
const isLess = ([a, b]: Q, [c, d]: Q) => a * d < c * b;
const later = (a: Q, b: Q) => (isLess(a, b) ? b : a);
const earlier = (a: Q, b: Q) => (isLess(a, b) ? a : b);

/** Small square fields, a quarter of them wall. */
export const SIDE = 7;
export const cellWithin = fc.record({ x: fc.nat(SIDE - 1), y: fc.nat(SIDE - 1) });
const glyph = fc.constantFrom(".", ".", ".", ".", "~", "#", "#");
export const fields: fc.Arbitrary<Field> = fc.record({
  rows: fc.array(
    fc.array(glyph, { minLength: SIDE, maxLength: SIDE }).map((row) => row.join("")),
    {
      minLength: SIDE,
      maxLength: SIDE,
    },
  ),
  rough: fc.array(cellWithin, { maxLength: 4 }),
});

export const crowds: fc.Arbitrary<Occupant[]> = fc
  .array(fc.record({ at: cellWithin, size: fc.integer({ min: 1, max: 2 }), hostile: fc.boolean() }), { maxLength: 4 })
  .map((crowd) => crowd.map((other, index) => ({ ...other, id: `c${index}` })));
