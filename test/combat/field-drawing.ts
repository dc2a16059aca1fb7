import assert from "node:assert/strict";
import type { Cell, Field, Occupant } from "../../src/combat/combat-types.rules.ts";

/*
 * Maps drawn by hand. `#` wall, `~` difficult, `.` floor; any other sign is floor with somebody or something on it, as
 * the test says. Digits number the cells of a path.
 */

export interface Drawing {
  readonly field: Field;
  /** The first cell of the sign, row by row. */
  at(sign: string): Cell;
  all(sign: string): Cell[];
}

export function draw(text: string): Drawing {
  const drawn = text.trim().split(/\s+/);
  const all = (sign: string) =>
    drawn.flatMap((row, y) => [...row].flatMap((glyph, x) => (glyph === sign ? [{ x, y }] : [])));
  const at = (sign: string) => {
    const [first] = all(sign);
    assert.ok(first, `there is no ${sign} on the map`);
    return first;
  };
  return { field: { rows: drawn.map((row) => row.replace(/[^#~]/g, ".")), rough: [] }, at, all };
}

/** The map with the cells marked, to be compared with what was drawn. */
export function mark({ rows }: Field, cells: readonly Cell[], sign = "*"): string[] {
  return rows.map((row, y) =>
    [...row].map((glyph, x) => (cells.some((cell) => cell.x === x && cell.y === y) ? sign : glyph)).join(""),
  );
}

export const path = ({ all }: Drawing, steps: string) => [...steps].map((sign) => all(sign)[0]!);

export function foe(at: Cell, size = 1): Occupant {
  return { id: `foe at ${at.x},${at.y}`, at, size, hostile: true };
}

export function friend(at: Cell): Occupant {
  return { id: `friend at ${at.x},${at.y}`, at, size: 1, hostile: false };
}
