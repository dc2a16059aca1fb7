import assert from "node:assert/strict";
import mongoose, { Types } from "mongoose";
import { BACKEND, embeddedOnly, useDatabase } from "./support/conformance.ts";
import { rejection } from "./support/database.ts";

const { Long } = mongoose.mongo;

describe(`conformance: queries and indexes (${BACKEND})`, () => {
  const suite = useDatabase();

  describe("indexes", () => {
    it("are created by model.init and compared by syncIndexes", async () => {
      const names = (await suite.models.User.listIndexes()).map((index) => index.name).sort();
      assert.deepEqual(names, ["_id_", "age_1_name_-1", "email_1", "tags_1"]);
      await suite.models.User.collection.createIndex({ "profile.level": 1 });
      assert.deepEqual((await suite.models.User.diffIndexes()).toDrop, ["profile.level_1"]);
      assert.deepEqual(await suite.models.User.syncIndexes(), ["profile.level_1"]);
      assert.deepEqual(await suite.models.User.syncIndexes(), []);
    });

    it("conflict by name (86) and by key (85), and repeat silently", async () => {
      const collection = suite.raw("index_conflicts");
      await collection.createIndex({ a: 1 }, { name: "first" });
      await collection.createIndex({ a: 1 }, { name: "first" });
      assert.equal((await rejection(collection.createIndex({ b: 1 }, { name: "first" }))).code, 86);
      assert.equal((await rejection(collection.createIndex({ a: 1 }, { name: "second" }))).code, 85);
      assert.equal((await rejection(collection.dropIndex("third"))).code, 27);
    });

    it("refuse to be built over duplicates, and leave nothing behind", async () => {
      const collection = suite.raw("index_duplicates");
      await collection.insertMany([{ a: 1 }, { a: 1 }]);
      assert.equal((await rejection(collection.createIndex({ a: 1 }, { unique: true }))).code, 11000);
      assert.deepEqual(
        (await collection.listIndexes().toArray()).map((index) => index.name),
        ["_id_"],
      );
    });

    it("serve partial uniqueness and sparse uniqueness", async () => {
      await suite.models.Seat.create({ owner: "k", state: "active" });
      await suite.models.Seat.create({ owner: "k", state: "left" });
      assert.equal((await rejection(suite.models.Seat.create({ owner: "k", state: "active" }))).code, 11000);
      const move = suite.models.Seat.updateOne({ owner: "k", state: "left" }, { $set: { state: "active" } });
      assert.equal((await rejection(move.exec())).code, 11000);
      const collection = suite.raw("sparse");
      await collection.createIndex({ key: 1 }, { unique: true, sparse: true });
      await collection.insertMany([{ n: 1 }, { n: 2 }, { key: "x" }]);
      assert.equal((await rejection(collection.insertOne({ key: "x" }))).code, 11000);
      assert.equal(await collection.countDocuments({ key: null }), 2);
    });

    it("appear in explain as IXSCAN, and an unindexed filter as COLLSCAN", async function () {
      embeddedOnly(this);
      const winner = async (filter: object, sort: Record<string, 1 | -1> = {}) =>
        (await suite.models.User.collection.find(filter).sort(sort).explain()).queryPlanner.winningPlan;
      assert.equal((await winner({ email: "a" })).indexName, "email_1");
      assert.equal((await winner({ age: 3 }, { name: -1 })).sorted, true);
      assert.equal((await winner({ name: "x" })).stage, "COLLSCAN");
    });
  });

  describe("documents", () => {
    it("round-trip every type through mongoose", async () => {
      const now = new Date();
      const created = await suite.models.User.create({
        name: "ann",
        email: "types@x",
        friend: new Types.ObjectId(),
        at: now,
        bytes: Buffer.from([0, 1, 255]),
        big: 9007199254740993n,
        price: "1.25",
        scores: { k: 1 },
        device: "11111111-1111-4111-8111-111111111111",
        profile: { level: 1, seen: now },
        items: [{ sku: "s", qty: 2 }],
        anything: { nothing: null, list: [1, { at: now }] },
      });
      const found = await suite.models.User.findById(created._id);
      assert.deepEqual(found?.toObject(), created.toObject());
      assert.equal(found?.big, 9007199254740993n);
      assert.equal(found?.price?.toString(), "1.25");
      assert.equal(found?.scores?.get("k"), 1);
    });

    it("get an _id in front, generated if missing, whatever its place", async () => {
      const collection = suite.raw("ids");
      await suite.connection.db!.command({
        insert: "ids",
        documents: [{ a: 1 }, { b: [1, "x"], c: { d: /r/i }, _id: "late", e: null }],
      });
      const docs = await collection.find().toArray();
      assert.ok(docs[0]!._id instanceof Types.ObjectId);
      assert.deepEqual(Object.keys(docs[1]!), ["_id", "b", "c", "e"]);
      assert.equal(docs[1]!._id as unknown, "late");
    });

    it("are refused with a duplicate key, naming it", async () => {
      await suite.models.User.create({ email: "twin@x" });
      const error = await rejection(suite.models.User.create({ email: "twin@x" }));
      assert.equal(error.code, 11000);
      assert.match(
        error.message,
        /E11000 duplicate key error collection: \S+\.users index: email_1 dup key: \{ email: "twin@x" \}/,
      );
      assert.deepEqual(error.keyValue, { email: "twin@x" });
      assert.deepEqual(error.keyPattern, { email: 1 });
      assert.ok(error instanceof mongoose.mongo.MongoServerError);
    });

    it("may not have an array or a regular expression as _id", async () => {
      for (const id of [[1], /x/]) {
        const attempt = suite.raw("bad_ids").insertOne({ _id: id as never });
        assert.ok([2, 53].includes((await rejection(attempt)).code as number));
      }
    });

    it("are limited to 16 MB", async () => {
      const collection = suite.raw("large");
      await collection.insertOne({ _id: "big" as never, bytes: Buffer.alloc(15 * 1024 * 1024) });
      assert.equal((await collection.findOne({ _id: "big" as never }))?.bytes.length(), 15 * 1024 * 1024);
      await rejection(collection.insertOne({ bytes: Buffer.alloc(17 * 1024 * 1024) }));
    });
  });

  describe("queries", () => {
    before(async () => {
      await suite.models.User.deleteMany({});
      const many = Array.from({ length: 300 }, (_, i) => ({
        name: `n${i}`,
        email: `e${i}@x`,
        age: i % 50,
        tags: [`t${i % 3}`],
      }));
      await suite.models.User.insertMany(many);
      await suite.models.User.create({
        email: "odd@x",
        tags: ["x", "y"],
        items: [{ sku: "s", qty: 2 }],
        at: new Date(),
        profile: { level: 1 },
      });
    });

    it("sort, skip, limit and project", async () => {
      const found = await suite.models.User.find({ age: { $gte: 40 } })
        .sort({ age: -1, name: 1 })
        .skip(2)
        .limit(3)
        .select("name age -_id")
        .lean();
      assert.deepEqual(found, [
        { name: "n249", age: 49 },
        { name: "n299", age: 49 },
        { name: "n49", age: 49 },
      ]);
    });

    it("match arrays, paths, patterns and absence", async () => {
      const count = (filter: object) => suite.models.User.countDocuments(filter);
      assert.equal(await count({ tags: "t1" }), 100);
      assert.equal(await count({ tags: { $all: ["x", "y"] } }), 1);
      assert.equal(await count({ tags: { $size: 2 } }), 1);
      assert.equal(await count({ tags: ["x", "y"] }), 1);
      assert.equal(await count({ tags: ["y", "x"] }), 0);
      assert.equal(await count({ items: { $elemMatch: { sku: "s", qty: { $gt: 1 } } } }), 1);
      assert.equal(await count({ "items.sku": "s" }), 1);
      assert.equal(await count({ "items.0.qty": 2 }), 1);
      assert.equal(await count({ $or: [{ age: 1 }, { email: "odd@x" }] }), 7);
      assert.equal(await count({ $nor: [{ age: { $lt: 49 } }, { email: "odd@x" }] }), 6);
      assert.equal(await count({ email: { $regex: "^E1", $options: "i" } }), 111);
      assert.equal(await count({ email: { $in: [/^e29/, "odd@x"] } }), 12);
      assert.equal(await count({ at: { $exists: true } }), 1);
      assert.equal(await count({ at: null }), 300);
      assert.equal(await count({ age: { $not: { $lt: 49 } } }), 7);
      assert.equal(await count({ age: { $mod: [10, 3] } }), 30);
      assert.equal(await count({ age: { $type: "number" } }), 300);
      assert.equal(await count({ $expr: { $eq: ["$age", 7] } }), 6);
    });

    it("iterate with getMore, and stop early", async () => {
      let n = 0;
      for await (const user of suite.models.User.find({ email: /^e/ }).batchSize(50).cursor()) if (user.email) n++;
      assert.equal(n, 300);
      n = 0;
      for await (const _user of suite.models.User.find().sort({ age: 1 }).lean().cursor({ batchSize: 7 }))
        if (++n === 20) break;
      assert.equal(n, 20);
    });

    it("see a stable result while documents change", async () => {
      const cursor = suite
        .raw("users")
        .find({ age: { $lt: 3 } })
        .batchSize(2);
      const first = await cursor.next();
      assert.ok(first);
      await suite.models.User.updateMany({ age: 2 }, { $set: { name: "changed" } });
      assert.equal((await cursor.toArray()).length, 17);
    });

    it("answer distinct, count, exists", async () => {
      assert.deepEqual(await suite.models.User.distinct("tags"), ["t0", "t1", "t2", "x", "y"]);
      assert.equal(await suite.models.User.estimatedDocumentCount(), 301);
      assert.equal(await suite.models.User.countDocuments({ age: { $gt: 40, $lte: 45 } }), 30);
      assert.ok(await suite.models.User.exists({ email: "odd@x" }));
      assert.equal(await suite.models.User.exists({ email: "none@x" }), null);
    });

    it("project paths, slices and elements", async () => {
      const collection = suite.raw("projections");
      await collection.insertOne({
        _id: 1 as never,
        a: { b: 1, c: 2 },
        list: [1, 2, 3],
        docs: [
          { k: 1, v: 1 },
          { k: 2, v: 2 },
        ],
      });
      const one = async (projection: object) => collection.findOne({}, { projection });
      assert.deepEqual(await one({ "a.b": 1 }), { _id: 1, a: { b: 1 } });
      assert.deepEqual(await one({ "a.b": 0, docs: 0, list: 0 }), { _id: 1, a: { c: 2 } });
      assert.deepEqual(await one({ _id: 0, "docs.v": 1 }), { docs: [{ v: 1 }, { v: 2 }] });
      assert.deepEqual((await one({ list: { $slice: -2 } }))?.list, [2, 3]);
      assert.deepEqual((await one({ list: { $slice: [1, 1] } }))?.list, [2]);
      assert.deepEqual(await one({ docs: { $elemMatch: { k: 2 } } }), { _id: 1, docs: [{ k: 2, v: 2 }] });
      assert.deepEqual(await one({ list: { $elemMatch: { $gt: 1 } } }), { _id: 1, list: [2] });
    });

    it("order values of all types as MongoDB does", async () => {
      const collection = suite.raw("mixed");
      const values = [
        null,
        -1,
        2.5,
        Long.fromString("9007199254740993"),
        "a",
        { x: 1 },
        Buffer.from("b"),
        new Types.ObjectId(),
        false,
        true,
        new Date(0),
      ];
      await collection.insertMany([...values].reverse().map((v) => ({ v })));
      const sorted = await collection.find().sort({ v: 1 }).project({ _id: 0, v: 1 }).toArray();
      assert.deepEqual(
        sorted.map(({ v }) => (v === null ? "null" : (v._bsontype ?? typeof v))),
        ["null", "number", "number", "Long", "string", "object", "Binary", "ObjectId", "boolean", "boolean", "object"],
      );
    });
  });
});
