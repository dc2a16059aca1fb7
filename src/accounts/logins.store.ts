import { type Connection, Schema } from "mongoose";
import { unlessTaken } from "../infra/mongo.ts";

/** A name, an address or a foreign identity by which one account signs in; see names.rules.ts for the ids. */
interface LoginDoc {
  readonly _id: string;
  readonly accountId: string;
  readonly createdAt: Date;
}

const schema = new Schema<LoginDoc>(
  {
    _id: { type: String, required: true },
    accountId: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: "logins", versionKey: false },
);
schema.index({ accountId: 1 });

/**
 * Who signs in as what. A collection of its own, because the unique `_id` holds where guests have no name at all: a
 * unique index over accounts would need to be sparse, which not every database offers.
 */
export type LoginStore = ReturnType<typeof loginStore>;

export function loginStore(connection: Connection) {
  const model = connection.model<LoginDoc>("Login", schema);

  return {
    /** True when the login is the account's now, false when it is somebody's. */
    claim: (id: string, accountId: string, createdAt: Date) =>
      unlessTaken(model.create({ _id: id, accountId, createdAt })),

    async find(id: string): Promise<LoginDoc | null> {
      return model.findById(id).lean<LoginDoc>();
    },

    async release(id: string, accountId: string): Promise<void> {
      await model.deleteOne({ _id: id, accountId });
    },

    async releaseAll(accountId: string): Promise<void> {
      await model.deleteMany({ accountId });
    },
  };
}
