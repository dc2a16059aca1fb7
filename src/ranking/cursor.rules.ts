/** Where a page ended: in which season, and behind whom. */
export interface Position {
  readonly season: number;
  readonly key: number;
  readonly at: number;
  readonly id: string;
}

/** Opaque to whoever is given it. It names a position, not a place: however ranks move, nobody who stood still is skipped. */
export function cursorOf({ season, key, at, id }: Position): string {
  return [season, key.toString(36), at.toString(36), id].join("~");
}

/** Undefined when nobody was ever given it. */
export function readCursor(text: string): Position | undefined {
  const [season = "", key = "", at = "", id = "", ...more] = text.split("~");
  const position = { season: Number(season), key: Number.parseInt(key, 36), at: Number.parseInt(at, 36), id };
  const isWhole = [position.season, position.key, position.at].every(Number.isSafeInteger);
  return isWhole && id !== "" && more.length === 0 ? position : undefined;
}
