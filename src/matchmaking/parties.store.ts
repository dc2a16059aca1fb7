import { type Connection, type mongo, Schema } from "mongoose";
import { isTaken, unlessTaken } from "../infra/mongo.ts";
import type { Device } from "../sessions/sessions.store.ts";

export interface PartyMember {
  readonly accountId: string;
  readonly name: string;
  readonly device?: Device;
  readonly ready: boolean;
}

/** People who play together. An account is in one party at a time: the index on `members.accountId` is unique. */
export interface PartyDocument {
  readonly _id: string;
  readonly leaderId: string;
  /** What lets others in. */
  readonly code: string;
  readonly members: readonly PartyMember[];
  readonly maxSize: number;
  readonly createdAt: Date;
  readonly version: number;
  readonly expiresAt: Date;
}

const member = {
  ...{ accountId: { type: String, required: true }, name: { type: String, default: "" }, device: { type: String } },
  ready: { type: Boolean, required: true },
};

const schema = new Schema<PartyDocument>(
  {
    _id: { type: String, required: true },
    leaderId: { type: String, required: true },
    code: { type: String, required: true },
    members: { type: [{ ...member, _id: false }], required: true },
    maxSize: { type: Number, required: true },
    createdAt: { type: Date, required: true },
    version: { type: Number, required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: "parties", versionKey: false },
);
schema.index({ "members.accountId": 1 }, { unique: true });
schema.index({ code: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export type PartyStore = ReturnType<typeof partyStore>;

/** A party is one document, changed as a whole if it is still the version that was read. */
export function partyStore(connection: Connection) {
  const model = connection.model<PartyDocument>("Party", schema);
  const collection = model.collection as unknown as mongo.Collection<PartyDocument>;

  return {
    /** False when a member of it is in a party already. */
    insert: (party: PartyDocument) => unlessTaken(collection.insertOne(party)),

    async find(id: string, now: Date): Promise<PartyDocument | null> {
      return collection.findOne({ _id: id, expiresAt: { $gt: now } });
    },

    /** What has changed of these, for those who wait for it. */
    async versions(ids: readonly string[]): Promise<{ _id: string; version: number }[]> {
      return collection.find({ _id: { $in: [...ids] } }, { projection: { version: 1 } }).toArray();
    },

    async ofMember(accountId: string): Promise<PartyDocument | null> {
      return collection.findOne({ "members.accountId": accountId });
    },

    /** @returns whether it was written; `taken` when a new member is in another party */
    async replace(party: PartyDocument, version: number): Promise<boolean | "taken"> {
      const { _id, ...$set } = party;
      const written = collection.updateOne({ _id, version }, { $set }).then((result) => result.matchedCount === 1);
      return written.catch((error: unknown) => {
        if (isTaken(error)) return "taken" as const;
        throw error;
      });
    },

    async remove(id: string, version: number): Promise<boolean> {
      return (await collection.deleteOne({ _id: id, version })).deletedCount === 1;
    },
  };
}
