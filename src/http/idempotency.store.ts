import { type Connection, type mongo, Schema } from "mongoose";
import { insertedBut } from "../infra/mongo.ts";
import { grouped } from "../lib/grouped.ts";

/** An answer as it is replayed. */
export interface StoredAnswer {
  readonly status: number;
  readonly version?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON; null where there is none. */
  readonly text: string | null;
}

/** One use of a key: by whom and where is hashed into its id. */
export interface IdempotencyDoc {
  readonly _id: string;
  /** The caller's account, for the day its owner wants to be forgotten; null for strangers. */
  readonly accountId: string | null;
  readonly bodyHash: string;
  /** Names what the call makes, whichever attempt makes it. */
  readonly effectId: string;
  /** Names the attempt that may answer. */
  readonly attempt: string;
  /** Until then the attempt counts as running, unless it has answered. */
  readonly leaseUntil: Date;
  readonly answer: StoredAnswer | null;
  readonly expiresAt: Date;
}

export interface IdempotencyStore {
  /** False when the id is taken. */
  claim(doc: IdempotencyDoc): Promise<boolean>;
  find(id: string): Promise<IdempotencyDoc | null>;
  /** Takes the place of the attempt `from`; false when another was faster. */
  takeOver(doc: IdempotencyDoc, from: string): Promise<boolean>;
  extend(id: string, attempt: string, leaseUntil: Date): Promise<void>;
  answer(id: string, attempt: string, answer: StoredAnswer): Promise<void>;
  /** Everything an account asked for: answers tell about whoever asked. */
  forget(accountId: string): Promise<void>;
  /** Frees the key, if the attempt still holds it. */
  release(id: string, attempt: string): Promise<void>;
}

interface Answered {
  readonly id: string;
  readonly attempt: string;
  readonly given: StoredAnswer;
}

const schema = new Schema<IdempotencyDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: String, default: null },
    bodyHash: { type: String, required: true },
    effectId: { type: String, required: true },
    attempt: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
    answer: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  { collection: "idempotency", versionKey: false },
);
schema.index({ accountId: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function idempotencyStore(connection: Connection): IdempotencyStore {
  const model = connection.model<IdempotencyDoc>("Idempotency", schema);
  const collection = model.collection as unknown as mongo.Collection<IdempotencyDoc>;

  // Every keyed call claims and answers: by themselves these two would cost more than most of what they guard.
  const claim = grouped<IdempotencyDoc, boolean>(async (docs) => {
    const taken = await insertedBut(collection.insertMany([...docs], { ordered: false }), docs.length);
    return docs.map((_, at) => !taken.has(at));
  });
  const answer = grouped<Answered, undefined>(async (all) => {
    const writes = all.map(({ id, attempt, given }) => ({
      updateOne: { filter: { _id: id, attempt }, update: { $set: { answer: given } } },
    }));
    await collection.bulkWrite(writes, { ordered: false });
    return [];
  });

  return {
    claim,

    async find(id) {
      return collection.findOne({ _id: id });
    },

    async takeOver({ _id, ...rest }, from) {
      const { modifiedCount } = await collection.updateOne({ _id, attempt: from }, { $set: rest });
      return modifiedCount === 1;
    },

    async extend(id, attempt, leaseUntil) {
      await collection.updateOne({ _id: id, attempt, answer: null }, { $set: { leaseUntil } });
    },

    answer: (id, attempt, given) => answer({ id, attempt, given }),

    async forget(accountId) {
      await collection.deleteMany({ accountId });
    },

    async release(id, attempt) {
      await collection.deleteOne({ _id: id, attempt, answer: null });
    },
  };
}
