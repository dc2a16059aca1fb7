import { type Connection, Schema } from "mongoose";
import { isTaken } from "./mongo.ts";

interface LeaseDoc {
  _id: string;
  /** The name of the incarnation that has it, or null. */
  holder: string | null;
  /** One higher with every new holder. */
  term: number;
}

const schema = new Schema<LeaseDoc>(
  {
    _id: { type: String, required: true },
    holder: { type: String, default: null },
    term: { type: Number, required: true },
  },
  { collection: "leases", versionKey: false },
);

export interface LeaseRow {
  readonly holder: string | null;
  readonly term: number;
}

/** Duties of which a cluster has one holder each. */
export interface LeaseStore {
  /** Null before anybody ever held it. */
  find(name: string): Promise<LeaseRow | null>;
  /** Moves it from the holder at `term` to `holder` at the next; true for exactly one of those who try. */
  take(name: string, term: number, holder: string): Promise<boolean>;
  /** Gives it up, if `holder` still has it. */
  release(name: string, holder: string): Promise<void>;
}

export function leaseStore(connection: Connection): LeaseStore {
  const model = connection.model<LeaseDoc>("Lease", schema);
  return {
    async find(name) {
      return model.findById(name, { _id: 0, holder: 1, term: 1 }).lean<LeaseRow>();
    },

    async take(name, term, holder) {
      const next = { $set: { holder, term: term + 1 } };
      try {
        const { matchedCount, upsertedCount } = await model.updateOne({ _id: name, term }, next, {
          upsert: term === 0,
        });
        return matchedCount + upsertedCount === 1;
      } catch (error) {
        // Two who try to be the first holder: the other one is.
        if (isTaken(error)) return false;
        throw error;
      }
    },

    async release(name, holder) {
      await model.updateOne({ _id: name, holder }, { $set: { holder: null } });
    },
  };
}
