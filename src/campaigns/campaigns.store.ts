import { type Connection, type mongo, Schema } from "mongoose";

/** Sessions that belong together, such as the evenings of one adventure; they name it by `campaignId`. */
export interface CampaignDocument {
  readonly _id: string;
  readonly name: string;
  readonly ownerId: string;
  /** Accounts; the owner is one of them. */
  readonly members: readonly string[];
  readonly createdAt: Date;
}

const schema = new Schema<CampaignDocument>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    ownerId: { type: String, required: true },
    members: { type: [String], required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: "campaigns", versionKey: false },
);
// Ids are UUIDv7: descending ids are newest first, and the id is the cursor.
schema.index({ members: 1, _id: -1 });
schema.index({ ownerId: 1 });

export interface CampaignStore {
  insert(campaign: CampaignDocument): Promise<void>;
  find(id: string): Promise<CampaignDocument | null>;
  /** Newest first, after `cursor` (an id). */
  listOf(accountId: string, limit: number, cursor?: string): Promise<CampaignDocument[]>;
  /** How many are the account's own. */
  countOwn(ownerId: string, atMost: number): Promise<number>;
  /** Takes a person out of every campaign; what others share stays. */
  forget(accountId: string, pseudonym: string): Promise<void>;
}

export function campaignStore(connection: Connection): CampaignStore {
  const model = connection.model<CampaignDocument>("Campaign", schema);
  const collection = model.collection as unknown as mongo.Collection<CampaignDocument>;

  return {
    async insert(campaign) {
      await collection.insertOne(campaign);
    },

    async find(id) {
      return model.findById(id).lean<CampaignDocument>();
    },

    async listOf(accountId, limit, cursor) {
      const query = { members: accountId, ...(cursor === undefined ? {} : { _id: { $lt: cursor } }) };
      return model.find(query).sort({ _id: -1 }).limit(limit).lean<CampaignDocument[]>();
    },

    async countOwn(ownerId, atMost) {
      return (await model.find({ ownerId }, { _id: 1 }).limit(atMost).lean()).length;
    },

    async forget(accountId, pseudonym) {
      await collection.deleteMany({ members: accountId, "members.1": { $exists: false } });
      await collection.updateMany({ members: accountId, ownerId: accountId }, { $set: { ownerId: pseudonym } });
      await collection.updateMany({ members: accountId }, { $pull: { members: accountId } as never });
    },
  };
}
