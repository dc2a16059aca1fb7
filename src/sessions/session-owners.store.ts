import type { Connection } from "mongoose";
import type { SessionStatus } from "../journal/lifecycle.rules.ts";
import type { SessionDocument } from "./sessions.store.ts";

/** A session, as its owner's survivors look at it. */
export interface Owned extends Pick<SessionDocument, "type" | "region" | "connected"> {
  readonly id: string;
}

/** Owners in session documents: whom to ask, and who is next. */
export interface SessionOwnersStore {
  /** Null when the session has no owner, or there is no such session. */
  ownerOf(id: string): Promise<string | null>;
  /**
   * Moves a session from the owner `from` to `owner`, who is about to claim it in the journal at `epoch`. From then on
   * the former one's writes to the document are refused. The document as it is then; null for all but one of those who try.
   */
  take(id: string, from: string | null, owner: string, epoch: number): Promise<SessionDocument | null>;
  /**
   * Gives a session that has not been claimed beyond `epoch` from one owner to the next, or to nobody; false when it has
   * been claimed by then.
   */
  pass(id: string, from: string, to: string | null, epoch: number): Promise<boolean>;
  /** A session without a room needs nobody to bring it back: whoever wants to act upon it takes it. */
  disown(id: string, owner: string): Promise<void>;
  /** The first name after `after`, in order, under which any session is owned: names are few, and sessions many. */
  nextOwner(after: string): Promise<string | null>;
  /** What an owner has that has not ended. */
  ownedBy(owner: string, limit: number): Promise<Owned[]>;
}

const UNENDED: SessionStatus[] = ["waiting", "active", "paused"];

export function sessionOwnersStore(connection: Connection): SessionOwnersStore {
  const sessions = connection.collection<SessionDocument>("sessions");
  return {
    async ownerOf(id) {
      return (await sessions.findOne({ _id: id }, { projection: { owner: 1 } }))?.owner ?? null;
    },

    take(id, from, owner, epoch) {
      const takeable = { _id: id, owner: { $in: [from, owner] }, epoch: { $lte: epoch } };
      return sessions.findOneAndUpdate(takeable, { $set: { owner, epoch } }, { returnDocument: "after" });
    },

    async pass(id, from, to, epoch) {
      const unclaimed = { _id: id, owner: from, epoch: { $lte: epoch } };
      const { matchedCount } = await sessions.updateOne(unclaimed, { $set: { owner: to } });
      return matchedCount === 1;
    },

    async disown(id, owner) {
      await sessions.updateOne({ _id: id, owner }, { $set: { owner: null } });
    },

    async nextOwner(after) {
      const next = await sessions.findOne({ owner: { $gt: after } }, { projection: { owner: 1 }, sort: { owner: 1 } });
      return next?.owner ?? null;
    },

    async ownedBy(owner, limit) {
      const projection = { type: 1, region: 1, connected: 1 };
      const found = await sessions.find({ owner, status: { $in: UNENDED } }, { projection, limit }).toArray();
      return found.map(({ _id: id, type, region, connected = 0 }) => ({ id, type, region, connected }));
    },
  };
}
