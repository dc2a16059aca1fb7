import { type Connection, type mongo, Schema } from "mongoose";
import type { Device } from "../sessions/sessions.store.ts";
import { type Cause, LIVE, type PlacedPlayer, type PlacementState, type Stage } from "./placement.rules.ts";

export interface SeatedPlayer extends PlacedPlayer {
  readonly name: string;
  readonly device?: Device;
  /** As they were when the ticket was made, in 1e-6. */
  readonly rating: number;
  readonly sigma: number;
  readonly role?: string;
}

/** A match on its way to its players. Its id is that of its session, unless it fills the free seats of another. */
export interface PlacementDocument extends PlacementState {
  readonly _id: string;
  readonly queue: string;
  readonly sessionId: string;
  readonly stage: Stage;
  readonly players: readonly SeatedPlayer[];
  readonly region: string;
  /** As the matcher foresaw it; null for who joins a session that plays. */
  readonly quality: number | null;
  readonly winProbability: readonly number[];
  /** Milliseconds. */
  readonly at: number;
  readonly cause: Cause | null;
  readonly blamed: readonly string[];
  /** Until when free seats of its session are filled, in ms; 0 for never. */
  readonly openUntil: number;
  readonly expiresAt: Date;
}

const player = {
  ...{ accountId: { type: String, required: true }, name: { type: String, default: "" }, device: { type: String } },
  ...{ ticketId: { type: String, required: true }, team: { type: Number, required: true } },
  ...{ rating: { type: Number, required: true }, sigma: { type: Number, required: true }, role: { type: String } },
};

const schema = new Schema<PlacementDocument>(
  {
    _id: { type: String, required: true },
    queue: { type: String, required: true },
    sessionId: { type: String, required: true },
    stage: { type: String, required: true },
    players: { type: [{ ...player, _id: false }], required: true },
    region: { type: String, required: true },
    quality: { type: Number, default: null },
    winProbability: { type: [Number], required: true },
    at: { type: Number, required: true },
    accepted: { type: [String], required: true },
    declined: { type: [String], required: true },
    acceptBy: { type: Number, default: null },
    placeBy: { type: Number, required: true },
    arriveBy: { type: Number, default: null },
    cause: { type: String, default: null },
    blamed: { type: [String], required: true },
    openUntil: { type: Number, default: 0 },
    expiresAt: { type: Date, required: true },
  },
  { collection: "placements", versionKey: false },
);
schema.index({ queue: 1, stage: 1 });
schema.index({ queue: 1, openUntil: 1 });
schema.index({ sessionId: 1 });
schema.index({ "players.accountId": 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export type PlacementStore = ReturnType<typeof placementStore>;

/** Matches on their way. Every change is conditional on the stage: of two who try, one goes on. */
export function placementStore(connection: Connection) {
  const model = connection.model<PlacementDocument>("Placement", schema);
  const collection = model.collection as unknown as mongo.Collection<PlacementDocument>;

  return {
    async insert(placement: PlacementDocument): Promise<void> {
      await collection.insertOne(placement);
    },

    async find(id: string): Promise<PlacementDocument | null> {
      return collection.findOne({ _id: id });
    },

    /** What became of these. */
    async stages(ids: readonly string[]): Promise<{ _id: string; stage: Stage }[]> {
      return collection.find({ _id: { $in: [...ids] } }, { projection: { stage: 1 } }).toArray();
    },

    /** Those that somebody has to look after. */
    async live(queue: string, limit: number): Promise<PlacementDocument[]> {
      return collection
        .find({ queue, stage: { $in: [...LIVE] } })
        .limit(limit)
        .toArray();
    },

    /** True for exactly one of those who try. */
    async turn(id: string, from: Stage, to: Stage, fields: Partial<PlacementDocument> = {}): Promise<boolean> {
      const turned = await collection.updateOne({ _id: id, stage: from }, { $set: { ...fields, stage: to } });
      return turned.modifiedCount === 1;
    },

    /**
     * The answer of a player who has given none.
     *
     * @returns false when nobody asks (any more), or the answer was another
     */
    async answer(id: string, accountId: string, says: "accepted" | "declined", now: number): Promise<boolean> {
      const other = says === "accepted" ? "declined" : "accepted";
      const asked = { _id: id, stage: "accepting" as const, acceptBy: { $gt: now }, "players.accountId": accountId };
      const { matchedCount } = await collection.updateOne(
        // Once one has declined there is nothing to accept.
        { ...asked, [other]: { $ne: accountId }, ...(says === "accepted" ? { declined: { $size: 0 } } : {}) },
        { $addToSet: { [says]: accountId } as never },
      );
      return matchedCount === 1;
    },

    /** Matches whose sessions' seats are to be filled whenever one is free, in the order of their ids. */
    async open(queue: string, now: number, limit: number, after = ""): Promise<PlacementDocument[]> {
      return collection
        .find({ queue, openUntil: { $gt: now }, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    async close(id: string): Promise<void> {
      await collection.updateOne({ _id: id }, { $set: { openUntil: 0 } });
    },

    /** The match of a session, and those who joined it later. */
    async ofSession(sessionId: string): Promise<PlacementDocument[]> {
      return collection.find({ sessionId }).toArray();
    },

    /** Those that somebody was in. */
    async listOf(accountId: string, limit: number): Promise<PlacementDocument[]> {
      return collection.find({ "players.accountId": accountId }).limit(limit).toArray();
    },

    async forget(accountId: string): Promise<void> {
      await collection.updateMany(
        { "players.accountId": accountId },
        { $set: { "players.$[one].name": "", "players.$[one].accountId": "" } },
        { arrayFilters: [{ "one.accountId": accountId }] },
      );
    },
  };
}
