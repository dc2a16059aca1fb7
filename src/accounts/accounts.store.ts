import { type Connection, Schema } from "mongoose";

/** A player's account as it is kept. */
export interface AccountDoc {
  readonly _id: string;
  readonly kind: "guest" | "full";
  readonly name: string;
  readonly state: "active";
  readonly createdAt: Date;
}

export interface AccountStore {
  insert(account: AccountDoc): Promise<void>;
  find(id: string): Promise<AccountDoc | null>;
  /** The ids and names of those that exist. */
  names(ids: readonly string[]): Promise<Pick<AccountDoc, "_id" | "name">[]>;
}

const schema = new Schema<AccountDoc>(
  {
    _id: { type: String, required: true },
    kind: { type: String, enum: ["guest", "full"], required: true },
    name: { type: String, required: true },
    state: { type: String, enum: ["active"], required: true },
    createdAt: { type: Date, required: true },
  },
  { collection: "accounts", versionKey: false },
);

export function accountStore(connection: Connection): AccountStore {
  const model = connection.model<AccountDoc>("Account", schema);

  return {
    async insert(account) {
      await model.create(account);
    },

    async find(id) {
      return model.findById(id).lean<AccountDoc>();
    },

    async names(ids) {
      return model.find({ _id: { $in: [...ids] } }, { name: 1 }).lean<Pick<AccountDoc, "_id" | "name">[]>();
    },
  };
}
