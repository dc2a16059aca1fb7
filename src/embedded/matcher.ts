import { Buffer } from "node:buffer";
import { BSONRegExp, MaxKey, MinKey } from "bson";
import { type Doc, firstKey, isDocument, isOperatorDocument } from "./bson.ts";
import { badValue, unsupported } from "./errors.ts";
import { expressionPredicate } from "./expressions.ts";
import { encodeKey } from "./keystring.ts";
import { leaves } from "./paths.ts";
import { matchesType } from "./types.ts";

export type Predicate = (doc: Doc) => boolean;
type ValueTest = (value: unknown) => boolean;

const REFUSED = new Set(["$where", "$text", "$jsonSchema", "$near", "$nearSphere", "$geoWithin", "$geoIntersects"]);

/** Compiles a MongoDB filter. Throws code 2 for an operator it does not know and code 115 for one it refuses. */
export function compileFilter(filter: Doc): Predicate {
  return all(Object.entries(filter).map(([key, value]) => compileEntry(key, value)));
}

function all(tests: Predicate[]): Predicate {
  if (tests.length === 1) return tests[0]!;
  return (doc) => tests.every((test) => test(doc));
}

function compileEntry(key: string, value: unknown): Predicate {
  if (!key.startsWith("$")) return compileField(key, value);
  switch (key) {
    case "$and":
      return all(branches(key, value));
    case "$or": {
      const tests = branches(key, value);
      return (doc) => tests.some((test) => test(doc));
    }
    case "$nor": {
      const tests = branches(key, value);
      return (doc) => !tests.some((test) => test(doc));
    }
    case "$comment":
      return () => true;
    case "$expr":
      return expressionPredicate(value);
    default:
      throw REFUSED.has(key)
        ? unsupported(`the query operator ${key}`)
        : badValue(`unknown top level operator: ${key}`);
  }
}

function branches(key: string, value: unknown): Predicate[] {
  if (!Array.isArray(value) || value.length === 0 || !value.every(isDocument)) {
    throw badValue(`${key} must be a nonempty array of filters`);
  }
  return value.map((branch) => compileFilter(branch));
}

function compileField(field: string, condition: unknown): Predicate {
  const path = field.split(".");
  if (!isOperatorDocument(condition)) {
    return isPattern(condition) ? onLeaves(path, anyValue(regexTest(condition, undefined))) : equality(path, condition);
  }
  if (firstKey(condition) === "$ref") return equality(path, condition);
  return all(Object.entries(condition).map(([op, operand]) => compileOperator(path, op, operand, condition)));
}

function compileOperator(path: string[], op: string, operand: unknown, siblings: Doc): Predicate {
  switch (op) {
    case "$eq":
      return equality(path, operand);
    case "$ne":
      return not(equality(path, operand));
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      return onLeaves(path, anyValue(rangeTest(op, operand)));
    case "$in":
      return onLeaves(path, anyValue(membership(op, operand)));
    case "$nin":
      return not(onLeaves(path, anyValue(membership(op, operand))));
    case "$not":
      return not(negated(path, operand));
    case "$exists":
      return operand ? onLeaves(path, isPresent) : not(onLeaves(path, isPresent));
    case "$type":
      return onLeaves(
        path,
        anyValue((value) => matchesType(value, operand)),
      );
    case "$regex":
      return onLeaves(path, anyValue(regexTest(operand, siblings.$options)));
    case "$options":
      if (!("$regex" in siblings)) throw badValue("$options needs a $regex");
      return () => true;
    case "$mod":
      return onLeaves(path, anyValue(modulo(operand)));
    case "$size":
      return onLeaves(path, (leaf) => Array.isArray(leaf) && leaf.length === Number(operand));
    case "$all":
      return allOf(path, operand);
    case "$elemMatch":
      return onLeaves(path, elementTest(operand));
    default:
      throw REFUSED.has(op) ? unsupported(`the query operator ${op}`) : badValue(`unknown operator: ${op}`);
  }
}

function not(test: Predicate): Predicate {
  return (doc) => !test(doc);
}

function onLeaves(path: string[], test: ValueTest): Predicate {
  if (path.length === 1) {
    const field = path[0]!;
    return (doc) => test(Object.hasOwn(doc, field) ? doc[field] : undefined);
  }
  return (doc) => leaves(doc, path).some(test);
}

/** A condition on an array holds when it holds for one element, or for the array as a whole. */
function anyValue(test: ValueTest): ValueTest {
  return (leaf) => (Array.isArray(leaf) ? leaf.some(test) || test(leaf) : test(leaf));
}

function isPresent(value: unknown): boolean {
  return value !== undefined;
}

function equality(path: string[], operand: unknown): Predicate {
  return onLeaves(path, anyValue(equalTo(operand)));
}

/** Equality over BSON types: 1, 1.0 and Long(1) are equal, null equals a missing field, field order counts. */
export function equalTo(operand: unknown): ValueTest {
  if (operand === null || operand === undefined) return (value) => value === null || value === undefined;
  if (typeof operand === "string" || typeof operand === "boolean") return (value) => value === operand;
  const key = encodeKey(operand);
  return (value) => {
    if (typeof operand === "number" && typeof value === "number" && operand === value) return true;
    return isComparable(value) && key.equals(encodeKey(value));
  };
}

/** Strings and booleans equal only their own kind, and were handled; skipping them spares an encoding per document. */
function isComparable(value: unknown): boolean {
  return value !== undefined && typeof value !== "string" && typeof value !== "boolean";
}

function rangeTest(op: "$gt" | "$gte" | "$lt" | "$lte", operand: unknown): ValueTest {
  if (isPattern(operand)) throw badValue(`Can't have RegEx as arg to ${op}`);
  const key = encodeKey(operand);
  const crossesTypes = operand instanceof MinKey || operand instanceof MaxKey;
  const isNaNOperand = Number.isNaN(operand);
  const inclusive = op === "$gte" || op === "$lte";
  const accepts = acceptor(op);
  return (value) => {
    if (typeof value === "number" && typeof operand === "number" && !isNaNOperand) return accepts(value - operand);
    if (isNaNOperand || Number.isNaN(value)) return inclusive && isNaNOperand && Number.isNaN(value);
    const other = encodeKey(value);
    // Ranges never cross types: {$gt: 5} says nothing about strings.
    return (crossesTypes || other[0] === key[0]) && accepts(Buffer.compare(other, key));
  };
}

function acceptor(op: "$gt" | "$gte" | "$lt" | "$lte"): (difference: number) => boolean {
  if (op === "$gt") return (difference) => difference > 0;
  if (op === "$gte") return (difference) => difference >= 0;
  if (op === "$lt") return (difference) => difference < 0;
  return (difference) => difference <= 0;
}

function membership(op: string, operand: unknown): ValueTest {
  if (!Array.isArray(operand)) throw badValue(`${op} needs an array`);
  const patterns = operand.filter(isPattern).map((pattern) => regexTest(pattern, undefined));
  const keys = new Set<string>();
  for (const item of operand) if (!isPattern(item)) keys.add(encodeKey(item).toString("latin1"));
  const strings = new Set(operand.filter((item) => typeof item === "string"));
  const onlyStrings = strings.size > 0 && operand.every((item) => typeof item === "string");
  return (value) => {
    if (typeof value === "string" && strings.has(value)) return true;
    if (!onlyStrings && keys.has(encodeKey(value).toString("latin1"))) return true;
    return patterns.some((test) => test(value));
  };
}

function negated(path: string[], operand: unknown): Predicate {
  if (!isPattern(operand) && !isOperatorDocument(operand)) throw badValue("$not needs a regex or a document");
  return compileField(path.join("."), operand);
}

function modulo(operand: unknown): ValueTest {
  if (!Array.isArray(operand) || operand.length !== 2)
    throw badValue("malformed mod, needs to be [divisor, remainder]");
  const [divisor, remainder] = operand.map(Number);
  if (!divisor) throw badValue("divisor cannot be 0");
  return (value) => typeof value === "number" && Math.trunc(value) % divisor === remainder;
}

function allOf(path: string[], operand: unknown): Predicate {
  if (!Array.isArray(operand)) throw badValue("$all needs an array");
  if (operand.length === 0) return () => false;
  return all(
    operand.map((item) => {
      if (isDocument(item) && "$elemMatch" in item) return onLeaves(path, elementTest(item.$elemMatch));
      return compileField(path.join("."), isOperatorDocument(item) ? item : isPattern(item) ? item : { $eq: item });
    }),
  );
}

/** `{$elemMatch: {$gt: 1}}` tests the elements themselves, `{$elemMatch: {a: 1}}` tests elements that are documents. */
export function elementTest(operand: unknown): ValueTest {
  if (!isDocument(operand)) throw badValue("$elemMatch needs an Object");
  const first = firstKey(operand);
  const onValue = first.startsWith("$") && first !== "$and" && first !== "$or" && first !== "$nor" && first !== "$expr";
  const test = onValue ? compileFilter({ element: operand }) : compileFilter(operand);
  const matches: ValueTest = onValue
    ? (item) => test({ element: item })
    : (item) => (isDocument(item) ? test(item) : Array.isArray(item) && test({ ...item } as Doc));
  return (leaf) => Array.isArray(leaf) && leaf.some(matches);
}

export function isPattern(value: unknown): value is BSONRegExp | RegExp {
  return value instanceof BSONRegExp || value instanceof RegExp;
}

function regexTest(pattern: unknown, options: unknown): ValueTest {
  const regex = toRegExp(pattern, options);
  const own = isPattern(pattern) ? encodeKey(pattern) : null;
  return (value) => {
    if (typeof value === "string") return regex.test(value);
    return own !== null && isPattern(value) && own.equals(encodeKey(value));
  };
}

function toRegExp(pattern: unknown, options: unknown): RegExp {
  const [source, flags] =
    pattern instanceof BSONRegExp
      ? [pattern.pattern, pattern.options]
      : pattern instanceof RegExp
        ? [pattern.source, pattern.flags]
        : [pattern, ""];
  if (typeof source !== "string") throw badValue("$regex has to be a string");
  const wanted = options === undefined ? flags : String(options);
  if (/[^imsu]/.test(wanted)) throw unsupported(`the regular expression option in "${wanted}"`);
  try {
    return new RegExp(source, wanted);
  } catch {
    throw badValue("the regular expression is invalid, or uses PCRE syntax that JavaScript lacks");
  }
}
