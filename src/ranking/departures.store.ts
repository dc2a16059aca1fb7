import { type Connection, type mongo, Schema } from "mongoose";

/** Somebody who left a session that had started: the journal knows the seat only. */
export interface Departure {
  readonly sessionId: string;
  readonly seat: number;
  readonly accountId: string;
  /** Of the entry by which the seat was left. */
  readonly seq: number;
}

interface DepartureDoc extends Departure {
  readonly _id: string;
}

const schema = new Schema<DepartureDoc>(
  {
    _id: { type: String, required: true },
    sessionId: { type: String, required: true },
    seat: { type: Number, required: true },
    accountId: { type: String, required: true },
    seq: { type: Number, required: true },
  },
  { collection: "departures", versionKey: false },
);
schema.index({ sessionId: 1 });
schema.index({ accountId: 1 });

/** More departures from one session than this do not count. */
const DEPARTURES_MAX = 200;

export type DepartureStore = ReturnType<typeof departureStore>;

/** Who left sessions that are not rated yet; gone once they are. */
export function departureStore(connection: Connection) {
  const model = connection.model<DepartureDoc>("Departure", schema);
  const collection = model.collection as unknown as mongo.Collection<DepartureDoc>;

  return {
    async note(departure: Departure): Promise<void> {
      const _id = `${departure.sessionId}/${departure.seq}`;
      await collection.replaceOne({ _id }, { ...departure }, { upsert: true });
    },

    async of(sessionId: string): Promise<Departure[]> {
      return collection.find({ sessionId }).limit(DEPARTURES_MAX).toArray();
    },

    async clear(sessionIds: readonly string[]): Promise<void> {
      if (sessionIds.length > 0) await collection.deleteMany({ sessionId: { $in: [...sessionIds] } });
    },

    async forget(accountId: string, pseudonym: string): Promise<void> {
      await collection.updateMany({ accountId }, { $set: { accountId: pseudonym } });
    },
  };
}
