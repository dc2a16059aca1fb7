import { type AnyBulkWriteOperation, type Connection, type mongo, Schema } from "mongoose";
import { putVersioned } from "./versioned.store.ts";

/** What an account has in one season of a board. */
export interface RecordDoc {
  readonly _id: string;
  readonly board: string;
  readonly season: number;
  readonly accountId: string;
  /** The score, negated where the highest is first: ascending keys are ranks. */
  readonly key: number;
  /** When the score was reached first: milliseconds since the epoch. */
  readonly at: number;
  /** 0: there is nothing (any more); kept, so that a late change of an older version stays without effect. */
  readonly count: number;
  /** The place of the last match that is in it; 0 on boards that services feed. */
  readonly n: number;
  /** Names of the last submissions, so that one that comes again takes effect once. */
  readonly effects: readonly string[];
  /** When it was written, so that an index which missed it finds it: milliseconds since the epoch. */
  readonly u: number;
  /** One higher with every change. */
  readonly v: number;
  /** The final rank, from 1, once the season is archived. */
  readonly rank?: number;
}

const number = { type: Number, required: true };
const schema = new Schema<RecordDoc>(
  {
    _id: { type: String, required: true },
    board: { type: String, required: true },
    season: number,
    accountId: { type: String, required: true },
    ...{ key: number, at: number, count: number, n: number, u: number, v: number },
    effects: { type: [String], default: [] },
    rank: { type: Number },
  },
  { collection: "records", versionKey: false },
);
schema.index({ board: 1, season: 1, u: 1 });
schema.index({ board: 1, season: 1, rank: 1 });
schema.index({ accountId: 1 });

const MAJORITY = { writeConcern: { w: "majority", j: true } } as const;

export type RecordStore = ReturnType<typeof recordStore>;

export function recordId(board: string, season: number, accountId: string): string {
  return `${board}|${season}|${accountId}`;
}

export function recordStore(connection: Connection) {
  const model = connection.model<RecordDoc>("Record", schema);
  // The native collection: submissions come by the thousand, and casting them would cost more than writing them.
  const collection = model.collection as unknown as mongo.Collection<RecordDoc>;

  return {
    async find(board: string, season: number, accountId: string): Promise<RecordDoc | null> {
      return collection.findOne({ _id: recordId(board, season, accountId) });
    },

    /** Takes the place of what was read at version `doc.v`, 0 for nothing; false when it has changed since. */
    put: (doc: RecordDoc) => putVersioned(collection, doc),

    /** A part of a season's records, in no order that matters, after `cursor` (an id). */
    async page(board: string, season: number, limit: number, cursor?: string): Promise<RecordDoc[]> {
      const range = { $gt: cursor ?? recordId(board, season, ""), $lt: `${board}|${season}}` };
      return collection.find({ _id: range }).sort({ _id: 1 }).limit(limit).toArray();
    },

    /** Written at `u` or later, oldest first. */
    async changed(board: string, season: number, u: number, limit: number): Promise<RecordDoc[]> {
      return collection
        .find({ board, season, u: { $gte: u } })
        .sort({ u: 1 })
        .limit(limit)
        .toArray();
    },

    async setRanks(ranks: readonly { readonly id: string; readonly rank: number }[]): Promise<void> {
      const writes: AnyBulkWriteOperation<RecordDoc>[] = ranks.map(({ id, rank }) => ({
        updateOne: { filter: { _id: id }, update: { $set: { rank } } },
      }));
      if (writes.length > 0) await collection.bulkWrite(writes as never, { ordered: false });
    },

    /** Of an archived season, from `rank` on. */
    async ranked(board: string, season: number, rank: number, limit: number): Promise<RecordDoc[]> {
      return collection
        .find({ board, season, rank: { $gte: rank } })
        .sort({ rank: 1 })
        .limit(limit)
        .toArray();
    },

    /** How many an archived season has. */
    async lastRank(board: string, season: number): Promise<number> {
      const last = await collection
        .find({ board, season }, { projection: { rank: 1 } })
        .sort({ rank: -1 })
        .limit(1)
        .next();
      return last?.rank ?? 0;
    },

    /** Everything an account has on boards. */
    async ofAccount(accountId: string, limit: number): Promise<RecordDoc[]> {
      return collection.find({ accountId }).limit(limit).toArray();
    },

    /** The same records under a pseudonym: the ranks of others stay what they are. */
    async forget(records: readonly RecordDoc[], pseudonym: string, now: number): Promise<RecordDoc[]> {
      const renamed: RecordDoc[] = [];
      for (const former of records) {
        const _id = recordId(former.board, former.season, pseudonym);
        const record: RecordDoc = { ...former, _id, accountId: pseudonym, effects: [], u: now };
        await collection.replaceOne({ _id }, record, { upsert: true, ...MAJORITY });
        await collection.deleteOne({ _id: former._id }, MAJORITY);
        renamed.push(record);
      }
      return renamed;
    },
  };
}
