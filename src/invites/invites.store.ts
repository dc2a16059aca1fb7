import { type Connection, type mongo, Schema } from "mongoose";

export type InviteRole = "player" | "spectator";

/** A way into a session for whoever knows the code. */
export interface InviteDocument {
  /** The code itself: its host reads it again from the list. */
  readonly _id: string;
  readonly sessionId: string;
  /** Names the call that made it, if that carried an Idempotency-Key: a code is drawn, and cannot be named by it. */
  readonly effectId?: string;
  readonly role: InviteRole;
  readonly createdBy: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** How many more accounts it lets in. */
  readonly left: number;
  /** Accounts it has let in: they may come again by it. */
  readonly usedBy: readonly string[];
}

const schema = new Schema<InviteDocument>(
  {
    _id: { type: String, required: true },
    sessionId: { type: String, required: true },
    effectId: { type: String },
    role: { type: String, enum: ["player", "spectator"], required: true },
    createdBy: { type: String, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    left: { type: Number, required: true },
    usedBy: { type: [String], required: true },
  },
  { collection: "invites", versionKey: false },
);
schema.index({ sessionId: 1, expiresAt: 1 });
schema.index({ createdBy: 1 });
schema.index({ usedBy: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export interface InviteStore {
  insert(invite: InviteDocument): Promise<void>;
  /** Those that are still good, the first to expire first. */
  listOf(sessionId: string, now: Date, limit: number): Promise<InviteDocument[]>;
  /** One use for this account, once; null when the code is not good (any more). */
  use(code: string, accountId: string, now: Date): Promise<InviteDocument | null>;
  /** Takes a use back that came to nothing. */
  giveBack(code: string, accountId: string): Promise<void>;
  /** True when there was one. */
  remove(code: string, sessionId: string): Promise<boolean>;
  forget(accountId: string): Promise<void>;
}

export function inviteStore(connection: Connection): InviteStore {
  const model = connection.model<InviteDocument>("Invite", schema);
  const collection = model.collection as unknown as mongo.Collection<InviteDocument>;

  return {
    async insert(invite) {
      await collection.insertOne(invite);
    },

    async listOf(sessionId, now, limit) {
      const query = { sessionId, expiresAt: { $gt: now } };
      return model.find(query).sort({ expiresAt: 1 }).limit(limit).lean<InviteDocument[]>();
    },

    async use(code, accountId, now) {
      const good = { _id: code, expiresAt: { $gt: now } };
      const taken = await collection.findOneAndUpdate(
        { ...good, left: { $gt: 0 }, usedBy: { $ne: accountId } },
        { $inc: { left: -1 }, $push: { usedBy: accountId } as never },
        { returnDocument: "after" },
      );
      return taken ?? model.findOne({ ...good, usedBy: accountId }).lean<InviteDocument>();
    },

    async giveBack(code, accountId) {
      await collection.updateOne(
        { _id: code, usedBy: accountId },
        { $inc: { left: 1 }, $pull: { usedBy: accountId } as never },
      );
    },

    async remove(code, sessionId) {
      return (await collection.deleteOne({ _id: code, sessionId })).deletedCount === 1;
    },

    async forget(accountId) {
      await collection.deleteMany({ createdBy: accountId });
      await collection.updateMany({ usedBy: accountId }, { $pull: { usedBy: accountId } as never });
    },
  };
}
