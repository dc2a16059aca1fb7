import { type Connection, type mongo, Schema } from "mongoose";
import { unlessTaken } from "../infra/mongo.ts";

export type SeasonState = "open" | "closing" | "archived";

/** One season of a ladder, or of a board that services feed. */
export interface SeasonDoc {
  readonly _id: string;
  /** The ladder's id, or the board's. */
  readonly scope: string;
  /** From 1. */
  readonly n: number;
  readonly startedAt: Date;
  /** Null: never. */
  readonly endsAt: Date | null;
  readonly closedAt: Date | null;
  readonly state: SeasonState;
}

const schema = new Schema<SeasonDoc>(
  {
    _id: { type: String, required: true },
    scope: { type: String, required: true },
    n: { type: Number, required: true },
    startedAt: { type: Date, required: true },
    endsAt: { type: Date, default: null },
    closedAt: { type: Date, default: null },
    state: { type: String, required: true },
  },
  { collection: "seasons", versionKey: false },
);
schema.index({ scope: 1, n: -1 });
schema.index({ state: 1 });

export type SeasonStore = ReturnType<typeof seasonStore>;

export function seasonStore(connection: Connection) {
  const model = connection.model<SeasonDoc>("Season", schema);
  const collection = model.collection as unknown as mongo.Collection<SeasonDoc>;

  return {
    async newest(scope: string): Promise<SeasonDoc | null> {
      return collection.find({ scope }).sort({ n: -1 }).limit(1).next();
    },

    async find(scope: string, n: number): Promise<SeasonDoc | null> {
      return collection.findOne({ _id: seasonId(scope, n) });
    },

    /** Begins a season, unless it has begun. */
    async open(scope: string, n: number, startedAt: Date, endsAt: Date | null): Promise<void> {
      const season = { _id: seasonId(scope, n), scope, n, startedAt, endsAt, closedAt: null, state: "open" as const };
      await unlessTaken(collection.insertOne(season));
    },

    /** True for whoever closed it. */
    async close(id: string, closedAt: Date): Promise<boolean> {
      const next = { $set: { state: "closing" as const, closedAt } };
      return (await collection.updateOne({ _id: id, state: "open" }, next)).matchedCount === 1;
    },

    async closing(limit: number): Promise<SeasonDoc[]> {
      return collection.find({ state: "closing" }).limit(limit).toArray();
    },

    /** True for whoever archived it. */
    async archive(id: string): Promise<boolean> {
      const next = { $set: { state: "archived" as const } };
      return (await collection.updateOne({ _id: id, state: "closing" }, next)).matchedCount === 1;
    },
  };
}

function seasonId(scope: string, n: number): string {
  return `${scope}|${n}`;
}
