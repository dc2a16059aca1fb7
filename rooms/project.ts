import type { ArraySchema, MapSchema } from "@colyseus/schema";

/** Makes a list hold these items. An equal list is left alone: clearing and filling it would send it again. */
export function replaceItems<T>(list: ArraySchema<T>, items: readonly T[]): void {
  if (list.length === items.length && items.every((item, index) => list[index] === item)) return;
  list.clear();
  list.push(...items);
}

/** Deletes every key that is not in `keep`. */
export function removeOthers<T>(map: MapSchema<T>, keep: ReadonlySet<string>): void {
  for (const key of [...map.keys()]) if (!keep.has(key)) map.delete(key);
}
