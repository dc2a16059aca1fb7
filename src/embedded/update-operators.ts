import { Buffer } from "node:buffer";
import { Decimal128, Long, Timestamp } from "bson";
import { type Doc, isDocument, isOperatorDocument } from "./bson.ts";
import { badValue, CommandError } from "./errors.ts";
import { compareValues, encodeKey } from "./keystring.ts";
import { compileFilter, equalTo, isPattern } from "./matcher.ts";
import { compareSortKeys, parseSort, sortKeys } from "./sort.ts";
import { isLong } from "./types.ts";
import type { Target } from "./update-paths.ts";

interface OperatorContext {
  path: string;
  now: number;
}

type Apply = (target: Target) => void;
type Operator = (operand: unknown, context: OperatorContext) => Apply;

/** Every update operator: given its operand, what it does to one place in a document. */
export const OPERATORS: Record<string, Operator> = {
  $set: (value) => (target) => target.set(copy(value)),
  $setOnInsert: (value) => (target) => target.set(copy(value)),
  $unset: () => (target) => target.remove(),
  $inc: (amount, context) => arithmetic("$inc", amount, context, add),
  $mul: (factor, context) => arithmetic("$mul", factor, context, multiply),
  $min: (value) => (target) => replaceWhen(target, value, (order) => order > 0),
  $max: (value) => (target) => replaceWhen(target, value, (order) => order < 0),
  $bit: bit,
  $currentDate: currentDate,
  $push: push,
  $addToSet: addToSet,
  $pull: pull,
  $pullAll: (values) => {
    if (!Array.isArray(values)) throw badValue("$pullAll requires an array argument");
    const tests = values.map(equalTo);
    return (target) => filterArray(target, "$pullAll", (item) => !tests.some((test) => test(item)));
  },
  $pop: (operand) => {
    if (operand !== 1 && operand !== -1) throw new CommandError("FailedToParse", "$pop expects 1 or -1");
    return (target) => {
      const items = arrayAt(target, "$pop");
      if (items) target.set(operand === 1 ? items.slice(0, -1) : items.slice(1));
    };
  },
};

/** One operand may land in several places ($[]); they must not share a mutable value. */
function copy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copy);
  if (!isDocument(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, copy(inner)]));
}

function replaceWhen(target: Target, value: unknown, wanted: (order: number) => boolean): void {
  const current = target.get();
  if (current === undefined || wanted(compareValues(current, value))) target.set(copy(value));
}

function isNumeric(value: unknown): value is number | Long {
  return typeof value === "number" || isLong(value);
}

function arithmetic(
  name: string,
  operand: unknown,
  { path }: OperatorContext,
  compute: (current: number | Long | undefined, operand: number | Long) => number | Long,
): Apply {
  if (operand instanceof Decimal128) throw badValue("the embedded database does not compute with Decimal128 values");
  if (!isNumeric(operand)) {
    throw new CommandError(
      "TypeMismatch",
      `Cannot ${name === "$inc" ? "increment" : "multiply"} with non-numeric argument: {${path}}`,
    );
  }
  return (target) => {
    const current = target.get();
    if (current instanceof Decimal128) throw badValue("the embedded database does not compute with Decimal128 values");
    if (current !== undefined && !isNumeric(current)) {
      const message = `Cannot apply ${name} to a value of non-numeric type: the field '${target.path}' is not a number`;
      throw new CommandError("TypeMismatch", message);
    }
    target.set(compute(current, operand));
  };
}

function add(current: number | Long | undefined, amount: number | Long): number | Long {
  return whole(current ?? 0, amount, (a, b) => a + b) ?? Number(current ?? 0) + Number(amount);
}

function multiply(current: number | Long | undefined, factor: number | Long): number | Long {
  if (current === undefined) return 0;
  return whole(current, factor, (a, b) => a * b) ?? Number(current) * Number(factor);
}

/** Integer arithmetic beyond 2^53 in int64, so that no unit is lost; null when an operand is fractional. */
function whole(a: number | Long, b: number | Long, compute: (a: bigint, b: bigint) => bigint): number | Long | null {
  const [x, y] = [toBigInt(a), toBigInt(b)];
  if (x === null || y === null) return null;
  const result = compute(x, y);
  if (BigInt.asIntN(64, result) !== result) throw badValue("the result does not fit a 64-bit integer");
  return Number.isSafeInteger(Number(result)) ? Number(result) : Long.fromBigInt(result);
}

function toBigInt(value: number | Long): bigint | null {
  if (typeof value !== "number") return value.toBigInt();
  return Number.isSafeInteger(value) ? BigInt(value) : null;
}

function bit(operand: unknown, { path }: OperatorContext): Apply {
  const [[name, mask] = ["", null], more] = isDocument(operand) ? Object.entries(operand) : [];
  if (more || !["and", "or", "xor"].includes(name) || !Number.isInteger(mask)) {
    throw badValue(`The $bit modifier on ${path} needs one of and, or, xor with an integer`);
  }
  return (target) => {
    const current = target.get() ?? 0;
    if (typeof current !== "number" || !Number.isInteger(current)) throw badValue("Cannot apply $bit to a non-integer");
    const [a, b] = [BigInt(current), BigInt(mask as number)];
    target.set(Number(name === "and" ? a & b : name === "or" ? a | b : a ^ b));
  };
}

function currentDate(operand: unknown, { now }: OperatorContext): Apply {
  const type = isDocument(operand) ? operand.$type : operand === true ? "date" : undefined;
  if (type !== "date" && type !== "timestamp")
    throw badValue("$currentDate needs true or {$type: 'date' | 'timestamp'}");
  return (target) => target.set(type === "date" ? new Date(now) : new Timestamp({ t: Math.floor(now / 1000), i: 1 }));
}

/** The array at the target; undefined when missing. Throws code 2 for anything else. */
function arrayAt(target: Target, operator: string): unknown[] | undefined {
  const value = target.get();
  if (value === undefined || Array.isArray(value)) return value;
  throw badValue(`Cannot apply ${operator} to the non-array field '${target.path}'`);
}

function filterArray(target: Target, operator: string, keep: (item: unknown) => boolean): void {
  const items = arrayAt(target, operator);
  if (items) target.set(items.filter(keep));
}

function pull(operand: unknown): Apply {
  let matches: (item: unknown) => boolean;
  if (isOperatorDocument(operand)) {
    const test = compileFilter({ item: operand });
    matches = (item) => test({ item });
  } else if (isDocument(operand)) {
    const test = compileFilter(operand);
    matches = (item) => isDocument(item) && test(item);
  } else {
    const test = isPattern(operand) ? compileFilter({ item: operand }) : null;
    matches = test ? (item) => test({ item }) : equalTo(operand);
  }
  return (target) => filterArray(target, "$pull", (item) => !matches(item));
}

function addToSet(operand: unknown): Apply {
  const values = isDocument(operand) && "$each" in operand ? each("$addToSet", operand.$each) : [operand];
  return (target) => {
    const items = [...(arrayAt(target, "$addToSet") ?? [])];
    const known = new Set(items.map(identity));
    for (const value of values) {
      if (known.has(identity(value))) continue;
      known.add(identity(value));
      items.push(copy(value));
    }
    target.set(items);
  };
}

/** Decimal128 cannot be compared here, but equal bits are equal values; that is enough for a set. */
function identity(value: unknown): string {
  return value instanceof Decimal128 ? `decimal ${value.toString()}` : encodeKey(value).toString("latin1");
}

function each(name: string, values: unknown): unknown[] {
  if (!Array.isArray(values)) throw badValue(`The argument to $each in ${name} must be an array`);
  return values;
}

const PUSH_MODIFIERS = new Set(["$each", "$slice", "$sort", "$position"]);

function push(operand: unknown): Apply {
  if (!isDocument(operand) || !("$each" in operand)) {
    return (target) => target.set([...(arrayAt(target, "$push") ?? []), copy(operand)]);
  }
  for (const key of Object.keys(operand))
    if (!PUSH_MODIFIERS.has(key)) throw badValue(`Unrecognized clause in $push: ${key}`);
  const values = each("$push", operand.$each);
  const slice = optionalInteger("$slice", operand.$slice);
  const position = optionalInteger("$position", operand.$position);
  const order = operand.$sort === undefined ? null : arrayOrder(operand.$sort);
  return (target) => {
    let items = [...(arrayAt(target, "$push") ?? [])];
    items.splice(position ?? items.length, 0, ...values.map(copy));
    if (order) items.sort(order);
    if (slice !== null) items = slice === 0 ? [] : slice < 0 ? items.slice(slice) : items.slice(0, slice);
    target.set(items);
  };
}

function optionalInteger(name: string, value: unknown): number | null {
  if (value === undefined) return null;
  if (!Number.isInteger(value)) throw badValue(`The value for ${name} must be an integer value`);
  return value as number;
}

function arrayOrder(spec: unknown): (a: unknown, b: unknown) => number {
  if (spec === 1 || spec === -1) return (a, b) => Buffer.compare(encodeKey(a), encodeKey(b)) * spec;
  if (!isDocument(spec)) throw badValue("The $sort of $push must be 1, -1 or a document");
  const parts = parseSort(spec);
  const keys = (item: unknown) => sortKeys(isDocument(item) ? item : ({} as Doc), parts);
  return (a, b) => compareSortKeys(keys(a), keys(b), parts);
}
