import assert from "node:assert/strict";
import mongoose from "mongoose";
import { BACKEND, useDatabase } from "./support/conformance.ts";
import { rejection } from "./support/database.ts";

const { Long } = mongoose.mongo;

describe(`conformance: writes (${BACKEND})`, () => {
  const suite = useDatabase();

  describe("updates", () => {
    beforeEach(() => suite.models.Account.deleteMany({}));

    it("apply $inc, $push with $slice, $set and report what changed", async () => {
      const now = new Date();
      await suite.models.Account.create({ _id: "a", balance: 10, version: 1, log: [] });
      const change = {
        $inc: { balance: 5, version: 1 },
        $push: { log: { $each: [{ n: 1 }, { n: 2 }, { n: 3 }], $slice: -2 } },
        $set: { seen: now },
      };
      assert.equal((await suite.models.Account.updateOne({ _id: "a" }, change)).modifiedCount, 1);
      const doc = await suite.models.Account.findById("a").lean();
      assert.deepEqual([doc?.balance, doc?.version, doc?.log], [15, 2, [{ n: 2 }, { n: 3 }]]);
      assert.equal((await suite.models.Account.updateOne({ _id: "a" }, { $set: { balance: 15 } })).modifiedCount, 0);
    });

    it("apply every other operator", async () => {
      const collection = suite.raw("operators");
      await collection.insertOne({
        _id: 1 as never,
        n: 10,
        keep: 1,
        gone: 1,
        list: [3, 1, 2],
        set: [{ a: 1 }],
        bits: 6,
        old: "v",
      });
      await collection.updateOne(
        {},
        { $max: { n: 20 }, $min: { keep: 0 }, $unset: { gone: "" }, $rename: { old: "new.name" } },
      );
      await collection.updateOne(
        {},
        { $addToSet: { set: { $each: [{ a: 1 }, { a: 2 }] } }, $pull: { list: { $gte: 3 } as never }, $mul: { n: 2 } },
      );
      await collection.updateOne({}, {
        $push: { list: { $each: [9, 0], $sort: 1, $position: 0 } },
        $bit: { bits: { and: 3 } },
      } as never);
      await collection.updateOne({}, {
        $pop: { list: -1 },
        $currentDate: { at: true },
        $pullAll: { set: [{ a: 2 }] },
      } as never);
      const doc = await collection.findOne({});
      assert.ok(doc?.at instanceof Date);
      delete doc?.at;
      assert.deepEqual(doc, { _id: 1, n: 40, keep: 0, list: [1, 2, 9], set: [{ a: 1 }], bits: 2, new: { name: "v" } });
    });

    it("push onto a missing array with $slice and $sort", async () => {
      const collection = suite.raw("push_missing");
      await collection.insertOne({ _id: 1 as never });
      await collection.updateOne({}, { $push: { list: { $each: [3, 1, 2], $sort: -1, $slice: 2 } } } as never);
      assert.deepEqual((await collection.findOne({}))?.list, [3, 2]);
    });

    it("find array elements by $, $[] and $[identifier]", async () => {
      const collection = suite.raw("positional");
      await collection.insertOne({
        _id: 1 as never,
        items: [
          { sku: "a", qty: 1 },
          { sku: "b", qty: 2 },
          { sku: "b", qty: 9 },
        ],
      });
      await collection.updateOne(
        { items: { $elemMatch: { sku: "b", qty: { $gt: 5 } } } },
        { $set: { "items.$.hit": true } },
      );
      await collection.updateOne({ "items.sku": "a" }, { $inc: { "items.$.qty": 10 } });
      await collection.updateOne({}, { $inc: { "items.$[].qty": 1 } });
      await collection.updateOne({}, { $set: { "items.$[i].sku": "c" } }, { arrayFilters: [{ "i.qty": { $lt: 5 } }] });
      assert.deepEqual((await collection.findOne({}))?.items, [
        { sku: "a", qty: 12 },
        { sku: "c", qty: 3 },
        { sku: "b", qty: 10, hit: true },
      ]);
    });

    it("add int64 values beyond 2^53 without losing units", async () => {
      const collection = suite.raw("int64");
      await collection.insertOne({ _id: 1 as never, n: Long.fromString("9007199254740993") });
      await collection.updateOne({}, { $inc: { n: 2 } });
      assert.equal(String((await collection.findOne({}))?.n), "9007199254740995");
    });

    it("are refused with MongoDB's codes", async () => {
      const collection = suite.raw("refusals");
      await collection.insertOne({ _id: "a" as never, s: "text", n: 1 });
      const code = async (change: object) =>
        (await rejection(collection.updateOne({ _id: "a" as never }, change))).code;
      assert.equal(await code({ $set: { _id: "b" } }), 66);
      assert.equal(await code({ $inc: { s: 1 } }), 14);
      assert.equal(await code({ $set: { "n.x": 1 } }), 28);
      assert.equal(await code({ $set: { n: 1 }, $inc: { n: 1 } }), 40);
      assert.equal(await code({ $set: { "a.b": 1, a: 1 } }), 40);
      assert.equal(await code({ $unknown: { n: 1 } }), 9);
      assert.equal(await code({ $push: { s: 1 } }), 2);
      assert.deepEqual(await collection.findOne({}), { _id: "a", s: "text", n: 1 });
    });

    it("upsert from the filter's equalities and $setOnInsert", async () => {
      const result = await suite.models.Account.updateOne(
        { _id: "up", balance: { $gt: 5 } },
        { $setOnInsert: { version: 0 }, $inc: { balance: 1 } },
        { upsert: true },
      );
      assert.equal(result.upsertedId as unknown, "up");
      await suite.models.Account.updateOne(
        { _id: "up" },
        { $setOnInsert: { version: 7 }, $inc: { balance: 1 } },
        { upsert: true },
      );
      assert.deepEqual(await suite.models.Account.findById("up").select("balance version").lean(), {
        _id: "up",
        balance: 2,
        version: 0,
      });
    });

    it("take a pipeline", async () => {
      await suite.raw("pipelines").insertOne({ _id: 1 as never, name: "ann" });
      await suite.raw("pipelines").updateOne({}, [{ $set: { name: { $concat: ["$name", "!"] } } }]);
      assert.equal((await suite.raw("pipelines").findOne({}))?.name, "ann!");
    });

    it("let exactly one of twenty racers win a compare-and-set", async () => {
      await suite.models.Account.create({ _id: "cas", balance: 0, version: 1 });
      const race = Array.from({ length: 20 }, () =>
        suite.models.Account.findOneAndUpdate(
          { _id: "cas", version: 1 },
          { $inc: { version: 1, balance: 100 } },
          { returnDocument: "after" },
        ),
      );
      const winners = (await Promise.all(race)).filter(Boolean);
      assert.equal(winners.length, 1);
      assert.equal(winners[0]?.balance, 100);
    });

    it("findOneAnd… return the document before or after, by sort, projected, upserted", async () => {
      const { Account } = suite.models;
      await Account.create([
        { _id: "x", balance: 1 },
        { _id: "y", balance: 2 },
      ]);
      assert.equal((await Account.findOneAndUpdate({ _id: "x" }, { $set: { balance: 5 } }))?.balance, 1);
      const top = await Account.findOneAndUpdate(
        {},
        { $set: { version: 9 } },
        { sort: { balance: -1 }, returnDocument: "after" },
      );
      assert.equal(top?._id, "x");
      const options = { upsert: true, returnDocument: "after", includeResultMetadata: true } as const;
      const meta = await Account.findOneAndUpdate({ _id: "new" }, { $set: { balance: 1 } }, options);
      assert.equal(meta.lastErrorObject?.updatedExisting, false);
      assert.equal(meta.lastErrorObject?.upserted, "new");
      assert.equal(
        (await Account.findOneAndReplace({ _id: "new" }, { balance: 6 }, { returnDocument: "after" }))?.balance,
        6,
      );
      const deleted = await Account.findOneAndDelete({ _id: "new" }, { projection: { balance: 1 } }).lean();
      assert.deepEqual(deleted, { _id: "new", balance: 6 });
      assert.equal(await Account.findOneAndDelete({ _id: "new" }), null);
    });

    it("detect a lost update through mongoose's version key", async () => {
      const { _id } = await suite.models.User.create({ email: "version@x", age: 1 });
      const [one, two] = await Promise.all([suite.models.User.findById(_id), suite.models.User.findById(_id)]);
      one!.age = 2;
      await one!.save();
      two!.age = 3;
      assert.equal((await rejection(two!.save())).name, "VersionError");
    });
  });

  describe("bulk writes", () => {
    it("ordered, through mongoose", async () => {
      const { Account } = suite.models;
      await Account.deleteMany({});
      const result = await Account.bulkWrite([
        { insertOne: { document: { _id: "b1", balance: 1 } } },
        { updateOne: { filter: { _id: "b1" }, update: { $inc: { balance: 1 } } } },
        { updateOne: { filter: { _id: "b2" }, update: { $set: { balance: 3 } }, upsert: true } },
        { replaceOne: { filter: { _id: "b2" }, replacement: { balance: 4 } } },
        { updateMany: { filter: { _id: /^b/ }, update: { $inc: { version: 1 } } } },
        { deleteOne: { filter: { _id: "b1" } } },
      ]);
      assert.deepEqual(
        [result.insertedCount, result.upsertedCount, result.matchedCount, result.deletedCount],
        [1, 1, 4, 1],
      );
    });

    it("ordered stops at the first error, unordered goes on", async () => {
      const collection = suite.raw("bulk_mix");
      const operations = () => [
        { insertOne: { document: { _id: 1 as never } } },
        { insertOne: { document: { _id: 1 as never } } },
        { insertOne: { document: { _id: 2 as never } } },
        { updateOne: { filter: { _id: 1 as never }, update: { $inc: { n: 1 } } } },
      ];
      const ordered = await rejection(collection.bulkWrite(operations()));
      assert.equal(ordered.code, 11000);
      assert.equal(await collection.countDocuments(), 1);
      await collection.deleteMany({});
      const unordered = await rejection(collection.bulkWrite(operations(), { ordered: false }));
      assert.equal((unordered.writeErrors as unknown[]).length, 1);
      assert.deepEqual(await collection.find().sort({ _id: 1 }).toArray(), [{ _id: 1, n: 1 }, { _id: 2 }]);
    });

    it("native ordered and unordered bulk builders", async () => {
      const collection = suite.raw("bulk_native");
      const bulk = collection.initializeOrderedBulkOp();
      bulk.insert({ _id: 1, n: 1 });
      bulk.find({ _id: 1 }).updateOne({ $set: { n: 2 } });
      bulk
        .find({ _id: 2 })
        .upsert()
        .updateOne({ $set: { n: 9 } });
      bulk.find({ n: 2 }).deleteOne();
      const result = await bulk.execute();
      assert.deepEqual(
        [result.insertedCount, result.modifiedCount, result.upsertedCount, result.deletedCount],
        [1, 1, 1, 1],
      );
      const loose = collection.initializeUnorderedBulkOp();
      for (const _id of [2, 3, 4]) loose.insert({ _id });
      assert.equal((await rejection(loose.execute())).code, 11000);
      assert.equal(await collection.countDocuments(), 3);
    });

    it("insertMany of 5,000 and partial failure when unordered", async () => {
      const collection = suite.raw("many");
      await collection.insertMany(Array.from({ length: 5000 }, (_, i) => ({ _id: i as never, k: i % 7 })));
      assert.equal((await collection.find().toArray()).length, 5000);
      const clash = await rejection(
        collection.insertMany([{ _id: 5000 as never }, { _id: 1 as never }, { _id: 5001 as never }], {
          ordered: false,
        }),
      );
      assert.equal(clash.code, 11000);
      assert.equal(await collection.countDocuments({ _id: { $gte: 5000 } as never }), 2);
    });

    it("bulkSave", async () => {
      await suite.models.Account.create([
        { _id: "s1", balance: 1 },
        { _id: "s2", balance: 1 },
      ]);
      const docs = await suite.models.Account.find({ _id: /^s/ });
      for (const doc of docs) doc.balance = 77;
      await suite.models.Account.bulkSave(docs);
      assert.equal(await suite.models.Account.countDocuments({ balance: 77 }), 2);
    });

    it("sixty-four clients upserting one key create one document", async () => {
      const collection = suite.raw("upsert_race");
      await Promise.all(
        Array.from({ length: 64 }, () =>
          collection.updateOne({ _id: "k" as never }, { $inc: { n: 1 } }, { upsert: true }),
        ),
      );
      assert.deepEqual(await collection.find().toArray(), [{ _id: "k", n: 64 }]);
    });
  });
});
