import { type Connection, type mongo, Schema } from "mongoose";
import { type Snapshot, snapshotId } from "./snapshot.ts";

export type SnapshotHead = Omit<Snapshot, "text">;

const LAST_SEQ = 999_999_999_999;
/** The projector clears them away by the handful; this bounds an answer, whatever became of that. */
const LIST_MAX = 100;

export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  /** Removes the session's snapshots that this one makes superfluous. */
  removeBefore(snapshot: Snapshot): Promise<void>;
  /** The newest, or the newest that includes nothing after entry `upTo`. */
  latest(sessionId: string, upTo?: number): Promise<Snapshot | null>;
  /** All that are kept, newest first, without what they hold. */
  list(sessionId: string): Promise<SnapshotHead[]>;
}

const schema = new Schema<Snapshot>(
  {
    _id: { type: String, required: true },
    s: { type: String, required: true },
    n: { type: Number, required: true },
    epoch: { type: Number, required: true },
    rules: { type: { game: String, version: Number }, _id: false, required: true },
    nextRefId: { type: Number, required: true },
    stateHash: { type: String, required: true },
    text: { type: String, required: true },
  },
  { collection: "snapshots", versionKey: false },
);

export function snapshotStore(connection: Connection): SnapshotStore {
  const model = connection.model<Snapshot>("Snapshot", schema);
  const collection = model.collection as unknown as mongo.Collection<Snapshot>;

  return {
    /** Replaces: a snapshot is a function of the journal up to its seq, so writing it twice writes the same. */
    async save(snapshot) {
      await collection.replaceOne({ _id: snapshot._id }, snapshot, { upsert: true });
    },

    async removeBefore({ s, _id }) {
      await model.deleteMany({ _id: { $gte: snapshotId(s, 0), $lt: _id } });
    },

    async latest(sessionId, upTo = LAST_SEQ) {
      const range = { $gte: snapshotId(sessionId, 0), $lte: snapshotId(sessionId, upTo) };
      return model.findOne({ _id: range }).sort({ _id: -1 }).lean<Snapshot>();
    },

    async list(sessionId) {
      const range = { $gte: snapshotId(sessionId, 0), $lte: snapshotId(sessionId, LAST_SEQ) };
      return model.find({ _id: range }, { text: 0 }).sort({ _id: -1 }).limit(LIST_MAX).lean<SnapshotHead[]>();
    },
  };
}
