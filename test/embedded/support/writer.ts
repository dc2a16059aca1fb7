/**
 * A process that writes as fast as it can until it is killed, and notes every acknowledged write on its standard
 * output, synchronously: what stands in the pipe was acknowledged, whatever happened to the process afterwards.
 */
import { writeSync } from "node:fs";
import mongoose from "mongoose";
import { startEmbedded } from "../../../src/embedded/embedded.ts";

const [dir, cycle] = process.argv.slice(2) as [string, string];
const acknowledge = (line: string) => writeSync(1, `${line}\n`);

const { uri } = await startEmbedded({ dir, ttlSweepMs: 50 });
const client = await new mongoose.mongo.MongoClient(`${uri}app`).connect();
const db = client.db();
await db.collection("docs").createIndex({ owner: 1, n: -1 });
await db.collection("docs").createIndex({ tags: 1 });
await db.collection("docs").createIndex({ key: 1 }, { unique: true });
await db.collection("expiring").createIndex({ at: 1 }, { expireAfterSeconds: 0 });
acknowledge("ready");

async function journal(lane: number): Promise<never> {
  for (let batch = 0; ; batch++) {
    const ids = Array.from({ length: 1 + (batch % 16) }, (_, i) => `${cycle}/${lane}/${batch}/${i}`);
    const documents = ids.map((id) => ({ _id: id as never, body: id.repeat(10) }));
    await db.collection("journal").insertMany(documents, { ordered: false, writeConcern: { w: "majority", j: true } });
    acknowledge(`journal ${ids.join(" ")}`);
  }
}

async function documents(lane: number): Promise<never> {
  for (let n = 0; ; n++) {
    const key = `${cycle}/${lane}/${n}`;
    await db.collection("docs").insertOne({ key, owner: `o${n % 5}`, n, tags: ["a", `t${n % 3}`] });
    acknowledge(`docs ${key}`);
    await db.collection("docs").updateOne({ key }, { $set: { n: -n, done: true }, $push: { tags: "z" } as never });
    acknowledge(`done ${key}`);
    if (n % 4 === 3) await db.collection("docs").deleteOne({ key: `${cycle}/${lane}/${n - 1}` });
    if (n % 4 === 3) acknowledge(`gone ${cycle}/${lane}/${n - 1}`);
  }
}

async function counter(): Promise<never> {
  for (;;) {
    const doc = await db
      .collection("counters")
      .findOneAndUpdate({ _id: "c" as never }, { $inc: { n: 1 } }, { upsert: true, returnDocument: "after" });
    acknowledge(`counter ${doc!.n}`);
    await db.collection("expiring").insertOne({ at: new Date() });
  }
}

await Promise.all([journal(0), journal(1), documents(0), documents(1), counter()]);
