import { type Connection, Schema } from "mongoose";
import type { DeviceKind } from "./names.rules.ts";

/** One sign-in on one device: the refresh tokens that follow from each other. Its id is the device's id in the API. */
export interface FamilyDoc {
  readonly _id: string;
  /** Null once the account was erased: the rest is kept as long as access tokens of it may be about. */
  readonly accountId: string | null;
  /** The client's own label. */
  readonly deviceId: string | null;
  readonly device: DeviceKind | null;
  /** Goes into every refresh token of the family, with a key that is not in the database. */
  readonly salt: string;
  /** Of the newest refresh token. */
  readonly generation: number;
  readonly rotatedAt: Date;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  /** Revoked because the same device signed in again: what it is doing goes on. */
  readonly replaced: boolean;
}

export type Revocation = Pick<FamilyDoc, "_id" | "accountId" | "deviceId" | "revokedAt" | "replaced">;

const schema = new Schema<FamilyDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: String, default: null },
    deviceId: { type: String, default: null },
    device: { type: String, default: null },
    salt: { type: String, required: true },
    generation: { type: Number, required: true },
    rotatedAt: { type: Date, required: true },
    createdAt: { type: Date, required: true },
    expiresAt: { type: Date, required: true },
    revokedAt: { type: Date, default: null },
    replaced: { type: Boolean, default: false },
  },
  { collection: "tokenFamilies", versionKey: false },
);
// Ids are UUIDv7, so descending ids are newest first.
schema.index({ accountId: 1, _id: -1 });
schema.index({ revokedAt: 1 });
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export type FamilyStore = ReturnType<typeof familyStore>;

export function familyStore(connection: Connection) {
  const model = connection.model<FamilyDoc>("TokenFamily", schema);

  return {
    async insert(family: FamilyDoc): Promise<void> {
      await model.create(family);
    },

    async find(id: string): Promise<FamilyDoc | null> {
      return model.findById(id).lean<FamilyDoc>();
    },

    /** From one generation to the next; null when somebody was quicker, or the family is over. */
    async rotate(id: string, generation: number, now: Date, expiresAt: Date): Promise<FamilyDoc | null> {
      return model
        .findOneAndUpdate(
          { _id: id, generation, revokedAt: null },
          { $set: { generation: generation + 1, rotatedAt: now, expiresAt } },
          { returnDocument: "after" },
        )
        .lean<FamilyDoc>();
    },

    /** The live families of an account, newest first. */
    async ofAccount(accountId: string, now: Date, limit: number): Promise<FamilyDoc[]> {
      return model
        .find({ accountId, revokedAt: null, expiresAt: { $gt: now } })
        .sort({ _id: -1 })
        .limit(limit)
        .lean<FamilyDoc[]>();
    },

    /** Ends a family; it is kept until its last access token has expired. */
    async revoke(id: string, now: Date, keepUntil: Date, replaced: boolean): Promise<void> {
      const over = { revokedAt: now, expiresAt: keepUntil, replaced };
      await model.updateOne({ _id: id, revokedAt: null }, { $set: over });
    },

    /** Takes everything personal out of the account's families, which must be revoked before. */
    async anonymise(accountId: string): Promise<void> {
      const nothing = { accountId: null, deviceId: null, device: null };
      await model.updateMany({ accountId }, { $set: nothing });
    },

    revokedSince(since: Date): AsyncIterable<Revocation> {
      return model
        .find({ revokedAt: { $gte: since } }, { accountId: 1, deviceId: 1, revokedAt: 1, replaced: 1 })
        .lean<Revocation>()
        .cursor() as AsyncIterable<Revocation>;
    },
  };
}
