import type { Cell } from "./combat-types.rules.ts";

/*
 * Rays in quarters of a cell: the cell (x, y) covers the square from (4x, 4y) to (4x + 4, 4y + 4), and every ray starts
 * and ends within a cell at whole quarters. Nothing is rounded: a ray and its reverse cross the same cells, which is
 * what makes sight symmetric.
 */

/** Parts of a cell's side. */
const PARTS = 4;

/** A point in quarters of a cell. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Whether the cell stops rays. */
export type Blocks = (x: number, y: number) => boolean;

export function centreOf({ x, y }: Cell): Point {
  return { x: PARTS * x + 2, y: PARTS * y + 2 };
}

/** The four points of a cell, one near each corner, that a creature there sees from and is seen by. */
export function eyesOf({ x, y }: Cell): Point[] {
  const [left, top] = [PARTS * x + 1, PARTS * y + 1];
  return [
    { x: left, y: top },
    { x: left + 2, y: top },
    { x: left, y: top + 2 },
    { x: left + 2, y: top + 2 },
  ];
}

/**
 * Whether nothing that blocks lies on the ray. It may graze the corner of a blocking cell, but not squeeze between two:
 * walls that touch at a corner hold tight, else every slanted wall would leak sight.
 */
export function isRayClear(blocks: Blocks, from: Point, to: Point): boolean {
  const isSteep = Math.abs(to.y - from.y) > Math.abs(to.x - from.x);
  if (isSteep) return isFlatRayClear((x, y) => blocks(y, x), turned(from), turned(to));
  return isFlatRayClear(blocks, from, to);
}

function turned({ x, y }: Point): Point {
  return { x: y, y: x };
}

/** For rays that go at least as far along x as along y, so that each column of cells holds at most two of theirs. */
function isFlatRayClear(blocks: Blocks, from: Point, to: Point): boolean {
  const [left, right] = from.x <= to.x ? [from, to] : [to, from];
  if (left.x === right.x) return !blocks(Math.floor(left.x / PARTS), Math.floor(left.y / PARTS));
  for (let column = Math.floor(left.x / PARTS); PARTS * column < right.x; column++)
    if (!isColumnClear(blocks, left, right, column)) return false;
  return true;
}

/** The part of the ray within one column of cells, and the corner where it leaves the column, if it does so by one. */
function isColumnClear(blocks: Blocks, left: Point, right: Point, column: number): boolean {
  const [width, rise] = [right.x - left.x, right.y - left.y];
  // Heights are kept as numerators over `width`: a division would have to be rounded.
  const heightAt = (x: number) => left.y * width + rise * (x - left.x);
  const enters = heightAt(Math.max(left.x, PARTS * column));
  const leaves = heightAt(Math.min(right.x, PARTS * (column + 1)));
  const [low, high] = [Math.min(enters, leaves), Math.max(enters, leaves)];
  const cell = PARTS * width;
  let row = Math.floor(low / cell);
  do if (blocks(column, row)) return false;
  while (++row * cell < high);
  const isCorner = PARTS * (column + 1) < right.x && leaves % cell === 0;
  return !isCorner || !isPinched(blocks, column, leaves / cell, rise > 0);
}

/** Whether both cells beside a corner block: the ray goes from the column's cell to the one diagonally across. */
function isPinched(blocks: Blocks, column: number, corner: number, isDownward: boolean): boolean {
  const [ahead, beside] = isDownward ? [corner - 1, corner] : [corner, corner - 1];
  return blocks(column + 1, ahead) && blocks(column, beside);
}
