import { type Connection, type mongo, Schema } from "mongoose";
import type { SeatRole } from "../journal/game.ts";
import type { SessionStatus } from "../journal/lifecycle.rules.ts";

export const DEVICES = ["mobile", "desktop", "console"] as const;
export type Device = (typeof DEVICES)[number];

/** Who sits on a seat. The journal knows the number only (L2); this is where the number meets a person. */
export interface Member {
  readonly seat: number;
  readonly role: SeatRole;
  readonly accountId: string;
  /** What they play on, as their client says; absent from members of older builds. */
  readonly device?: Device;
  /** Colyseus's session id of the connection that holds the seat; worth nothing without the reconnection token. */
  readonly connectionId: string;
  /** Part of the reconnection token: it grows when the seat moves to another connection, so that old tokens die. */
  readonly generation: number;
}

export interface SessionDocument {
  readonly _id: string;
  readonly type: string;
  readonly gameId: string;
  readonly region: string;
  readonly private: boolean;
  readonly hostId: string | null;
  readonly campaignId: string | null;
  /** Somebody knew the seed beforehand: nothing that happens here counts for ratings and boards. */
  readonly unranked: boolean;
  /** What clients attached to it. The journal notes its hash, because it may name persons (L2). */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly seed: string;
  readonly members: readonly Member[];
  readonly createdAt: Date;
  /** From here on a projection of the journal, which is the truth. */
  readonly status: SessionStatus;
  readonly mode: string;
  /** Fewer players than the game could seat, or null. */
  readonly maxPlayers: number | null;
  readonly pausedAt: Date | null;
  readonly seq: number;
  readonly version: number;
  readonly epoch: number;
  /** The process that holds the session live, by the name of its incarnation; null when nobody does. */
  readonly owner: string | null;
  /** How many seats had a connection when this was written: those who wait for their room, should the owner die. */
  readonly connected: number;
  /** When a session that nobody holds must be woken (ms since the epoch). */
  readonly wakeAt: number | null;
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
  readonly lastUpdated: Date;
  /** What the end entry said: the reason, and whatever the game adds (winner, scores). */
  readonly result: Readonly<Record<string, unknown>> | null;
  /** Why the session was stopped for an operator to look at. */
  readonly quarantined: string | null;
}

export type Projection = Pick<
  SessionDocument,
  | "status"
  | "seq"
  | "version"
  | "epoch"
  | "owner"
  | "connected"
  | "wakeAt"
  | "startedAt"
  | "pausedAt"
  | "endedAt"
  | "lastUpdated"
  | "result"
> &
  // Only once they were edited: until then the document is the only one to know them.
  Partial<Pick<SessionDocument, "mode" | "maxPlayers">>;

export interface SessionFilter {
  readonly type?: string | undefined;
  readonly status?: SessionStatus | undefined;
  readonly gameId?: string | undefined;
  readonly mode?: string | undefined;
  readonly playerId?: string | undefined;
  readonly campaignId?: string | undefined;
}

const member = {
  seat: { type: Number, required: true },
  role: { type: String, required: true },
  accountId: { type: String, required: true },
  device: { type: String },
  // Empty for somebody who was erased, which Mongoose's `required` would not let pass.
  connectionId: { type: String, default: "" },
  generation: { type: Number, required: true },
};

const schema = new Schema<SessionDocument>(
  {
    _id: { type: String, required: true },
    type: { type: String, required: true },
    gameId: { type: String, required: true },
    mode: { type: String, required: true },
    region: { type: String, required: true },
    private: { type: Boolean, required: true },
    hostId: { type: String, default: null },
    campaignId: { type: String, default: null },
    unranked: { type: Boolean, default: false },
    metadata: { type: Schema.Types.Mixed, default: {} },
    maxPlayers: { type: Number, default: null },
    pausedAt: { type: Date, default: null },
    seed: { type: String, required: true },
    members: { type: [{ ...member, _id: false }], default: [] },
    createdAt: { type: Date, required: true },
    status: { type: String, required: true },
    seq: { type: Number, required: true },
    version: { type: Number, required: true },
    epoch: { type: Number, required: true },
    owner: { type: String, default: null },
    connected: { type: Number, default: 0 },
    wakeAt: { type: Number, default: null },
    startedAt: { type: Date, default: null },
    endedAt: { type: Date, default: null },
    lastUpdated: { type: Date, required: true },
    result: { type: Schema.Types.Mixed, default: null },
    quarantined: { type: String, default: null },
  },
  { collection: "sessions", versionKey: false },
);
// Ids are UUIDv7, so descending ids are newest first and the id is the cursor of every list.
schema.index({ status: 1, _id: -1 });
schema.index({ type: 1, _id: -1 });
schema.index({ gameId: 1, _id: -1 });
schema.index({ mode: 1, _id: -1 });
schema.index({ "members.accountId": 1, _id: -1 });
schema.index({ campaignId: 1, _id: -1 });
schema.index({ hostId: 1, status: 1 });
schema.index({ owner: 1, status: 1 });
// Equality first: by `wakeAt` alone, or `owner` alone, the sweeper would read every session that ever ended.
schema.index({ owner: 1, wakeAt: 1 });

const UNENDED: SessionStatus[] = ["waiting", "active", "paused"];
/** Entries a session may begin with: opened, the seats of a whole match, and what its game says to each. */
const BORN_WITH_MAX = 64;

const MAJORITY = { writeConcern: { w: "majority", j: true } } as const;

export type SessionStore = ReturnType<typeof sessionStore>;

export function sessionStore(connection: Connection) {
  const model = connection.model<SessionDocument>("Session", schema);
  const collection = model.collection as unknown as mongo.Collection<SessionDocument>;

  return {
    async insert(session: SessionDocument): Promise<void> {
      await collection.insertOne(session, MAJORITY);
    },

    async find(id: string): Promise<SessionDocument | null> {
      return model.findById(id).lean<SessionDocument>();
    },

    /** Newest first, after `cursor` (an id). Never selects the seed. */
    async list(filter: SessionFilter, viewerId: string, limit: number, cursor?: string): Promise<SessionDocument[]> {
      const { playerId, ...equal } = filter;
      // Private sessions are listed for those who sit in them, and only when they ask for their own.
      const query: Record<string, unknown> = playerId === viewerId ? {} : { private: false };
      for (const [key, value] of Object.entries(equal)) if (value !== undefined) query[key] = value;
      if (playerId !== undefined) query["members.accountId"] = playerId;
      if (cursor !== undefined) query._id = { $lt: cursor };
      return model.find(query, { seed: 0 }).sort({ _id: -1 }).limit(limit).lean<SessionDocument[]>();
    },

    /** Sessions that have not ended and hold a seat of the account, newest first, after `cursor` (an id). */
    async seatsOf(accountId: string, limit: number, cursor?: string): Promise<SessionDocument[]> {
      const mine = { "members.accountId": accountId, status: { $in: UNENDED } };
      const query = cursor === undefined ? mine : { ...mine, _id: { $lt: cursor } };
      return model.find(query, { seed: 0 }).sort({ _id: -1 }).limit(limit).lean<SessionDocument[]>();
    },

    /** How many sessions of a host have not ended, counted up to `atMost`. */
    async hosted(hostId: string, atMost: number): Promise<number> {
      const query = { hostId, status: { $in: UNENDED } };
      return (await model.find(query, { _id: 1 }).limit(atMost).lean()).length;
    },

    /** Written only forward: an old owner's late projection never hides a newer one, nor the name of the new owner. */
    async project(id: string, projection: Projection): Promise<void> {
      await model.updateOne(notAfter(id, projection), { $set: projection }, MAJORITY);
    },

    /** Many at once, each as `project` would: one that fails does not keep the others. */
    async projectAll(projections: ReadonlyMap<string, Projection>): Promise<void> {
      const writes = [...projections].map(([id, projection]) => ({
        updateOne: { filter: notAfter(id, projection), update: { $set: projection } },
      }));
      await collection.bulkWrite(writes, { ordered: false });
    },

    /** By the current owner only. */
    async setMetadata(id: string, epoch: number, metadata: SessionDocument["metadata"]): Promise<boolean> {
      const owned = { _id: id, epoch: { $lte: epoch } };
      const changed = await collection.updateOne(owned, { $set: { metadata } }, MAJORITY);
      return changed.matchedCount === 1;
    },

    /** Whole list at once, by the current owner only. */
    async setMembers(id: string, epoch: number, members: readonly Member[]): Promise<boolean> {
      const changed = await collection.updateOne(
        { _id: id, epoch: { $lte: epoch } },
        { $set: { members, epoch } },
        MAJORITY,
      );
      return changed.matchedCount === 1;
    },

    async setHost(id: string, hostId: string): Promise<void> {
      await model.updateOne({ _id: id, hostId: null }, { $set: { hostId } });
    },

    /** Removes a document without a journal, unless it is so young that its journal may be on its way. */
    async removeUnborn(id: string, createdBefore: Date): Promise<void> {
      await model.deleteOne({ _id: id, seq: { $lte: BORN_WITH_MAX }, createdAt: { $lt: createdBefore } });
    },

    async quarantine(id: string, reason: string): Promise<void> {
      const $set = { quarantined: reason, owner: null, wakeAt: null };
      await collection.updateOne({ _id: id }, { $set }, MAJORITY);
    },

    /** Sessions that nobody holds and whose time has come, but for those that could not be opened lately. */
    async due(now: number, limit: number, except: readonly string[]): Promise<string[]> {
      const found = await model
        .find({ wakeAt: { $lte: now, $gt: 0 }, owner: null, _id: { $nin: except } }, { _id: 1 })
        .limit(limit)
        .lean();
      return found.map(({ _id }) => _id);
    },
  };
}

function notAfter(_id: string, { seq, epoch }: Projection) {
  return { _id, seq: { $lte: seq }, epoch: { $lte: epoch } };
}
