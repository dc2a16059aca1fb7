import { Binary, Long, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import type { Doc } from "../../../src/embedded/bson.ts";

const IDS = Array.from({ length: 4 }, (_, i) => new ObjectId(String(i).repeat(24)));

/** Values from a small pool of every comparable type, so that random documents and queries meet. */
export const scalar: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -3, max: 4 }) },
  { weight: 2, arbitrary: fc.constantFrom(0.5, 1.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY) },
  { weight: 3, arbitrary: fc.constantFrom("a", "b", "ab", "", "a\0", "é", "zz") },
  fc.constant(null),
  fc.constantFrom(...IDS),
  fc.integer({ min: -2, max: 3 }).map((s) => new Date(s * 1000)),
  fc.boolean(),
  fc.constantFrom("9007199254740993", "9007199254740995", "-9007199254740993").map((text) => Long.fromString(text)),
  fc.constantFrom("x", "xy").map((text) => new Binary(Buffer.from(text))),
  fc.constant(new Timestamp({ t: 1, i: 2 })),
  fc.integer({ min: 0, max: 2 }).map((x) => ({ x })),
);

const field = fc.oneof(
  { weight: 5, arbitrary: scalar },
  fc.array(scalar, { maxLength: 3 }),
  fc.array(fc.array(scalar, { maxLength: 2 }), { maxLength: 2 }),
);
const nested = fc.oneof(
  fc.record({ d: field }, { requiredKeys: [] }),
  fc.array(fc.oneof(fc.record({ d: scalar }, { requiredKeys: [] }), scalar), { maxLength: 3 }),
  scalar,
);

/** A document without _id: fields of mixed types, arrays, paths through arrays, and fields that are often missing. */
export const body: fc.Arbitrary<Doc> = fc.record(
  { a: field, b: field, c: nested, arr: fc.array(scalar, { maxLength: 4 }), s: scalar },
  { requiredKeys: [] },
);

const condition: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  scalar.map((v) => ({ $gt: v })),
  scalar.map((v) => ({ $gte: v })),
  scalar.map((v) => ({ $lt: v })),
  scalar.map((v) => ({ $lte: v })),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gte: low, $lt: high })),
  fc.tuple(scalar, scalar).map(([low, high]) => ({ $gt: low, $lte: high })),
  fc.array(scalar, { maxLength: 3 }).map((list) => ({ $in: list })),
  scalar.map((v) => ({ $ne: v })),
  fc.boolean().map((v) => ({ $exists: v })),
  fc.array(scalar, { maxLength: 2 }),
);

const PATHS = ["a", "b", "c", "c.d", "arr", "s", "arr.0", "_id"];

export const filter: fc.Arbitrary<Doc> = fc.oneof(
  // Two equalities at once are rare by chance, and compound indexes live on them.
  fc.record({ s: scalar, a: scalar, b: condition }, { requiredKeys: ["s", "a"] }),
  { weight: 6, arbitrary: fc.dictionary(fc.constantFrom(...PATHS), condition, { maxKeys: 3, noNullPrototype: true }) },
  fc
    .array(fc.dictionary(fc.constantFrom(...PATHS), condition, { minKeys: 1, maxKeys: 2, noNullPrototype: true }), {
      minLength: 1,
      maxLength: 2,
    })
    .map((branches) => ({ $and: branches })),
);

/** Without _id as the last part, so that an index can deliver the order. */
export const indexableSort: fc.Arbitrary<Doc> = fc.oneof(
  fc
    .tuple(fc.constantFrom("a", "b", "s", "c.d", "arr"), fc.constantFrom(1, -1))
    .map(([name, order]) => ({ [name]: order })),
  fc
    .constantFrom(1, -1)
    .chain((order) => fc.constantFrom<Doc>({ s: -order, b: order }, { a: -order, b: order }, { b: order })),
);

export const sort: fc.Arbitrary<Doc> = fc
  .uniqueArray(fc.tuple(fc.constantFrom("a", "b", "s", "c.d"), fc.constantFrom(1, -1)), {
    minLength: 1,
    maxLength: 2,
    selector: ([name]) => name,
  })
  .map((parts) => Object.fromEntries([...parts, ["_id", 1]]));
