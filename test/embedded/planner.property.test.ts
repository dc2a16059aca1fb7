import assert from "node:assert/strict";
import { EJSON } from "bson";
import fc from "fast-check";
import { Query } from "mingo";
import { type Doc, decode, encode } from "../../src/embedded/bson.ts";
import type { Engine } from "../../src/embedded/engine.ts";
import { parseSort, sortKeys } from "../../src/embedded/sort.ts";
import { findAll, openEngine, run } from "./support/engine.ts";
import { assertIntegrity } from "./support/integrity.ts";
import { body, filter, indexableSort, scalar, sort } from "./support/values.ts";

const INDEXES = [
  { key: { a: 1 }, name: "a" },
  { key: { s: 1 }, name: "s" },
  { key: { s: -1, b: 1 }, name: "s_b" },
  { key: { a: -1, b: 1 }, name: "a_b" },
  { key: { "c.d": 1, a: -1 }, name: "cd_a" },
  { key: { arr: 1 }, name: "arr" },
  { key: { b: -1 }, name: "b", sparse: true },
  { key: { s: 1, a: 1 }, name: "partial", partialFilterExpression: { b: { $exists: true } } },
];

type Churn =
  | { kind: "put"; id: number; body: Doc }
  | { kind: "set"; id: number; field: string; value: unknown }
  | { kind: "push"; id: number; value: unknown }
  | { kind: "remove"; id: number };

const id = fc.integer({ min: 0, max: 15 });
const churn: fc.Arbitrary<Churn> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("put" as const), id, body }) },
  fc.record({ kind: fc.constant("set" as const), id, field: fc.constantFrom("a", "b", "s", "c.d"), value: scalar }),
  fc.record({ kind: fc.constant("push" as const), id, value: scalar }),
  fc.record({ kind: fc.constant("remove" as const), id }),
);

/** The same change to the indexed collection and to its twin without indexes. */
function apply(engine: Engine, change: Churn): void {
  for (const name of ["indexed", "plain"]) {
    const q = { _id: change.id };
    if (change.kind === "remove") run(engine, { delete: name, deletes: [{ q, limit: 1 }] });
    else {
      const u =
        change.kind === "put"
          ? change.body
          : change.kind === "set"
            ? { $set: { [change.field]: change.value } }
            : { $push: { arr: change.value } };
      run(engine, { update: name, updates: [{ q, u, upsert: change.kind === "put" }] });
    }
  }
}

const ids = (docs: Doc[]) => docs.map((doc) => doc._id as number);
const ascending = (docs: Doc[]) => ids(docs).sort((a, b) => a - b);
/** The sort keys in the order of the documents: documents with equal keys may come in any order. */
const orderOf = (docs: Doc[], order: Doc) =>
  docs.map((doc) => sortKeys(doc, parseSort(order)).map((key) => key.toString("hex")));
const show = (value: unknown) => EJSON.stringify(value);

describe("planner", () => {
  it("finds through indexes exactly what a full scan finds, in the same order", function () {
    this.timeout(30_000);
    let used = 0;
    let asked = 0;
    const scenario = fc.record({
      changes: fc.array(churn, { minLength: 8, maxLength: 40 }),
      queries: fc.array(fc.tuple(filter, sort, indexableSort), { minLength: 6, maxLength: 14 }),
    });
    fc.assert(
      fc.property(scenario, ({ changes, queries }) => {
        const engine = openEngine();
        try {
          run(engine, { createIndexes: "indexed", indexes: INDEXES });
          run(engine, { create: "plain" });
          for (const change of changes) apply(engine, change);
          for (const [f, order, byIndex] of queries) {
            asked++;
            const plan = run(engine, { explain: { find: "indexed", filter: f } }).queryPlanner as {
              winningPlan: { stage: string };
            };
            if (plan.winningPlan.stage === "IXSCAN") used++;
            const wanted = findAll(engine, "plain", f);
            assert.deepEqual(ascending(findAll(engine, "indexed", f)), ascending(wanted), show(f));
            assert.equal(run(engine, { count: "indexed", query: f }).n, wanted.length, `count ${show(f)}`);
            const window = { sort: order, skip: 1, limit: 4 };
            assert.deepEqual(
              ids(findAll(engine, "indexed", f, window)),
              ids(findAll(engine, "plain", f, window)),
              `${show(f)} ${show(order)}`,
            );
            const [ordered, expected] = ["indexed", "plain"].map((name) => findAll(engine, name, f, { sort: byIndex }));
            assert.deepEqual(orderOf(ordered!, byIndex), orderOf(expected!, byIndex), `${show(f)} ${show(byIndex)}`);
          }
          assertIntegrity(engine.store);
        } finally {
          engine.close();
        }
      }),
      { numRuns: 150 },
    );
    assert.ok(used > asked / 2, `only ${used} of ${asked} queries used an index`);
  });

  it("orders a range scan by the index, in both directions, without a sort of its own", () => {
    const engine = openEngine();
    run(engine, { createIndexes: "c", indexes: [{ key: { team: 1, score: -1 }, name: "board" }] });
    run(engine, {
      insert: "c",
      documents: Array.from({ length: 60 }, (_, i) => ({ _id: i, team: i % 2, score: (i * 7) % 20 })),
    });
    for (const direction of [1, -1]) {
      const options = { filter: { team: 1, score: { $gt: 4 } }, sort: { score: direction } };
      const plan = run(engine, { explain: { find: "c", ...options } }).queryPlanner as { winningPlan: Doc };
      assert.deepEqual([plan.winningPlan.stage, plan.winningPlan.sorted], ["IXSCAN", true]);
      const scores = findAll(engine, "c", options.filter, { sort: options.sort }).map((doc) => doc.score as number);
      assert.deepEqual(
        scores,
        [...scores].sort((a, b) => (a - b) * direction),
      );
    }
    engine.close();
  });

  it("uses a partial index only for filters that imply its condition, a sparse one only where absence cannot match", () => {
    const engine = openEngine();
    const indexes = [
      { key: { s: 1 }, name: "partial", partialFilterExpression: { b: { $exists: true } } },
      { key: { t: 1 }, name: "sparse", sparse: true },
    ];
    run(engine, { createIndexes: "c", indexes });
    run(engine, {
      insert: "c",
      documents: [
        { _id: 1, s: 1 },
        { _id: 2, s: 1, b: 1 },
        { _id: 3, t: 5 },
      ],
    });
    const answer = (f: Doc) => {
      const plan = run(engine, { explain: { find: "c", filter: f } }).queryPlanner as { winningPlan: Doc };
      return [plan.winningPlan.indexName ?? "none", ascending(findAll(engine, "c", f))];
    };
    assert.deepEqual(answer({ s: 1 }), ["none", [1, 2]]);
    assert.deepEqual(answer({ s: 1, b: { $exists: true } }), ["partial", [2]]);
    assert.deepEqual(answer({ s: 1, b: { $gt: 0 } }), ["partial", [2]]);
    assert.deepEqual(answer({ s: 1, b: null }), ["none", [1]]);
    assert.deepEqual(answer({ t: 5 }), ["sparse", [3]]);
    assert.deepEqual(answer({ t: null }), ["none", [1, 2]]);
    assert.deepEqual(answer({ t: { $in: [5, null] } }), ["none", [1, 2, 3]]);
    engine.close();
  });
});

describe("matcher", () => {
  // Where the library compares as MongoDB does: whole numbers, strings, dates, booleans; arrays of them; paths.
  const plain = fc.oneof(fc.integer({ min: -2, max: 3 }), fc.constantFrom("a", "b"), fc.boolean());
  const doc = fc.record(
    { a: plain, b: fc.array(plain, { maxLength: 3 }), c: fc.record({ d: plain }) },
    { requiredKeys: [] },
  );
  const test = fc.oneof(
    plain,
    fc.tuple(fc.constantFrom("$gt", "$gte", "$lt", "$lte", "$ne", "$eq"), plain).map(([op, v]) => ({ [op]: v })),
    fc.array(plain, { minLength: 1, maxLength: 3 }).map((list) => ({ $in: list })),
    fc.array(plain, { minLength: 1, maxLength: 3 }).map((list) => ({ $nin: list })),
    fc.boolean().map((v) => ({ $exists: v })),
    plain.map((v) => ({ $not: { $gte: v } })),
    fc.integer({ min: 0, max: 3 }).map((n) => ({ $size: n })),
    plain.map((v) => ({ $elemMatch: { $gte: v } })),
  );
  const simple = fc.dictionary(fc.constantFrom("a", "b", "c.d"), test, {
    minKeys: 1,
    maxKeys: 2,
    noNullPrototype: true,
  });
  const query = fc.oneof(
    simple,
    // On a scalar the library never matches $all; MongoDB does.
    fc.array(plain, { minLength: 1, maxLength: 2 }).map((list) => ({ b: { $all: list } })),
    fc.array(simple, { minLength: 1, maxLength: 2 }).map((list) => ({ $or: list })),
    fc.array(simple, { minLength: 1, maxLength: 2 }).map((list) => ({ $nor: list })),
  );

  it("agrees with an independent implementation", () => {
    fc.assert(
      fc.property(fc.array(doc, { minLength: 1, maxLength: 12 }), query, (docs, f) => {
        const engine = openEngine();
        try {
          run(engine, { insert: "c", documents: docs.map((d, i) => ({ _id: i, ...d })) });
          const oracle = new Query(decode(encode(f)), { scriptEnabled: false });
          const wanted = docs.flatMap((d, i) => (oracle.test(decode(encode(d))) ? [i] : []));
          assert.deepEqual(ascending(findAll(engine, "c", f)), wanted, show(f));
        } finally {
          engine.close();
        }
      }),
      { numRuns: 400 },
    );
  });
});
