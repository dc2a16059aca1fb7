import { type Connection, Schema } from "mongoose";

interface ProcessDoc {
  _id: string;
  region: string;
  addresses: { public: string | null; internal: string | null };
  /** One higher with every start under the same id. */
  epoch: number;
  state: "alive" | "dead";
  /** How often the process has said that it lives; observers watch it change and never compare clocks. */
  beat: number;
  startedAt: Date;
}

const schema = new Schema<ProcessDoc>(
  {
    _id: { type: String, required: true },
    region: { type: String, required: true },
    addresses: { public: { type: String, default: null }, internal: { type: String, default: null } },
    epoch: { type: Number, required: true },
    state: { type: String, enum: ["alive", "dead"], required: true },
    beat: { type: Number, required: true },
    startedAt: { type: Date, required: true },
  },
  { collection: "processes", versionKey: false },
).index({ state: 1, region: 1 });

interface ProcessIdentity {
  readonly id: string;
  readonly region: string;
  readonly addresses: { readonly public: string | null; readonly internal: string | null };
  readonly startedAt: Date;
}

/** Which server processes there are. */
export interface ProcessStore {
  /** Enters a process as alive and answers its epoch, from 1. */
  register(identity: ProcessIdentity): Promise<number>;
  /** Counts one heartbeat; false when this incarnation has been declared dead or replaced. */
  beat(id: string, epoch: number): Promise<boolean>;
  /** Declares an incarnation dead, by itself when it stops or by a survivor; true for exactly one caller. */
  declareDead(id: string, epoch: number): Promise<boolean>;
}

export function processStore(connection: Connection): ProcessStore {
  const model = connection.model<ProcessDoc>("Process", schema);
  return {
    async register(identity) {
      const { id, region, addresses, startedAt } = identity;
      const row = await model
        .findOneAndUpdate(
          { _id: id },
          { $set: { region, addresses, startedAt, state: "alive", beat: 0 }, $inc: { epoch: 1 } },
          { upsert: true, returnDocument: "after" },
        )
        .lean();
      return row.epoch;
    },

    async beat(id, epoch) {
      const { matchedCount } = await model.updateOne({ _id: id, epoch, state: "alive" }, { $inc: { beat: 1 } });
      return matchedCount === 1;
    },

    async declareDead(id, epoch) {
      const { matchedCount } = await model.updateOne({ _id: id, epoch, state: "alive" }, { $set: { state: "dead" } });
      return matchedCount === 1;
    },
  };
}
