import { type Connection, Schema } from "mongoose";

/** How much a process has to do. */
export interface Load {
  readonly rooms: number;
  readonly clients: number;
  readonly sessions: number;
}

interface ProcessDoc {
  _id: string;
  region: string;
  /** The machine, as it calls itself: a loopback address means something to processes of the same one only. */
  host: string;
  addresses: { public: string | null; internal: string | null };
  /** What Colyseus's matchmaker calls this process. */
  matchmakerId: string | null;
  /** One higher with every start under the same id. */
  epoch: number;
  state: "alive" | "dead";
  /** It is about to stop: whoever looks for a process to give something to passes it over. */
  draining: boolean;
  /** How often the process has said that it lives; observers watch it change and never compare clocks. */
  beat: number;
  load: Load;
  startedAt: Date;
  diedAt: Date | null;
}

/** How long the dead are remembered, in seconds: for operators alone, since who is not listed is dead as well. */
const DEAD_KEPT_S = 24 * 3600;
/** More processes than a cluster has. */
const ALIVE_MAX = 1000;
const IDLE: Load = { rooms: 0, clients: 0, sessions: 0 };

const schema = new Schema<ProcessDoc>(
  {
    _id: { type: String, required: true },
    region: { type: String, required: true },
    host: { type: String, default: "" },
    addresses: { public: { type: String, default: null }, internal: { type: String, default: null } },
    matchmakerId: { type: String, default: null },
    epoch: { type: Number, required: true },
    state: { type: String, enum: ["alive", "dead"], required: true },
    draining: { type: Boolean, default: false },
    beat: { type: Number, required: true },
    load: { rooms: { type: Number }, clients: { type: Number }, sessions: { type: Number } },
    startedAt: { type: Date, required: true },
    diedAt: { type: Date, default: null },
  },
  { collection: "processes", versionKey: false },
)
  .index({ state: 1, region: 1 })
  .index({ diedAt: 1 }, { expireAfterSeconds: DEAD_KEPT_S });

/** What a process says of itself when it enters. */
export interface ProcessIdentity {
  readonly id: string;
  readonly region: string;
  readonly host: string;
  readonly addresses: { readonly public: string | null; readonly internal: string | null };
  readonly matchmakerId: string | null;
  readonly startedAt: Date;
}

/** A process as the registry has it. */
export interface ProcessRow extends ProcessIdentity {
  readonly epoch: number;
  readonly state: "alive" | "dead";
  readonly draining: boolean;
  readonly beat: number;
  readonly load: Load;
}

/** Which server processes there are. */
export interface ProcessStore {
  /** Enters a process as alive and answers its epoch, from 1. */
  register(identity: ProcessIdentity): Promise<number>;
  /** Tells where an incarnation is to be found from now on; false when it has been declared dead. */
  publish(id: string, epoch: number, at: { internal: string; matchmakerId: string }): Promise<boolean>;
  /** Notes that an incarnation is about to stop. */
  drain(id: string, epoch: number): Promise<void>;
  /** Counts one heartbeat; false when this incarnation has been declared dead or replaced. */
  beat(id: string, epoch: number, load?: Load): Promise<boolean>;
  /**
   * Declares an incarnation dead, by itself when it stops or by a survivor; true for exactly one caller. With a `beat`,
   * only if it has not beaten since.
   */
  declareDead(id: string, epoch: number, beat?: number): Promise<boolean>;
  alive(): Promise<ProcessRow[]>;
  find(id: string): Promise<ProcessRow | null>;
}

export function processStore(connection: Connection): ProcessStore {
  const model = connection.model<ProcessDoc>("Process", schema);
  return {
    async register({ id, ...entered }) {
      const alive = { ...entered, state: "alive" as const, draining: false, beat: 0, load: IDLE, diedAt: null };
      const row = await model
        .findOneAndUpdate({ _id: id }, { $set: alive, $inc: { epoch: 1 } }, { upsert: true, returnDocument: "after" })
        .lean();
      return row.epoch;
    },

    async publish(id, epoch, { internal, matchmakerId }) {
      const $set = { "addresses.internal": internal, matchmakerId };
      const { matchedCount } = await model.updateOne({ _id: id, epoch, state: "alive" }, { $set });
      return matchedCount === 1;
    },

    async drain(id, epoch) {
      await model.updateOne({ _id: id, epoch, state: "alive" }, { $set: { draining: true } });
    },

    async beat(id, epoch, load) {
      const change = { $inc: { beat: 1 }, ...(load ? { $set: { load } } : {}) };
      const { matchedCount } = await model.updateOne({ _id: id, epoch, state: "alive" }, change);
      return matchedCount === 1;
    },

    async declareDead(id, epoch, beat) {
      const living = { _id: id, epoch, state: "alive" as const, ...(beat === undefined ? {} : { beat }) };
      const { matchedCount } = await model.updateOne(living, { $set: { state: "dead", diedAt: new Date() } });
      return matchedCount === 1;
    },

    async alive() {
      return (await model.find({ state: "alive" }).limit(ALIVE_MAX).lean<ProcessDoc[]>()).map(rowOf);
    },

    async find(id) {
      const found = await model.findById(id).lean<ProcessDoc>();
      return found && rowOf(found);
    },
  };
}

function rowOf({ _id: id, diedAt: _, ...rest }: ProcessDoc): ProcessRow {
  return { id, ...rest };
}
