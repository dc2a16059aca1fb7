import assert from "node:assert/strict";
import fc from "fast-check";
import { mergePatch } from "../../src/custom/merge-patch.rules.ts";
import { faultOf, orderedText } from "../../src/custom/safe-json.rules.ts";
import type { Json } from "../../src/lib/canonical.ts";

/** RFC 7396, appendix A. */
const EXAMPLES: readonly [target: Json, patch: Json, result: Json][] = [
  [{ a: "b" }, { a: "c" }, { a: "c" }],
  [{ a: "b" }, { b: "c" }, { a: "b", b: "c" }],
  [{ a: "b" }, { a: null }, {}],
  [{ a: "b", b: "c" }, { a: null }, { b: "c" }],
  [{ a: ["b"] }, { a: "c" }, { a: "c" }],
  [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
  [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
  [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
  [
    ["a", "b"],
    ["c", "d"],
    ["c", "d"],
  ],
  [{ a: "b" }, ["c"], ["c"]],
  [{ a: "foo" }, null, null],
  [{ a: "foo" }, "bar", "bar"],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: "b", c: null }, { a: "b" }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
];

/** The pseudo-code of RFC 7396, section 2, as it stands there. */
function reference(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch;
  const isObject = typeof target === "object" && target !== null && !Array.isArray(target);
  const result: Record<string, unknown> = isObject ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = reference(result[name], value);
  }
  return result;
}

const key = fc.constantFrom("a", "b", "c", "toString", "valueOf", "1");
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, -1, "x"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

describe("merge-patch", () => {
  for (const [target, patch, result] of EXAMPLES) {
    it(`RFC 7396: ${JSON.stringify(target)} patched with ${JSON.stringify(patch)}`, () => {
      assert.deepEqual(mergePatch(target, patch), result);
    });
  }

  it("does what the RFC's pseudo-code does, and changes neither of the two", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = JSON.stringify([target, patch]);
        assert.deepEqual(mergePatch(target, patch), patchedByReference(target, patch));
        assert.equal(JSON.stringify([target, patch]), before);
      }),
      { numRuns: 2000 },
    );
  });

  it("twice is once", () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const once = mergePatch(target, patch);
        assert.deepEqual(mergePatch(once, patch), once);
      }),
    );
  });
});

/** Own members only: \`toString\` of an object without one is a function to the pseudo-code. */
function patchedByReference(target: Json, patch: Json): unknown {
  const bare = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(bare);
    const members = Object.entries(value).map(([name, member]) => [name, bare(member)]);
    return Object.assign(Object.create(null), Object.fromEntries(members));
  };
  return JSON.parse(JSON.stringify(reference(bare(target), bare(patch))));
}

describe("what clients may keep", () => {
  const nested = (levels: number): object => (levels === 0 ? {} : { a: nested(levels - 1) });

  it("is an object, no deeper than sixteen, of finite numbers", () => {
    for (const value of [null, [], "x", 1, undefined]) assert.ok(faultOf(value), String(value));
    assert.equal(faultOf(nested(15)), null);
    assert.deepEqual(faultOf(nested(16))?.path, Array(16).fill("a"));
    assert.deepEqual(faultOf({ a: [1, JSON.parse("1e999")] })?.path, ["a", 1]);
  });

  it("has no key that means something to a language or a database, at any depth", () => {
    for (const bad of ["__proto__", "constructor", "prototype", "$set", "a.b", ".", "nul\0"]) {
      const value = JSON.parse(`{"list":[{${JSON.stringify(bad)}:1}]}`);
      assert.deepEqual(faultOf(value)?.path, ["list", 0, bad]);
    }
    for (const good of ["a$", "toString", "", "hasOwnProperty", "ключ"]) assert.equal(faultOf({ [good]: 1 }), null);
  });

  it("is one text, in whatever order it was written", () => {
    assert.equal(orderedText({ b: [{ d: 1, c: 2 }], a: null }), '{"a":null,"b":[{"c":2,"d":1}]}');
    fc.assert(fc.property(json, (value) => assert.deepEqual(JSON.parse(orderedText(value)), value)));
  });
});
