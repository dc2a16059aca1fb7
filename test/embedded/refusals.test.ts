import assert from "node:assert/strict";
import { Types } from "mongoose";
import { BACKEND, embeddedOnly, useDatabase } from "./support/conformance.ts";
import { rejection } from "./support/database.ts";

describe(`refusals (${BACKEND})`, () => {
  const suite = useDatabase();

  describe("refusals of the embedded database", () => {
    before(function () {
      embeddedOnly(this);
    });

    it("transactions: 263, in words that name the way out", async () => {
      const session = await suite.connection.startSession();
      const attempt = session.withTransaction(async () => {
        await suite.models.Account.updateOne({ _id: "session" }, { $inc: { balance: 1 } }, { session });
      });
      const error = await rejection(attempt);
      assert.equal(error.code, 263);
      assert.match(error.message, /transactions are not supported/);
      await session.endSession();
    });

    it("unknown commands: 59", async () => {
      assert.equal((await rejection(suite.connection.db!.command({ frobnicate: 1 }))).code, 59);
      assert.equal((await rejection(suite.connection.db!.command({ constructor: 1 }))).code, 2);
      assert.equal((await rejection(suite.connection.db!.command({ toString: 1 }))).code, 59);
    });

    for (const [what, run] of Object.entries<(c: ReturnType<typeof suite.raw>) => Promise<unknown>>({
      "change streams": (c) => c.watch().next(),
      $where: (c) => c.findOne({ $where: "true" }),
      $function: (c) =>
        c.aggregate([{ $addFields: { x: { $function: { body: "return 1", args: [], lang: "js" } } } }]).toArray(),
      $out: (c) => c.aggregate([{ $out: "elsewhere" }]).toArray(),
      $merge: (c) => c.aggregate([{ $merge: "elsewhere" }]).toArray(),
      $text: (c) => c.findOne({ $text: { $search: "x" } }),
      "geo queries": (c) => c.findOne({ at: { $near: [0, 0] } }),
      collation: (c) => c.find({}, { collation: { locale: "en", strength: 2 } }).toArray(),
      "collation in an update": (c) => c.updateOne({}, { $set: { a: 1 } }, { collation: { locale: "en" } }),
      "positional projections": (c) => c.findOne({ list: 1 }, { projection: { "list.$": 1 } }),
      "computed projections": (c) => c.findOne({}, { projection: { x: "$y" } }),
      "capped collections": () => suite.connection.db!.command({ create: "capped", capped: true, size: 1000 }),
      "time series": () => suite.connection.db!.command({ create: "series", timeseries: { timeField: "t" } }),
      views: () => suite.connection.db!.command({ create: "view", viewOn: "x", pipeline: [] }),
    })) {
      it(`${what}: 115`, async () => {
        const collection = suite.raw("refused");
        await collection.updateOne({ _id: 1 as never }, { $set: { a: 1 } }, { upsert: true });
        const error = await rejection(run(collection));
        assert.equal(error.code, 115, error.message);
        assert.match(error.message, /not supported by the embedded database/);
      });
    }

    it("text, geo, hashed, wildcard and collation indexes: 67", async () => {
      for (const key of [{ a: "text" }, { a: "2dsphere" }, { a: "hashed" }, { "$**": 1 }] as const) {
        assert.equal((await rejection(suite.raw("refused").createIndex(key as never))).code, 67);
      }
      assert.equal(
        (await rejection(suite.raw("refused").createIndex({ a: 1 }, { collation: { locale: "en" } }))).code,
        67,
      );
    });

    it("Decimal128 where it would be compared or computed, but not where it is only kept", async () => {
      const collection = suite.raw("decimals");
      const price = Types.Decimal128.fromString("10");
      await collection.insertOne({ _id: 1 as never, price, n: 1 });
      const code = async (promise: Promise<unknown>) => (await rejection(promise)).code;
      assert.equal(await code(collection.findOne({ price: { $gt: 9 } })), 2);
      assert.equal(await code(collection.findOne({ price })), 2);
      assert.equal(await code(collection.find().sort({ price: 1 }).toArray()), 2);
      assert.equal(await code(collection.updateOne({}, { $inc: { price: 1 } })), 2);
      assert.equal(await code(collection.aggregate([{ $group: { _id: null, sum: { $sum: "$price" } } }]).toArray()), 2);
      assert.equal(await code(collection.createIndex({ price: 1 })), 2);
      await collection.updateOne({ n: 1 }, { $inc: { n: 1 } });
      const [doc] = await collection.aggregate([{ $group: { _id: null, n: { $sum: "$n" } } }]).toArray();
      assert.equal(doc?.n, 2);
      assert.equal(String((await collection.findOne({}))?.price), "10");
    });
  });

  describe("prototype safety", () => {
    before(function () {
      embeddedOnly(this);
    });

    it("refuses keys and paths that reach a prototype, and touches none", async () => {
      const collection = suite.raw("prototypes");
      await collection.insertOne({ _id: 1 as never, a: { b: 1 } });
      const poisoned = JSON.parse('{"__proto__": {"polluted": 1}}') as object;
      const attempts: [string, () => Promise<unknown>][] = [
        ["insert __proto__", () => collection.insertOne({ x: poisoned })],
        ["insert constructor", () => collection.insertOne({ constructor: { prototype: { polluted: 1 } } } as never)],
        ["set __proto__ path", () => collection.updateOne({}, { $set: { "__proto__.polluted": 1 } })],
        ["set nested path", () => collection.updateOne({}, { $set: { "a.__proto__.polluted": 1 } })],
        ["set constructor path", () => collection.updateOne({}, { $set: { "constructor.prototype.polluted": 1 } })],
        ["inc inherited name", () => collection.updateOne({}, { $inc: { toString: 1 } } as never)],
        ["rename target", () => collection.updateOne({}, { $rename: { a: "__proto__.polluted" } })],
        [
          "upsert filter",
          () => collection.updateOne({ "__proto__.polluted": 1 }, { $set: { z: 1 } }, { upsert: true }),
        ],
        ["pipeline", () => collection.updateOne({}, [{ $set: { "a.__proto__.polluted": 1 } }])],
      ];
      for (const [what, attempt] of attempts) {
        const error = await rejection(attempt());
        assert.equal(error.code, 2, `${what}: ${error.message}`);
      }
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
      assert.deepEqual(await collection.find().toArray(), [{ _id: 1, a: { b: 1 } }]);
    });

    it("keeps the word in values, and other inherited names as plain keys", async () => {
      const collection = suite.raw("prototype_values");
      const doc = { _id: 1 as never, text: "__proto__ and constructor", toString: "mine", prototype: 1 };
      await collection.insertOne(doc as never);
      assert.deepEqual(await collection.findOne({ toString: "mine" } as never), doc);
      assert.equal(await collection.countDocuments({ valueOf: { $exists: true } } as never), 0);
    });
  });
});
