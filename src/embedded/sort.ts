import { Buffer } from "node:buffer";
import type { Doc } from "./bson.ts";
import { badValue } from "./errors.ts";
import { encodeKey } from "./keystring.ts";
import { indexValues } from "./paths.ts";

export interface SortPart {
  field: string;
  path: string[];
  direction: 1 | -1;
}

/** Parses `{a: 1, b: -1}`. Throws code 2 for anything but plain directions. */
export function parseSort(spec: Doc | undefined | null): SortPart[] {
  return Object.entries(spec ?? {}).map(([field, direction]) => {
    const sign = Number(direction);
    if (typeof direction === "object" || (sign !== 1 && sign !== -1)) {
      throw badValue(`bad sort specification for ${field}: directions are 1 and -1`);
    }
    return { field, path: field.split("."), direction: sign as 1 | -1 };
  });
}

/** One key per sort part; an array sorts by its least element, or its greatest when descending. */
export function sortKeys(doc: Doc, parts: readonly SortPart[]): Buffer[] {
  return parts.map(({ path, direction }) => {
    const { values } = indexValues(doc, path);
    let best = encodeKey(values[0]);
    for (let i = 1; i < values.length; i++) {
      const key = encodeKey(values[i]);
      if (Buffer.compare(key, best) * direction < 0) best = key;
    }
    return best;
  });
}

export function compareSortKeys(a: Buffer[], b: Buffer[], parts: readonly SortPart[]): number {
  for (let i = 0; i < parts.length; i++) {
    const order = Buffer.compare(a[i]!, b[i]!);
    if (order !== 0) return order * parts[i]!.direction;
  }
  return 0;
}

/** Keeps the first `bound` of a stream of rows in sort order without holding all of them. */
export class BoundedSorter<T> {
  #rows: { keys: Buffer[]; row: T }[] = [];
  readonly #parts: readonly SortPart[];
  readonly #bound: number;

  /** `bound` 0 keeps every row. */
  constructor(parts: readonly SortPart[], bound: number) {
    this.#parts = parts;
    this.#bound = bound;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** Returns the rows it dropped, so that the caller can account for their memory. */
  add(doc: Doc, row: T): T[] {
    this.#rows.push({ keys: sortKeys(doc, this.#parts), row });
    if (this.#bound === 0 || this.#rows.length < this.#bound * 2 + 256) return [];
    this.#sort();
    return this.#rows.splice(this.#bound).map((entry) => entry.row);
  }

  finish(): T[] {
    this.#sort();
    return this.#rows.map((entry) => entry.row);
  }

  // Array.prototype.sort is stable, so equal keys stay in natural order.
  #sort(): void {
    this.#rows.sort((a, b) => compareSortKeys(a.keys, b.keys, this.#parts));
  }
}
