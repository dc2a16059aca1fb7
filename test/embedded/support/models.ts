import { type Connection, Schema } from "mongoose";

/** The models of the conformance suite, bound to one connection. */
export function defineModels(connection: Connection) {
  const userSchema = new Schema(
    {
      name: String,
      email: { type: String, unique: true },
      age: Number,
      tags: [String],
      friend: Schema.Types.ObjectId,
      at: Date,
      bytes: Buffer,
      big: BigInt,
      price: Schema.Types.Decimal128,
      scores: { type: Map, of: Number },
      device: Schema.Types.UUID,
      profile: { level: Number, seen: Date },
      items: [{ sku: String, qty: Number }],
      anything: {},
    },
    { timestamps: true, optimisticConcurrency: true },
  );
  userSchema.index({ age: 1, name: -1 });
  userSchema.index({ tags: 1 });
  const accountSchema = new Schema({ _id: String, balance: Number, version: Number, log: [Object], seen: Date });
  const seatSchema = new Schema({ owner: String, state: String });
  seatSchema.index({ owner: 1 }, { unique: true, partialFilterExpression: { state: "active" } });
  seatSchema.index({ state: 1 }, { sparse: true });
  const tokenSchema = new Schema({ token: String, expiresAt: { type: Date, expires: 0 } });
  return {
    User: connection.model("User", userSchema),
    Account: connection.model("Account", accountSchema),
    Seat: connection.model("Seat", seatSchema),
    Token: connection.model("Token", tokenSchema),
  };
}

export type Models = ReturnType<typeof defineModels>;
