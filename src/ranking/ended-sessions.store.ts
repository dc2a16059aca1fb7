import { type Connection, type mongo, Schema } from "mongoose";

export interface EndedMember {
  readonly seat: number;
  readonly role: string;
  readonly accountId: string;
}

/** A session that has ended, as far as it matters for ratings. */
export interface EndedSession {
  readonly _id: string;
  readonly type: string;
  readonly gameId: string;
  readonly mode: string;
  readonly region: string;
  readonly unranked: boolean;
  readonly quarantined: string | null;
  readonly members: readonly EndedMember[];
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** What became of an ended session: `rated`, or why it was not. Absent until it was looked at. */
interface Looked extends EndedSession {
  readonly status: string;
  readonly rated?: string;
}

// Beside the model of the sessions themselves, for its index: every ended session is looked at once, whenever its end
// came to be known. A mark of the newest end seen would miss those that were recovered late.
const schema = new Schema<Looked>(
  { _id: { type: String, required: true }, status: { type: String }, rated: { type: String } },
  { collection: "sessions", versionKey: false },
);
schema.index({ rated: 1, status: 1 });

const FIELDS = {
  ...{ type: 1, gameId: 1, mode: 1, region: 1, unranked: 1, quarantined: 1, startedAt: 1, endedAt: 1 },
  ...{ "members.seat": 1, "members.role": 1, "members.accountId": 1 },
} as const;

export type EndedSessionStore = ReturnType<typeof endedSessionStore>;

export function endedSessionStore(connection: Connection) {
  const model = connection.model<Looked>("EndedSession", schema);
  const collection = model.collection as unknown as mongo.Collection<Looked>;

  return {
    /** Ended, and not looked at yet. */
    async due(limit: number): Promise<EndedSession[]> {
      const query = { rated: null as never, status: "ended" };
      return collection.find(query, { projection: FIELDS }).limit(limit).toArray();
    },

    /** They will not be `due` again. */
    async settle(ids: readonly string[], rated: string): Promise<void> {
      if (ids.length > 0) await collection.updateMany({ _id: { $in: [...ids] } }, { $set: { rated } });
    },
  };
}
