import { type Connection, type mongo, Schema } from "mongoose";

/** A seat on its way to another device. One document per account, so that its tries can be counted. */
export interface HandoffDocument {
  /** The account. */
  readonly _id: string;
  /** Only the hash: whoever reads the database takes no seat with it. */
  readonly codeHash: string;
  readonly sessionId: string;
  readonly seat: number;
  /** The device that asked for the code. */
  readonly fromDevice: string;
  readonly expiresAt: Date;
  readonly tries: number;
}

const schema = new Schema<HandoffDocument>(
  {
    _id: { type: String, required: true },
    codeHash: { type: String, required: true },
    sessionId: { type: String, required: true },
    seat: { type: Number, required: true },
    fromDevice: { type: String, required: true },
    expiresAt: { type: Date, required: true },
    tries: { type: Number, required: true },
  },
  { collection: "handoffs", versionKey: false },
);
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export interface HandoffStore {
  /** Takes the place of an earlier one of the account. */
  put(handoff: HandoffDocument): Promise<void>;
  /** Counts a try and returns what it is compared with; null when there is nothing left to try. */
  try(accountId: string, now: Date, triesMax: number): Promise<HandoffDocument | null>;
  /** True for one caller only. */
  consume(accountId: string, codeHash: string): Promise<boolean>;
  forget(accountId: string): Promise<void>;
}

export function handoffStore(connection: Connection): HandoffStore {
  const model = connection.model<HandoffDocument>("Handoff", schema);
  const collection = model.collection as unknown as mongo.Collection<HandoffDocument>;

  return {
    async put(handoff) {
      await collection.replaceOne({ _id: handoff._id }, handoff, { upsert: true });
    },

    async try(accountId, now, triesMax) {
      return collection.findOneAndUpdate(
        { _id: accountId, expiresAt: { $gt: now }, tries: { $lt: triesMax } },
        { $inc: { tries: 1 } },
        { returnDocument: "after" },
      );
    },

    async consume(accountId, codeHash) {
      return (await collection.deleteOne({ _id: accountId, codeHash })).deletedCount === 1;
    },

    async forget(accountId) {
      await collection.deleteOne({ _id: accountId });
    },
  };
}
