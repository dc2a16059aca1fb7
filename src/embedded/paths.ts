import { type Doc, isDocument } from "./bson.ts";
import { EMPTY_ARRAY } from "./keystring.ts";

/** Values of one dotted path, as an index stores them. */
export interface IndexValues {
  values: unknown[];
  /** An array was crossed or found: one document may have several keys. */
  multikey: boolean;
  /** The field exists in the document; a sparse index skips documents without. */
  found: boolean;
}

/**
 * Every value a dotted path reaches, arrays at the end left whole; `undefined` stands for "missing here".
 * Arrays on the way are crossed element by element. Queries and indexes both stand on this one walk, so an
 * index can never lack a key that a query would match.
 */
export function leaves(doc: Doc, path: readonly string[]): unknown[] {
  const out: unknown[] = [];
  walk(doc, path, 0, out);
  return out;
}

function walk(value: unknown, path: readonly string[], at: number, out: unknown[]): void {
  if (at === path.length) {
    out.push(value);
    return;
  }
  const segment = path[at]!;
  if (Array.isArray(value)) {
    walkArray(value, segment, path, at, out);
  } else if (isDocument(value) && Object.hasOwn(value, segment)) {
    walk(value[segment], path, at + 1, out);
  } else {
    out.push(undefined);
  }
}

function walkArray(items: unknown[], segment: string, path: readonly string[], at: number, out: unknown[]): void {
  if (!isArrayIndex(segment)) {
    for (const item of items) if (isDocument(item)) walk(item, path, at, out);
    return;
  }
  const before = out.length;
  const item = items[Number(segment)];
  if (item !== undefined) walk(item, path, at + 1, out);
  for (const element of items) {
    if (isDocument(element) && Object.hasOwn(element, segment)) walk(element, path, at, out);
  }
  if (out.length === before) out.push(undefined);
}

export function isArrayIndex(segment: string): boolean {
  return /^\d{1,7}$/.test(segment);
}

/** The values an index holds for a document: array elements one by one, a marker for an empty array. */
export function indexValues(doc: Doc, path: readonly string[]): IndexValues {
  const found = leaves(doc, path);
  // The common case first: one scalar, nothing to expand.
  if (found.length === 1 && !Array.isArray(found[0]) && !crossesArray(doc, path)) {
    return { values: found, multikey: false, found: found[0] !== undefined };
  }
  const values: unknown[] = [];
  for (const leaf of found) {
    if (!Array.isArray(leaf)) values.push(leaf);
    else if (leaf.length === 0) values.push(EMPTY_ARRAY);
    else values.push(...leaf);
  }
  if (values.length === 0) values.push(undefined);
  return { values, multikey: true, found: found.some((leaf) => leaf !== undefined) };
}

function crossesArray(doc: Doc, path: readonly string[]): boolean {
  let value: unknown = doc;
  for (const segment of path) {
    if (Array.isArray(value)) return true;
    if (!isDocument(value)) return false;
    value = value[segment];
  }
  return Array.isArray(value);
}
