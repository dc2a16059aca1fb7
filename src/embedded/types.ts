import { Binary, BSONRegExp, Code, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";
import { isDocument } from "./bson.ts";
import { badValue } from "./errors.ts";

const INT32_MAX = 0x7fffffff;

/** BSON type numbers and their names in `$type`. Whole doubles cannot be told from integers once decoded. */
const TESTS: Record<string, (value: unknown) => boolean> = {
  double: (v) => typeof v === "number" && !Number.isInteger(v),
  string: (v) => typeof v === "string",
  object: isDocument,
  array: Array.isArray,
  binData: (v) => v instanceof Binary || v instanceof Uint8Array,
  objectId: (v) => v instanceof ObjectId,
  bool: (v) => typeof v === "boolean",
  date: (v) => v instanceof Date,
  null: (v) => v === null,
  regex: (v) => v instanceof BSONRegExp || v instanceof RegExp,
  javascript: (v) => v instanceof Code,
  int: (v) => typeof v === "number" && Number.isInteger(v) && Math.abs(v) <= INT32_MAX,
  timestamp: (v) => v instanceof Timestamp,
  long: (v) => isLong(v) || (typeof v === "number" && Number.isInteger(v) && Math.abs(v) > INT32_MAX),
  decimal: (v) => v instanceof Decimal128,
  minKey: (v) => v instanceof MinKey,
  maxKey: (v) => v instanceof MaxKey,
  number: (v) => typeof v === "number" || isLong(v) || v instanceof Decimal128,
};

const NUMBERED: Record<string, string> = {
  1: "double",
  2: "string",
  3: "object",
  4: "array",
  5: "binData",
  7: "objectId",
  8: "bool",
  9: "date",
  10: "null",
  11: "regex",
  13: "javascript",
  16: "int",
  17: "timestamp",
  18: "long",
  19: "decimal",
  [-1]: "minKey",
  127: "maxKey",
};

/** An int64 outside the integers a double can hold; smaller ones decode as numbers. */
export function isLong(value: unknown): value is Long {
  return value instanceof Long && !(value instanceof Timestamp);
}

/** True when `value` has the BSON type (name, number, or one of a list) that `$type` asks for. */
export function matchesType(value: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return wanted.some((one) => matchesType(value, one));
  const name = typeof wanted === "string" ? wanted : NUMBERED[String(wanted)];
  const test = name === undefined || !Object.hasOwn(TESTS, name) ? undefined : TESTS[name];
  if (!test) throw badValue(`Unknown type name alias: ${String(wanted)}`);
  return test(value);
}
