import { type Connection, mongo, Schema } from "mongoose";
import { accountsForAll, DUPLICATE_KEY } from "../infra/mongo.ts";
import { type Batch, batchId } from "./batch.ts";

/** What became of one document of a write: its own words, so that the journal needs no driver knowledge. */
export type Written = "written" | "duplicate" | "refused";

export interface JournalStore {
  /** Writes batches of different sessions. Throws when it is not known what happened to any of them. */
  append(batches: readonly Batch[]): Promise<Written[]>;
  /** Reads one batch from the primary with majority read concern. */
  find(id: string): Promise<Batch | null>;
  /** The batches that hold entries after `seq`, in order. */
  after(sessionId: string, seq: number, limit?: number): Promise<Batch[]>;
  /** The whole journal of a session, in order, a few batches at a time. */
  batches(sessionId: string): AsyncIterable<Batch>;
}

const schema = new Schema<Batch>(
  {
    _id: { type: String, required: true },
    s: { type: String, required: true },
    n: { type: Number, required: true },
    last: { type: Number, required: true },
    fence: { type: Number, required: true },
    prev: { type: String, required: true },
    hash: { type: String, required: true },
    rules: { type: { game: String, version: Number }, _id: false, required: true },
    body: { type: String, required: true },
  },
  { collection: "journal", versionKey: false },
);

const MAJORITY = { w: "majority", j: true } as const;

/** A write whose answer has not come within this time counts as unknown, and is sent again. */
export const APPEND_TIMEOUT_MS = 2000;

export function journalStore(connection: Connection): JournalStore {
  const model = connection.model<Batch>("Journal", schema);
  // The native collection: batches are plain, hashed and immutable, so casting them would only cost time.
  const collection = model.collection as unknown as mongo.Collection<Batch>;
  const options = { ordered: false, writeConcern: MAJORITY } as const;

  return {
    async append(batches) {
      try {
        if (batches.length === 1) await inTime(collection.insertOne(batches[0]!, options));
        else await inTime(collection.insertMany([...batches], options));
        return batches.map(() => "written");
      } catch (error) {
        return outcomes(error, batches.length);
      }
    },

    async find(id) {
      return inTime(collection.findOne({ _id: id }, { readConcern: "majority", readPreference: "primary" }));
    },

    async after(sessionId, seq, limit = 0) {
      // The batch that holds `seq + 1` may begin before it: step back to the last first-seq not above it.
      const bound = { $gte: batchId(sessionId, 0), $lte: batchId(sessionId, seq + 1) };
      const start = await model.findOne({ _id: bound }, { _id: 1 }).sort({ _id: -1 }).lean();
      const range = { $gte: start?._id ?? batchId(sessionId, 0), $lte: lastId(sessionId) };
      const found = await model.find({ _id: range }).sort({ _id: 1 }).limit(limit).lean<Batch[]>();
      return found.filter((batch) => batch.last > seq);
    },

    batches(sessionId) {
      const range = { $gte: batchId(sessionId, 0), $lte: lastId(sessionId) };
      return model.find({ _id: range }).sort({ _id: 1 }).lean<Batch>().cursor();
    },
  };
}

/** The driver takes a `timeoutMS` and ignores it; its socket timeout would leave a room in the dark for ten seconds. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${APPEND_TIMEOUT_MS} ms`)), APPEND_TIMEOUT_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Only an answer that names single documents says something about them; everything else is unknown and thrown on. */
function outcomes(error: unknown, count: number): Written[] {
  if (error instanceof mongo.MongoBulkWriteError && accountsForAll(error, count)) {
    const result = new Array<Written>(count).fill("written");
    for (const failure of [error.writeErrors].flat()) {
      if (failure.code !== DUPLICATE_KEY && !REFUSED_BY_CONTENT.has(failure.code)) throw error;
      result[failure.index] = failure.code === DUPLICATE_KEY ? "duplicate" : "refused";
    }
    return result;
  }
  if (count === 1 && error instanceof mongo.MongoServerError && !(error instanceof mongo.MongoWriteConcernError)) {
    if (error.code === DUPLICATE_KEY) return ["duplicate"];
    if (REFUSED_BY_CONTENT.has(Number(error.code))) return ["refused"];
  }
  throw error;
}

/** Server codes that blame the document: bad value, failed to parse, type mismatch, validation, too large. */
const REFUSED_BY_CONTENT = new Set([2, 9, 14, 121, 10334, 17420]);

function lastId(sessionId: string): string {
  return `${sessionId}/999999999999`;
}
