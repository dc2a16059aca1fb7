import { type Connection, Schema } from "mongoose";
import { unlessTaken } from "../infra/mongo.ts";

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

const schema = new Schema<IdempotencyDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: String, default: null },
    bodyHash: { type: String, required: true },
    effectId: { type: String, required: true },
    attempt: { type: String, required: true },
    leaseUntil: { type: Date, required: true },
    // As it came: mongoose would drop empty objects within it.
    answer: { type: Schema.Types.Mixed, default: null },
    expiresAt: { type: Date, required: true },
  },
  { collection: "idempotency", versionKey: false, minimize: false },
);
schema.index({ accountId: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export function idempotencyStore(connection: Connection): IdempotencyStore {
  const model = connection.model<IdempotencyDoc>("Idempotency", schema);

  return {
    claim: (doc) => unlessTaken(model.create(doc)),

    async find(id) {
      return model.findById(id).lean<IdempotencyDoc>();
    },

    async takeOver({ _id, ...rest }, from) {
      const { modifiedCount } = await model.updateOne({ _id, attempt: from }, { $set: rest });
      return modifiedCount === 1;
    },

    async extend(id, attempt, leaseUntil) {
      await model.updateOne({ _id: id, attempt, answer: null }, { $set: { leaseUntil } });
    },

    async answer(id, attempt, answer) {
      await model.updateOne({ _id: id, attempt }, { $set: { answer } });
    },

    async forget(accountId) {
      await model.deleteMany({ accountId });
    },

    async release(id, attempt) {
      await model.deleteOne({ _id: id, attempt, answer: null });
    },
  };
}
