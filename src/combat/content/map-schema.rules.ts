import { z } from "zod";
import type { BattleMap, Cell } from "../combat-types.rules.ts";
import { MAX_SIDE } from "../field-grid.rules.ts";

/** Letters that stand on floor and mark where the sides begin: `a` the first side, and so on. */
const SIDES = ["a", "b", "c", "d"] as const;

/** Each side must find room for this many creatures of size 1. */
const ROOM = 16;

/** Heroes of a party as it is usual; who stands against it is written down for every size up to that. */
export const USUAL_PARTY = 4;

const row = z.string().regex(/^[.#~a-d]+$/, "holds . # ~ and the letters of sides");

/** A map as it is drawn. */
export const mapSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z][a-z0-9_]{1,31}$/),
    name: z.string().min(1).max(40),
    rows: z.array(row.min(8).max(MAX_SIDE)).min(8).max(MAX_SIDE),
    foes: z.array(z.array(z.string()).min(1).max(8).readonly()).length(USUAL_PARTY).readonly(),
  })
  .refine(({ rows }) => rows.every(({ length }) => length === rows[0]!.length), {
    path: ["rows"],
    error: "are not of one length",
  })
  .transform(
    ({ id, name, rows, foes }): BattleMap => ({
      ...{ id, name, foes },
      rows: rows.map((text) => text.replace(/[a-d]/g, ".")),
      starts: SIDES.map((side) => cellsMarked(rows, side)).filter((cells) => cells.length > 0),
    }),
  )
  .refine(({ starts }) => starts.length >= 2, { path: ["starts"], error: "are fewer than two" })
  .refine(({ starts }) => starts.every((cells) => cells.length >= ROOM), {
    path: ["starts"],
    error: `have room for fewer than ${ROOM}`,
  });

export type MapText = z.input<typeof mapSchema>;

function cellsMarked(rows: readonly string[], side: string): Cell[] {
  return rows.flatMap((text, y) => [...text].flatMap((glyph, x) => (glyph === side ? [{ x, y }] : [])));
}
