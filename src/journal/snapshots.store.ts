import { type Connection, type mongo, Schema } from "mongoose";
import { type Snapshot, snapshotId } from "./snapshot.ts";

export interface SnapshotStore {
  save(snapshot: Snapshot): Promise<void>;
  /** Removes the session's snapshots that this one makes superfluous. */
  removeBefore(snapshot: Snapshot): Promise<void>;
  latest(sessionId: string): Promise<Snapshot | null>;
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

    async latest(sessionId) {
      const range = { $gte: snapshotId(sessionId, 0), $lte: `${sessionId}/999999999999` };
      return model.findOne({ _id: range }).sort({ _id: -1 }).lean<Snapshot>();
    },
  };
}
