import { type Connection, type mongo, Schema } from "mongoose";

/** Somebody who waits for a match has lost the connection, and may come back until then. */
interface AbsenceDocument {
  /** `<ticket>/<account>`. */
  readonly _id: string;
  readonly ticketId: string;
  readonly until: Date;
}

const schema = new Schema<AbsenceDocument>(
  {
    _id: { type: String, required: true },
    ticketId: { type: String, required: true },
    until: { type: Date, required: true },
  },
  { collection: "absences", versionKey: false },
);
schema.index({ until: 1 });

const nameOf = (ticketId: string, accountId: string) => `${ticketId}/${accountId}`;

export type AbsenceStore = ReturnType<typeof absenceStore>;

/** Beside the tickets, because few players are ever away: nothing of it weighs on those who stay. */
export function absenceStore(connection: Connection) {
  const model = connection.model<AbsenceDocument>("Absence", schema);
  const collection = model.collection as unknown as mongo.Collection<AbsenceDocument>;
  return {
    async put(ticketId: string, accountId: string, until: Date): Promise<void> {
      const _id = nameOf(ticketId, accountId);
      await collection.updateOne({ _id }, { $set: { ticketId, until } }, { upsert: true });
    },
    async remove(ticketId: string, accountId: string): Promise<void> {
      await collection.deleteOne({ _id: nameOf(ticketId, accountId) });
    },
    /** Those whose time is up. */
    async due(now: Date, limit: number): Promise<AbsenceDocument[]> {
      return collection
        .find({ until: { $lte: now } })
        .limit(limit)
        .toArray();
    },
    /** False when somebody came back meanwhile. */
    async take(id: string, now: Date): Promise<boolean> {
      return (await collection.deleteOne({ _id: id, until: { $lte: now } })).deletedCount === 1;
    },
  };
}
