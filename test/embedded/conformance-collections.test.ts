import assert from "node:assert/strict";
import { Schema, Types } from "mongoose";
import { BACKEND, embeddedOnly, useDatabase } from "./support/conformance.ts";
import { rejection } from "./support/database.ts";

describe(`conformance: aggregation and collections (${BACKEND})`, () => {
  const suite = useDatabase();

  describe("aggregation", () => {
    before(async () => {
      await suite.raw("sales").insertMany(
        Array.from({ length: 300 }, (_, i) => ({
          _id: i as never,
          shop: `s${i % 3}`,
          price: i % 50,
          tags: [`t${i % 2}`, "all"],
          buyer: i,
        })),
      );
      await suite.raw("buyers").insertMany([{ _id: 7 as never, name: "seven" }]);
    });

    it("groups with accumulators after an indexed match", async () => {
      const result = await suite
        .raw("sales")
        .aggregate([
          { $match: { price: { $lt: 2 } } },
          {
            $group: {
              _id: "$price",
              n: { $sum: 1 },
              avg: { $avg: "$price" },
              low: { $min: "$_id" },
              high: { $max: "$_id" },
              all: { $push: "$price" },
            },
          },
          { $sort: { _id: -1 } },
          { $limit: 1 },
        ])
        .toArray();
      assert.deepEqual(result, [{ _id: 1, n: 6, avg: 1, low: 1, high: 251, all: [1, 1, 1, 1, 1, 1] }]);
    });

    it("unwinds, projects, counts, facets and looks up", async () => {
      const run = (pipeline: object[]) => suite.raw("sales").aggregate(pipeline).toArray();
      assert.deepEqual(
        await run([
          { $unwind: "$tags" },
          { $group: { _id: "$tags", n: { $sum: 1 } } },
          { $sort: { n: -1, _id: 1 } },
          { $limit: 2 },
          { $project: { _id: 0, tag: "$_id", n: 1 } },
        ]),
        [
          { n: 300, tag: "all" },
          { n: 150, tag: "t0" },
        ],
      );
      assert.deepEqual(await run([{ $match: { shop: "s1" } }, { $count: "n" }]), [{ n: 100 }]);
      const [facets] = await run([
        {
          $facet: {
            total: [{ $count: "n" }],
            top: [{ $sort: { price: -1, _id: 1 } }, { $limit: 1 }, { $project: { _id: 1 } }],
          },
        },
      ]);
      assert.deepEqual(facets, { total: [{ n: 300 }], top: [{ _id: 49 }] });
      const lookup = { from: "buyers", localField: "buyer", foreignField: "_id", as: "who" };
      const [joined] = await run([{ $match: { _id: 7 } }, { $lookup: lookup }]);
      assert.deepEqual(joined?.who, [{ _id: 7, name: "seven" }]);
    });

    it("delivers results in batches", async () => {
      let n = 0;
      for await (const _doc of suite.raw("sales").aggregate([{ $sort: { price: 1 } }, { $addFields: { x: 1 } }], {
        batchSize: 20,
      }))
        n++;
      assert.equal(n, 300);
    });

    it("counts through an index without reading documents", async () => {
      await suite.raw("sales").createIndex({ price: 1 });
      assert.equal(await suite.raw("sales").countDocuments({ price: 3 }), 6);
      assert.equal(await suite.raw("sales").countDocuments({ price: { $gte: 48 } }), 12);
      assert.equal(await suite.raw("sales").countDocuments({ price: { $gte: 48 } }, { skip: 5, limit: 4 }), 4);
    });
  });

  describe("mongoose features", () => {
    it("populate, discriminators, sessions without transactions, useDb", async () => {
      const target = await suite.models.User.create({ email: "populate@x" });
      const Post = suite.connection.model("Post", new Schema({ by: { type: Types.ObjectId, ref: "User" } }));
      const post = await Post.create({ by: target._id });
      const populated = await Post.findById(post._id).populate<{ by: { email: string } }>("by");
      assert.equal(populated?.by.email, "populate@x");
      const Event = suite.connection.model("Event", new Schema({ at: Number }, { discriminatorKey: "kind" }));
      const Click = Event.discriminator("Click", new Schema({ x: Number }));
      await Promise.all([Click.create({ at: 1, x: 2 }), Event.create({ at: 3 })]);
      assert.deepEqual([await Click.countDocuments(), await Event.countDocuments()], [1, 2]);
      const session = await suite.connection.startSession();
      await suite.models.Account.create([{ _id: "session", balance: 1 }], { session });
      assert.ok(await suite.models.Account.findById("session").session(session));
      await session.endSession();
    });
  });

  describe("collections and databases", () => {
    it("create twice, list, drop", async () => {
      await suite.connection.createCollection("made");
      assert.equal(
        (
          await rejection(
            suite.connection
              .db!.createCollection("made")
              .then((c) => suite.connection.db!.command({ create: c.collectionName })),
          )
        ).code,
        48,
      );
      const listed = await suite.connection.db!.listCollections({ name: "made" }).toArray();
      assert.equal(listed[0]?.type, "collection");
      await suite.raw("made").drop();
      assert.equal((await suite.connection.db!.listCollections({ name: "made" }).toArray()).length, 0);
      assert.ok(
        (await suite.connection.db!.admin().listDatabases()).databases.some((db) => db.name === suite.connection.name),
      );
    });

    it("rename a collection, its indexes with it", async () => {
      await suite.raw("before_name").insertOne({ _id: 1 as never, k: 1 });
      await suite.raw("before_name").createIndex({ k: 1 }, { unique: true });
      await suite.raw("taken").insertOne({ _id: 9 as never });
      assert.equal((await rejection(suite.connection.db!.renameCollection("before_name", "taken"))).code, 48);
      await suite.connection.db!.renameCollection("before_name", "taken", { dropTarget: true });
      assert.deepEqual(await suite.raw("taken").find().toArray(), [{ _id: 1, k: 1 }]);
      assert.equal((await rejection(suite.raw("taken").insertOne({ k: 1 }))).code, 11000);
      assert.equal(await suite.raw("before_name").countDocuments(), 0);
    });

    it("change a TTL by collMod", async () => {
      await suite.raw("ttl_change").createIndex({ at: 1 }, { expireAfterSeconds: 60 });
      const reply = await suite.connection.db!.command({
        collMod: "ttl_change",
        index: { keyPattern: { at: 1 }, expireAfterSeconds: 5 },
      });
      assert.deepEqual([Number(reply.expireAfterSeconds_old), Number(reply.expireAfterSeconds_new)], [60, 5]);
      const indexes = await suite.raw("ttl_change").listIndexes().toArray();
      assert.equal(indexes[1]?.expireAfterSeconds, 5);
    });

    it("expire documents by TTL, dates only", async function () {
      embeddedOnly(this);
      const past = new Date(Date.now() - 5000);
      await suite.models.Token.create([
        { token: "old", expiresAt: past },
        { token: "new", expiresAt: new Date(Date.now() + 60_000) },
        { token: "never" },
      ]);
      await suite.raw("tokens").insertOne({ token: "text", expiresAt: "yesterday" });
      await suite.raw("many_expired").createIndex({ at: -1 }, { expireAfterSeconds: 0 });
      await suite.raw("many_expired").insertMany(Array.from({ length: 1200 }, () => ({ at: past })));
      assert.equal(await suite.database!.sweepExpired(), 1201);
      assert.deepEqual((await suite.models.Token.find().lean()).map((token) => token.token).sort(), [
        "never",
        "new",
        "text",
      ]);
    });

    it("serverStatus counts commands", async () => {
      const status = await suite.connection.db!.admin().command({ serverStatus: 1 });
      assert.equal(status.ok, 1);
      assert.ok(status.version);
    });
  });
});
