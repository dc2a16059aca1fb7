import { type Connection, Schema } from "mongoose";

/** What the leader of a queue says about it, for all who do not have its pool. */
export interface QueueStatus {
  readonly _id: string;
  readonly tickets: number;
  /** Null before the first match. */
  readonly estimatedWaitSeconds: number | null;
}

const schema = new Schema<QueueStatus>(
  {
    _id: { type: String, required: true },
    tickets: { type: Number, required: true },
    estimatedWaitSeconds: { type: Number, default: null },
  },
  { collection: "queueStatus", versionKey: false },
);

export interface QueueStatusStore {
  write(status: QueueStatus): Promise<void>;
  all(ids: readonly string[]): Promise<QueueStatus[]>;
}

export function queueStatusStore(connection: Connection): QueueStatusStore {
  const model = connection.model<QueueStatus>("QueueStatus", schema);
  return {
    async write({ _id, ...$set }) {
      await model.updateOne({ _id }, { $set }, { upsert: true });
    },
    async all(ids) {
      return model.find({ _id: { $in: [...ids] } }).lean<QueueStatus[]>();
    },
  };
}
