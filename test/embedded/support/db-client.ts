/**
 * A process that writes to the database at MONGODB_URI as fast as it can until it is told to stop, over whatever
 * happens to the database meanwhile. Every acknowledged write is noted on its standard output, synchronously.
 */
import { writeSync } from "node:fs";
import mongoose from "mongoose";

const [uri, name] = process.argv.slice(2) as [string, string];
const acknowledge = (line: string) => writeSync(1, `${line}\n`);
const durable = { writeConcern: { w: "majority", j: true } } as const;

const client = await new mongoose.mongo.MongoClient(`${uri}app`, { serverSelectionTimeoutMS: 2000 }).connect();
const db = client.db();
let stopping = false;
process.once("SIGTERM", () => {
  stopping = true;
});

/** The very same document again after a lost connection: that it is there already is an answer as well. */
async function stored(id: string): Promise<boolean> {
  try {
    await db.collection("kept").insertOne({ _id: id as never, body: id.repeat(20) }, durable);
    return true;
  } catch (error) {
    return (error as { code?: number }).code === 11000;
  }
}

async function inserts(lane: number): Promise<void> {
  for (let n = 0; !stopping; ) {
    const id = `${name}/${lane}/${n}`;
    if (!(await stored(id))) continue;
    acknowledge(`kept ${id}`);
    n += 1;
  }
}

/** Both clients count in one document: what one was told, the other must never undo. */
async function counts(): Promise<void> {
  while (!stopping) {
    const counted = await db
      .collection("counters")
      .findOneAndUpdate(
        { _id: "c" as never },
        { $inc: { n: 1 } },
        { upsert: true, returnDocument: "after", ...durable },
      )
      .catch(() => null);
    if (counted) acknowledge(`counter ${counted.n}`);
  }
}

await Promise.all([inserts(0), inserts(1), inserts(2), counts()]);
await client.close();
