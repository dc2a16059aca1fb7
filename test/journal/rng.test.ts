import assert from "node:assert/strict";
import fc from "fast-check";
import { canonical } from "../../src/lib/canonical.ts";
import { commitment, newSeed, rng } from "../../src/lib/rng.ts";

/** Critical values of chi-square at 0.1 %, by degrees of freedom. */
const CRITICAL = new Map([
  [1, 10.83],
  [5, 20.52],
  [19, 43.82],
]);

const KNOWN = [1, 4, 6, 1, 1, 5, 5, 3, 6, 2];
const KNOWN_COMMITMENT = "3c894bcaf6d121642bf50b3fc101e03fa6460fd7c218ebbc7595a0d0dcf961ae";

function chiSquare(counts: readonly number[], draws: number): number {
  const expected = draws / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe("draws", () => {
  for (const sides of [2, 6, 20]) {
    it(`[L5] a die of ${sides} is fair`, () => {
      for (const seed of ["a".repeat(64), "b".repeat(64), "c".repeat(64)]) {
        const draw = rng(seed);
        const counts = new Array<number>(sides).fill(0);
        for (let index = 0; index < 6000; index++) counts[draw(index, sides) - 1]! += 1;
        assert.ok(chiSquare(counts, 6000) < CRITICAL.get(sides - 1)!, `${seed[0]}: ${counts}`);
      }
    });
  }

  it("[L5] neighbouring draws are independent of each other", () => {
    const draw = rng("d".repeat(64));
    const pairs = new Array<number>(20).fill(0);
    for (let index = 0; index < 8000; index++) pairs[(draw(index, 4) - 1) * 5 + draw(index + 1, 5) - 1]! += 1;
    assert.ok(chiSquare(pairs, 8000) < CRITICAL.get(19)!, String(pairs));
  });

  it("[L5] a draw depends on its seed and position alone, not on the draws before it", () => {
    const [forward, backward] = [rng("e".repeat(64)), rng("e".repeat(64))];
    const ascending = Array.from({ length: 50 }, (_, index) => forward(index, 1000));
    const descending = Array.from({ length: 50 }, (_, index) => backward(49 - index, 1000)).reverse();
    assert.deepEqual(ascending, descending);
    assert.notDeepEqual(
      ascending,
      Array.from({ length: 50 }, (_, index) => rng("f".repeat(64))(index, 1000)),
    );
  });

  it("[L5] known draws: another version of this software must draw the same", () => {
    const draw = rng("0".repeat(64));
    assert.deepEqual(
      Array.from({ length: 10 }, (_, index) => draw(index, 6)),
      KNOWN,
    );
    assert.equal(commitment("0".repeat(64)), KNOWN_COMMITMENT);
  });

  it("stays within 1 and sides, and refuses what is no die", () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 24 }), (index, sides) => {
        const value = rng("1".repeat(64))(index, sides);
        assert.ok(Number.isInteger(value) && value >= 1 && value <= sides);
      }),
    );
    for (const sides of [0, -1, 1.5, 2 ** 24 + 1, Number.NaN]) assert.throws(() => rng("x")(0, sides), RangeError);
  });

  it("seeds are 256 random bits", () => {
    const seeds = Array.from({ length: 100 }, newSeed);
    assert.equal(new Set(seeds).size, 100);
    for (const seed of seeds) assert.match(seed, /^[0-9a-f]{64}$/);
  });
});

describe("canonical JSON", () => {
  it("[L6] is the same text whatever the order in which a value was built", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        assert.equal(canonical(reversed(value)), canonical(value));
        assert.deepEqual(JSON.parse(canonical(value)), JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("refuses what JSON cannot hold", () => {
    for (const value of [Number.NaN, Infinity, 1n, () => 1, [undefined], Symbol("s")]) {
      assert.throws(() => canonical(value), TypeError);
    }
    assert.equal(canonical({ b: undefined, a: -0 }), '{"a":0}');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== "object" || value === null) return value;
  // fromEntries defines members, so that a key named __proto__ is a key like any other.
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
