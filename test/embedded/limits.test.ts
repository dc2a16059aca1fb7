import assert from "node:assert/strict";
import type * as BSON from "bson";
import fc from "fast-check";
import { type Doc, decode, encode } from "../../src/embedded/bson.ts";
import { validateDocument } from "../../src/embedded/bson-validate.ts";
import { CURSOR_LIMITS } from "../../src/embedded/cursors.ts";
import { encodeKey } from "../../src/embedded/keystring.ts";
import { rawId, withLeadingId } from "../../src/embedded/raw-id.ts";
import { findAll, openEngine, run } from "./support/engine.ts";
import { body, scalar } from "./support/values.ts";

describe("cursors", () => {
  const fill = (limits: Partial<typeof CURSOR_LIMITS>, now = Date.now) => {
    const engine = openEngine({ cursorLimits: { ...CURSOR_LIMITS, ...limits }, now });
    run(engine, { insert: "c", documents: Array.from({ length: 50 }, (_, i) => ({ _id: i, pad: "x".repeat(100) })) });
    return engine;
  };
  const idOf = (reply: Doc) => (reply.cursor as { id: BSON.Long }).id;
  const openOne = (engine: ReturnType<typeof fill>) => run(engine, { find: "c", filter: {}, batchSize: 10 });

  it("deliver everything once, in order, and close themselves", () => {
    const engine = fill({});
    let reply = openOne(engine);
    const seen = [...(reply.batch as Doc[])];
    while (!idOf(reply).isZero()) {
      reply = run(engine, { getMore: idOf(reply), collection: "c", batchSize: 7 });
      seen.push(...(reply.batch as Doc[]));
    }
    assert.deepEqual(
      seen.map((doc) => doc._id),
      Array.from({ length: 50 }, (_, i) => i),
    );
    assert.equal(engine.status().cursorsOpen, 0);
    engine.close();
  });

  it("are limited in number and in memory, each and together, with code 292", () => {
    const few = fill({ maxOpen: 2 });
    openOne(few);
    openOne(few);
    const refused = openOne(few);
    assert.equal(refused.code, 292);
    assert.match(String(refused.errmsg), /2 cursors are open/);
    few.close();
    const small = fill({ maxBytesEach: 1000 });
    assert.equal(openOne(small).code, 292);
    assert.equal(run(small, { find: "c", filter: {}, batchSize: 10, singleBatch: true }).ok, 1);
    small.close();
    const shared = fill({ maxBytesTotal: 8000 });
    const first = openOne(shared);
    assert.equal(openOne(shared).code, 292);
    run(shared, { killCursors: "c", cursors: [idOf(first)] });
    assert.equal(openOne(shared).ok, 1);
    shared.close();
  });

  it("expire when idle, and belong to their collection", async () => {
    let now = 1_000_000;
    const engine = fill({ idleMs: 1000 }, () => now);
    const cursor = idOf(openOne(engine));
    assert.equal(run(engine, { getMore: cursor, collection: "other" }).code, 43);
    now += 900;
    assert.equal(run(engine, { getMore: cursor, collection: "c", batchSize: 1 }).ok, 1);
    now += 900;
    await engine.sweepExpired();
    assert.equal(run(engine, { getMore: cursor, collection: "c", batchSize: 1 }).ok, 1);
    now += 1001;
    await engine.sweepExpired();
    assert.equal(run(engine, { getMore: cursor, collection: "c" }).code, 43);
    engine.close();
  });

  it("end with their collection", () => {
    const engine = fill({});
    const cursor = idOf(openOne(engine));
    run(engine, { drop: "c" });
    assert.equal(run(engine, { getMore: cursor, collection: "c" }).code, 43);
    engine.close();
  });
});

describe("memory", () => {
  it("a result beyond 64 MB is refused with code 292, a limited sort of the same documents is not", () => {
    const engine = openEngine();
    const bytes = Buffer.alloc(14 * 1024 * 1024);
    for (let i = 0; i < 5; i++) run(engine, { insert: "c", documents: [{ _id: i, n: -i, bytes }] });
    assert.equal(run(engine, { find: "c", filter: {} }).code, 292);
    assert.equal(run(engine, { find: "c", filter: {}, sort: { n: 1 } }).code, 292);
    assert.equal(findAll(engine, "c", {}, { limit: 1 })[0]?._id, 0);
    assert.equal(run(engine, { update: "c", updates: [{ q: {}, u: { $set: { n: 1 } }, multi: true }] }).nModified, 5);
    engine.close();
  }).timeout(10_000);

  it("a sort with a limit keeps only what it will return", () => {
    const engine = openEngine();
    const documents = Array.from({ length: 3000 }, (_, i) => ({ _id: i, n: (i * 7919) % 3000 }));
    run(engine, { insert: "c", documents });
    const top = findAll(engine, "c", {}, { sort: { n: -1 }, skip: 3, limit: 5 });
    assert.deepEqual(
      top.map((doc) => doc.n),
      [2996, 2995, 2994, 2993, 2992],
    );
    engine.close();
  });
});

describe("computed documents", () => {
  it("that updates would nest beyond what can be read back are refused", () => {
    const engine = openEngine();
    run(engine, { insert: "c", documents: [{ _id: 1, n: 0 }] });
    const nest = () => run(engine, { update: "c", updates: [{ q: {}, u: [{ $set: { inner: "$$ROOT" } }] }] });
    let refused: Doc | undefined;
    for (let i = 0; i < 200 && !refused; i++) refused = (nest().writeErrors as Doc[] | undefined)?.[0];
    assert.equal(refused?.code, 2);
    assert.match(String(refused?.errmsg), /too deeply/);
    assert.equal(findAll(engine, "c", { n: 0 }).length, 1);
    engine.close();
  });

  it("that grow beyond 16 MB are refused", () => {
    const engine = openEngine();
    run(engine, { insert: "c", documents: [{ _id: 1, list: [] }] });
    const grow = () =>
      run(engine, { update: "c", updates: [{ q: {}, u: { $push: { list: Buffer.alloc(9_000_000) } } }] });
    assert.equal(grow().nModified, 1);
    assert.equal((grow().writeErrors as Doc[])[0]?.code, 10334);
    engine.close();
  });
});

describe("raw documents", () => {
  const document = fc.tuple(body, scalar, fc.nat({ max: 5 })).map(([fields, id, place]) => {
    const entries = Object.entries(fields);
    entries.splice(Math.min(place, entries.length), 0, ["_id", id]);
    return encode(Object.fromEntries(entries));
  });

  it("are valid BSON to the last byte when the library wrote them", () => {
    fc.assert(fc.property(document, (raw) => validateDocument(raw, 0, raw.length, true).end === raw.length));
  });

  it("are refused when any length in them is wrong", () => {
    fc.assert(
      fc.property(document, (raw) => {
        const longer = Buffer.from(raw);
        longer.writeInt32LE(raw.length + 1);
        assert.throws(() => validateDocument(longer, 0, longer.length, false));
        assert.throws(() => validateDocument(raw, 0, raw.length - 1, false));
      }),
    );
  });

  it("get their _id in front without decoding, everything else in place", () => {
    fc.assert(
      fc.property(document, (raw) => {
        const moved = withLeadingId(raw);
        const { _id, ...rest } = decode(raw);
        assert.deepEqual(moved, encode({ _id, ...rest }));
      }),
    );
  });

  it("give the same _id key raw as decoded", () => {
    fc.assert(
      fc.property(document, (raw) => {
        const moved = withLeadingId(raw);
        const key = rawId(moved);
        if (key) assert.deepEqual(key, encodeKey(decode(moved)._id));
      }),
    );
  });
});
