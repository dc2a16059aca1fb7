import { Buffer } from "node:buffer";
import { type Doc, encode, isDocument, isEmpty, toInteger } from "./bson.ts";
import { badValue, CommandError } from "./errors.ts";
import { encodeKey } from "./keystring.ts";
import { compileFilter, type Predicate } from "./matcher.ts";
import { indexValues } from "./paths.ts";

export interface IndexPart {
  field: string;
  path: string[];
  descending: boolean;
}

export interface IndexDef {
  readonly id: number;
  /** The SQLite table of keys and row ids. */
  readonly table: string;
  readonly name: string;
  readonly parts: readonly IndexPart[];
  readonly spec: Doc;
  readonly unique: boolean;
  readonly sparse: boolean;
  readonly partial: Predicate | null;
  readonly isId: boolean;
  multikey: boolean;
}

/** One document may not put more than this many keys in one index. */
const MAX_KEYS_PER_DOCUMENT = 10_000;
const ALLOWED_OPTIONS = new Set([
  "v",
  "key",
  "name",
  "unique",
  "sparse",
  "expireAfterSeconds",
  "partialFilterExpression",
  "background",
  "ns",
  "collation",
  "hidden",
]);

export function idIndex(table: string): IndexDef {
  const spec = { v: 2, key: { _id: 1 }, name: "_id_" };
  const parts = [{ field: "_id", path: ["_id"], descending: false }];
  const flags = { unique: true, sparse: false, partial: null, isId: true, multikey: false };
  return { id: 0, table, name: "_id_", parts, spec, ...flags };
}

export function createIndexDef(id: number, spec: Doc, multikey: boolean): IndexDef {
  const filter = spec.partialFilterExpression;
  return {
    id,
    table: `x${id}`,
    name: spec.name as string,
    parts: Object.entries(spec.key as Doc).map(([field, direction]) => ({
      field,
      path: field.split("."),
      descending: Number(direction) < 0,
    })),
    spec,
    unique: spec.unique === true,
    sparse: spec.sparse === true,
    partial: isDocument(filter) ? compileFilter(filter) : null,
    isId: false,
    multikey,
  };
}

/**
 * The document's keys in an index, without duplicates; empty when the index skips the document.
 * `onMultikey` is called when the document is the reason for several keys.
 */
export function indexKeys(index: IndexDef, doc: Doc, onMultikey: () => void): Buffer[] {
  if (index.partial && !index.partial(doc)) return [];
  let keys: Buffer[] | null = null;
  let found = false;
  for (const part of index.parts) {
    const values = indexValues(doc, part.path);
    found ||= values.found;
    if (values.multikey) onMultikey();
    const encoded = values.values.map((value) => encodeKey(value, part.descending));
    keys = keys === null ? encoded : combine(keys, encoded);
    if (keys.length > MAX_KEYS_PER_DOCUMENT) throw badValue(`too many keys for one document in index ${index.name}`);
  }
  if (keys === null || (index.sparse && !found)) return [];
  return keys.length === 1 ? keys : unique(keys);
}

function combine(prefixes: Buffer[], suffixes: Buffer[]): Buffer[] {
  return prefixes.flatMap((prefix) => suffixes.map((suffix) => Buffer.concat([prefix, suffix])));
}

function unique(keys: Buffer[]): Buffer[] {
  keys.sort(Buffer.compare);
  return keys.filter((key, i) => i === 0 || !key.equals(keys[i - 1]!));
}

/** Checks a createIndexes specification and gives it its canonical form. Throws what MongoDB would, or code 67. */
export function normalizeSpec(requested: Doc): Doc {
  const { background: _background, ns: _ns, v: _v, key, name, collation, ...options } = requested;
  if (!isDocument(key) || isEmpty(key)) throw refuse("Index keys cannot be empty.");
  for (const option of Object.keys(requested)) {
    if (!ALLOWED_OPTIONS.has(option))
      throw refuse(`the index option ${option} is not supported by the embedded database`);
  }
  for (const [field, direction] of Object.entries(key)) checkPart(field, direction);
  if (isDocument(collation) && collation.locale !== "simple") {
    throw refuse("collation indexes are not supported by the embedded database");
  }
  if (options.expireAfterSeconds !== undefined) checkTtl(key, options.expireAfterSeconds);
  if (isDocument(options.partialFilterExpression)) compileFilter(options.partialFilterExpression);
  for (const flag of ["unique", "sparse", "hidden"]) {
    if (options[flag] === undefined) continue;
    if (options[flag]) options[flag] = true;
    else delete options[flag];
  }
  return { v: 2, key, name: typeof name === "string" && name ? name : defaultName(key), ...options };
}

function checkPart(field: string, direction: unknown): void {
  if (typeof direction !== "number" || direction === 0 || Number.isNaN(direction)) {
    throw refuse(`the index type ${JSON.stringify(direction)} on ${field} is not supported by the embedded database`);
  }
  if (field.includes("$**")) throw refuse("wildcard indexes are not supported by the embedded database");
  if (field === "" || field.startsWith("$") || field.split(".").includes(""))
    throw refuse("Index keys cannot be empty.");
}

function checkTtl(key: Doc, seconds: unknown): void {
  if (Object.keys(key).length !== 1) {
    throw refuse("TTL indexes are single-field indexes, compound indexes do not support TTL");
  }
  const value = toInteger(seconds, -1);
  if (value < 0 || value > 0x7fffffff) throw refuse("expireAfterSeconds must be between 0 and 2147483647");
}

function defaultName(key: Doc): string {
  return Object.entries(key)
    .map(([field, direction]) => `${field}_${direction}`)
    .join("_");
}

function refuse(message: string): CommandError {
  return new CommandError("CannotCreateIndex", message);
}

export function sameKey(a: Doc, b: Doc): boolean {
  return encode({ key: a.key }).equals(encode({ key: b.key }));
}

/** Two specifications that build the same index, whatever their names. */
export function sameIndex(a: Doc, b: Doc): boolean {
  const essence = ({ key, unique, sparse, expireAfterSeconds, partialFilterExpression }: Doc) =>
    encode({ key, unique, sparse, ttl: expireAfterSeconds, filter: partialFilterExpression });
  return essence(a).equals(essence(b));
}
