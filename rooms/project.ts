import type { ArraySchema, MapSchema, Schema } from "@colyseus/schema";

/*
 * Writing views into schema state. A field set to the value it has is not sent again; the helpers do the same for
 * collections.
 */

/** The row of a seat, made when it is not there yet. An existing row is kept: a new object would be sent whole. */
export function rowOf<Row extends Schema>(rows: MapSchema<Row>, seat: number, Type: new () => Row): Row {
  const key = String(seat);
  if (!rows.has(key)) rows.set(key, new Type());
  return rows.get(key)!;
}

/** Deletes every row whose seat is not among `seats`. */
export function removeOthers<Row>(rows: MapSchema<Row>, seats: readonly { readonly seat: number }[]): void {
  const keep = new Set(seats.map(({ seat }) => String(seat)));
  for (const key of [...rows.keys()]) if (!keep.has(key)) rows.delete(key);
}

/** Makes a list hold these items. An equal list is left alone: clearing and filling it would send it again. */
export function replaceItems<Item>(list: ArraySchema<Item>, items: readonly Item[]): void {
  if (list.length === items.length && items.every((item, index) => list[index] === item)) return;
  list.clear();
  list.push(...items);
}
