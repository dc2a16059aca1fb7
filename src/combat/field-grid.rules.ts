import type { Cell, Field, Footprint } from "./combat-types.rules.ts";

/** Feet along the side of a cell. */
export const CELL_FEET = 5;

/** Cells along a side of a field at most. */
export const MAX_SIDE = 64;

/** Where something is: one cell, or all cells under a creature. */
export type Spot = Cell | Footprint;

/** A field made quick to ask. Whatever lies outside it, or is not a whole number, is wall. */
export interface Terrain {
  isWall(x: number, y: number): boolean;
  isDifficult(x: number, y: number): boolean;
}

export function readTerrain({ rows, rough }: Field): Terrain {
  const roughened = new Set(rough.map(({ x, y }) => y * MAX_SIDE + x));
  const glyph = (x: number, y: number) => rows[y]?.[x] ?? "#";
  return {
    isWall: (x, y) => glyph(x, y) === "#",
    isDifficult: (x, y) => glyph(x, y) === "~" || roughened.has(y * MAX_SIDE + x),
  };
}

export function footprintOf(spot: Spot): Footprint {
  return "at" in spot ? spot : { at: spot, size: 1 };
}

/** The cells under a footprint, row by row. */
export function cellsUnder({ at, size }: Footprint): Cell[] {
  return Array.from({ length: size * size }, (_, i) => ({ x: at.x + (i % size), y: at.y + Math.floor(i / size) }));
}

/** Whether two footprints share a cell. */
export function overlap(a: Footprint, b: Footprint): boolean {
  return gap(a.at.x, a.size, b.at.x, b.size) < 1 && gap(a.at.y, a.size, b.at.y, b.size) < 1;
}

/**
 * Steps along one axis from the nearest cell of one span to the nearest of the other: 0 where they overlap, 1 side by
 * side.
 */
export function gap(from: number, length: number, otherFrom: number, otherLength: number): number {
  return Math.max(0, otherFrom - (from + length - 1), from - (otherFrom + otherLength - 1));
}
