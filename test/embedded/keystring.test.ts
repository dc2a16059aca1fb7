import assert from "node:assert/strict";
import { Binary, Decimal128, Long, MaxKey, MinKey, ObjectId, Timestamp } from "bson";
import fc from "fast-check";
import { isDocument } from "../../src/embedded/bson.ts";
import { compareValues, EMPTY_ARRAY, encodeKey, encodeStringKey, successor } from "../../src/embedded/keystring.ts";
import { scalar } from "./support/values.ts";

/** MongoDB's order of types; the comparison below is written from its documentation, not from the encoder. */
function rank(value: unknown): number {
  if (value === null || value === undefined) return 1;
  if (typeof value === "number" || (value instanceof Long && !(value instanceof Timestamp))) return 2;
  if (typeof value === "string") return 3;
  if (Array.isArray(value)) return 5;
  if (value instanceof Binary) return 6;
  if (value instanceof ObjectId) return 7;
  if (typeof value === "boolean") return 8;
  if (value instanceof Date) return 9;
  if (value instanceof Timestamp) return 10;
  return 4;
}

function reference(a: unknown, b: unknown): number {
  if (rank(a) !== rank(b)) return Math.sign(rank(a) - rank(b));
  switch (rank(a)) {
    case 1:
      return 0;
    case 2:
      return compareNumbers(a as number | Long, b as number | Long);
    case 3:
      return Math.sign(Buffer.compare(Buffer.from(a as string), Buffer.from(b as string)));
    case 4:
      return compareLists(Object.entries(a as object), Object.entries(b as object), compareFields);
    case 5:
      return compareLists(a as unknown[], b as unknown[], reference);
    case 6:
      return compareBinaries(a as Binary, b as Binary);
    case 7:
      return Math.sign(Buffer.compare((a as ObjectId).id, (b as ObjectId).id));
    case 10:
      return (a as Timestamp).compare(b as Timestamp);
    default:
      return Math.sign(Number(a) - Number(b));
  }
}

function compareNumbers(a: number | Long, b: number | Long): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
  if (a === b) return 0; // also two infinities, whose difference is no number
  if (typeof a === "number" && typeof b === "number") return Math.sign(a - b);
  // An infinite or fractional double against an int64 is decided by the double; whole numbers exactly.
  const [x, y] = [Number(a), Number(b)];
  if (!Number.isInteger(x) || !Number.isInteger(y)) return Math.sign(x - y);
  const difference = toBigInt(a) - toBigInt(b);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}

function toBigInt(value: number | Long): bigint {
  return typeof value === "number" ? BigInt(value) : value.toBigInt();
}

function compareBinaries(a: Binary, b: Binary): number {
  return Math.sign(a.length() - b.length() || a.sub_type - b.sub_type || Buffer.compare(a.value(), b.value()));
}

function compareFields([nameA, a]: [string, unknown], [nameB, b]: [string, unknown]): number {
  return (
    Math.sign(rank(a) - rank(b)) || Math.sign(Buffer.compare(Buffer.from(nameA), Buffer.from(nameB))) || reference(a, b)
  );
}

function compareLists<T>(a: T[], b: T[], compare: (x: T, y: T) => number): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!, b[i]!);
    if (order !== 0) return order;
  }
  return Math.sign(a.length - b.length);
}

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).filter((n) => n > 2n ** 53n || n < -(2n ** 53n));
const value: fc.Arbitrary<unknown> = fc.oneof(
  scalar,
  fc.double(),
  fc.integer(),
  fc.string({ unit: "binary" }),
  int64.map((n) => Long.fromBigInt(n)),
  fc.array(scalar, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("a", "b", "a\u00e9"), scalar, { maxKeys: 2, noNullPrototype: true }),
  fc.uint8Array({ maxLength: 4 }).map((bytes) => new Binary(bytes)),
);

describe("keystring", () => {
  it("orders bytes as MongoDB orders values", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(Math.sign(compareValues(a, b)), reference(a, b));
      }),
      { numRuns: 5000 },
    );
  });

  it("orders strings with zero bytes as their bytes, in either direction", () => {
    const text = fc.string({ unit: fc.constantFrom("\0", "\u0001", "a", "\u00ff"), maxLength: 4 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(Math.sign(compareValues(a, b)), reference(a, b));
        assert.equal(Math.sign(Buffer.compare(encodeKey(b, true), encodeKey(a, true))), reference(a, b));
      }),
      { numRuns: 1000 },
    );
  });

  it("reverses the order of descending keys, alone and inside compound keys", () => {
    fc.assert(
      fc.property(value, value, scalar, (a, b, tail) => {
        const key = (v: unknown) => Buffer.concat([encodeKey(v, true), encodeKey(tail)]);
        assert.equal(Math.sign(Buffer.compare(key(a), key(b))), -reference(a, b) + 0);
      }),
      { numRuns: 3000 },
    );
  });

  it("gives no key that is a prefix of another", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [x, y] = [encodeKey(a), encodeKey(b)];
        if (!x.equals(y)) assert.ok(!y.subarray(0, x.length).equals(x));
      }),
      { numRuns: 3000 },
    );
  });

  it("puts every extension of a key below its successor", () => {
    fc.assert(
      fc.property(value, scalar, fc.boolean(), (a, tail, descending) => {
        const key = encodeKey(a, descending);
        assert.ok(Buffer.compare(Buffer.concat([key, encodeKey(tail)]), successor(key)) < 0);
        assert.ok(Buffer.compare(key, successor(key)) < 0);
      }),
    );
  });

  it("equates 1, 1.0 and Long(1), -0 and 0, null and missing; tells int64 neighbours apart", () => {
    assert.equal(compareValues(1, Long.fromNumber(1)), 0);
    assert.equal(compareValues(0, -0), 0);
    assert.equal(compareValues(null, undefined), 0);
    assert.ok(compareValues(Long.fromString("9007199254740992"), Long.fromString("9007199254740993")) < 0);
    assert.ok(compareValues(Long.MAX_VALUE, 2 ** 63) < 0);
  });

  it("keeps MinKey first and MaxKey last, an empty array between MinKey and null", () => {
    const order = [new MinKey(), EMPTY_ARRAY, null, 5, "z", { a: 1 }, [1], true, new Date(), new MaxKey()];
    for (let i = 1; i < order.length; i++) assert.ok(compareValues(order[i - 1], order[i]) < 0, `position ${i}`);
  });

  it("takes a string's key from its bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => encodeKey(text).equals(encodeStringKey(Buffer.from(text)))),
    );
  });

  it("encodes a deeply nested document in linear time", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 100; i++) deep = { x: deep };
    assert.ok(isDocument(deep));
    assert.ok(encodeKey(deep).length < 2000);
  });

  it("refuses Decimal128, which would need more bits than it has", () => {
    assert.throws(() => encodeKey(Decimal128.fromString("1.5")), { code: 2 });
    assert.throws(() => encodeKey([{ a: Decimal128.fromString("1.5") }]), { code: 2 });
  });
});
