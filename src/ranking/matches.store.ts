import { type Connection, type mongo, Schema } from "mongoose";
import { unlessTaken } from "../infra/mongo.ts";
import type { MatchRow, MatchState, Reversal } from "./match-row.ts";

const skill = { type: { mu: Number, sigma: Number }, _id: false, required: true };

const schema = new Schema<MatchRow>(
  {
    _id: { type: String, required: true },
    ladder: { type: String, required: true },
    season: { type: Number, required: true },
    n: { type: Number, required: true },
    gameId: { type: String, required: true },
    mode: { type: String, required: true },
    region: { type: String, required: true },
    rules: { type: { game: String, version: Number }, _id: false, required: true },
    model: { type: String, required: true },
    reason: { type: String, default: "" },
    startedAt: { type: Date, required: true },
    endedAt: { type: Date, required: true },
    players: {
      type: [
        {
          accountId: { type: String, required: true },
          seat: { type: Number, required: true },
          side: { type: Number, required: true },
          rank: { type: Number, required: true },
          score: { type: Number, default: null },
          abandoned: { type: Boolean, required: true },
          before: skill,
          after: skill,
          _id: false,
        },
      ],
      required: true,
    },
    state: { type: String, required: true },
    v: { type: Number, required: true },
    reversal: { type: Schema.Types.Mixed, default: null },
  },
  { collection: "matches", versionKey: false },
);
// Unique: of two who would both rate a ladder's next match, one finds the place taken.
schema.index({ ladder: 1, n: 1 }, { unique: true });
schema.index({ "players.accountId": 1, ladder: 1, n: 1 });
// Ids of sessions are UUIDv7, so descending ids are newest first.
schema.index({ "players.accountId": 1, _id: -1 });
schema.index({ state: 1, ladder: 1, n: 1 });

const MAJORITY = { writeConcern: { w: "majority", j: true } } as const;

export type MatchStore = ReturnType<typeof matchStore>;

/** Matches that counted. They are never deleted: ratings and boards can be made again from them. */
export function matchStore(connection: Connection) {
  const model = connection.model<MatchRow>("Match", schema);
  const collection = model.collection as unknown as mongo.Collection<MatchRow>;

  return {
    /** False when the match is kept already, or another one has its place. */
    insert: (row: MatchRow) => unlessTaken(collection.insertOne(row, MAJORITY)),

    async find(id: string): Promise<MatchRow | null> {
      return collection.findOne({ _id: id });
    },

    /** The place of the ladder's last match; 0 before the first. */
    async lastPlace(ladder: string): Promise<number> {
      const last = await collection
        .find({ ladder }, { projection: { n: 1 } })
        .sort({ n: -1 })
        .limit(1)
        .next();
      return last?.n ?? 0;
    },

    /** In the ladder's order, after place `n`. */
    async after(ladder: string, n: number, limit: number): Promise<MatchRow[]> {
      return collection
        .find({ ladder, n: { $gt: n } })
        .sort({ n: 1 })
        .limit(limit)
        .toArray();
    },

    /** An account's matches of one season of a ladder in its order, after place `n`. */
    async ofAccount(accountId: string, ladder: string, season: number, n: number, limit: number): Promise<MatchRow[]> {
      const query = { "players.accountId": accountId, ladder, season, n: { $gt: n } };
      return collection.find(query).sort({ n: 1 }).limit(limit).toArray();
    },

    /** An account's last matches of a ladder, newest first. */
    async lastOf(accountId: string, ladder: string, limit: number): Promise<MatchRow[]> {
      return collection.find({ "players.accountId": accountId, ladder }).sort({ n: -1 }).limit(limit).toArray();
    },

    /** An account's matches of all ladders, newest first, after `cursor` (an id). */
    async history(accountId: string, limit: number, cursor?: string): Promise<MatchRow[]> {
      const query = { "players.accountId": accountId, ...(cursor === undefined ? {} : { _id: { $lt: cursor } }) };
      return collection.find(query).sort({ _id: -1 }).limit(limit).toArray();
    },

    /** Matches in a state, in the order of their ladders. */
    async inState(state: MatchState, limit: number): Promise<MatchRow[]> {
      return collection.find({ state }).sort({ ladder: 1, n: 1 }).limit(limit).toArray();
    },

    /** Takes the place of the row as it was read; false when somebody has changed it since. */
    async replace(row: MatchRow): Promise<boolean> {
      const { _id, v, ...rest } = row;
      const { matchedCount } = await collection.replaceOne({ _id, v }, { ...rest, v: v + 1 }, MAJORITY);
      return matchedCount === 1;
    },

    /** Moves a row on, if it is in the state `from`. */
    async move(id: string, from: MatchState, to: MatchState): Promise<boolean> {
      const next = { $set: { state: to }, $inc: { v: 1 } };
      return (await collection.updateOne({ _id: id, state: from }, next, MAJORITY)).matchedCount === 1;
    },

    /** Marks an applied match for reversal; false when it is not (any more) applied. */
    async condemn(id: string, reversal: Reversal): Promise<boolean> {
      const next = { $set: { state: "reversing" as const, reversal }, $inc: { v: 1 } };
      return (await collection.updateOne({ _id: id, state: "applied" }, next, MAJORITY)).matchedCount === 1;
    },

    async progress(id: string, done: number, total: number): Promise<void> {
      const next = { $set: { "reversal.done": done, "reversal.total": total }, $inc: { v: 1 } };
      await collection.updateOne({ _id: id, state: "reversing" }, next);
    },

    async forget(accountId: string, pseudonym: string): Promise<void> {
      // An account plays once in a match, so the positional operator meets them all.
      const renamed = { $set: { "players.$.accountId": pseudonym }, $inc: { v: 1 } };
      await collection.updateMany({ "players.accountId": accountId }, renamed, MAJORITY);
    },
  };
}
