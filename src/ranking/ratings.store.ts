import { type Connection, type mongo, Schema } from "mongoose";
import type { RatingFigures } from "./ranking-types.rules.ts";
import { putVersioned } from "./versioned.store.ts";

/** An account's rating in one season of a ladder. Made from its matches, and can be made again. */
export interface RatingDoc extends RatingFigures {
  readonly _id: string;
  readonly ladder: string;
  readonly season: number;
  readonly accountId: string;
  /** The place of the last match that is in it. */
  readonly n: number;
  /** When that match ended. */
  readonly at: Date;
  /** One higher with every change. */
  readonly v: number;
}

const number = { type: Number, required: true };
const schema = new Schema<RatingDoc>(
  {
    _id: { type: String, required: true },
    ladder: { type: String, required: true },
    season: number,
    accountId: { type: String, required: true },
    ...{ mu: number, sigma: number, games: number, wins: number, draws: number, losses: number, abandoned: number },
    ...{ n: number, v: number, at: { type: Date, required: true } },
  },
  { collection: "ratings", versionKey: false },
);
schema.index({ accountId: 1, ladder: 1, season: -1 });

const MAJORITY = { writeConcern: { w: "majority", j: true } } as const;

export type RatingStore = ReturnType<typeof ratingStore>;

export function ratingId(ladder: string, season: number, accountId: string): string {
  return `${ladder}|${season}|${accountId}`;
}

export function ratingStore(connection: Connection) {
  const model = connection.model<RatingDoc>("Rating", schema);
  const collection = model.collection as unknown as mongo.Collection<RatingDoc>;

  return {
    async find(ladder: string, season: number, accountId: string): Promise<RatingDoc | null> {
      return collection.findOne({ _id: ratingId(ladder, season, accountId) });
    },

    /** Of each of these accounts the rating of its newest season not after `season`; who has none is not among them. */
    async newestOf(ladder: string, season: number, accountIds: readonly string[]): Promise<Map<string, RatingDoc>> {
      const query = { accountId: { $in: [...accountIds] }, ladder, season: { $lte: season } };
      const found = new Map<string, RatingDoc>();
      for await (const doc of collection.find(query)) {
        const other = found.get(doc.accountId);
        if (other === undefined || other.season < doc.season) found.set(doc.accountId, doc);
      }
      return found;
    },

    /** All of an account's, of every ladder and season. */
    async ofAccount(accountId: string, limit: number): Promise<RatingDoc[]> {
      return collection.find({ accountId }).sort({ ladder: 1, season: -1 }).limit(limit).toArray();
    },

    /** Takes the place of what was read at version `doc.v`, 0 for nothing; false when it has changed since. */
    put: (doc: RatingDoc) => putVersioned(collection, doc),

    /** There was no such match after all. */
    async remove({ _id, v }: Pick<RatingDoc, "_id" | "v">): Promise<boolean> {
      return (await collection.deleteOne({ _id, v }, MAJORITY)).deletedCount === 1;
    },

    /** Under another name everything goes on as it was: opponents' ratings came from it. */
    async forget(accountId: string, pseudonym: string): Promise<void> {
      for (const doc of await collection.find({ accountId }).toArray()) {
        const _id = ratingId(doc.ladder, doc.season, pseudonym);
        const { _id: former, ...figures } = doc;
        await collection.replaceOne({ _id }, { ...figures, accountId: pseudonym }, { upsert: true, ...MAJORITY });
        await collection.deleteOne({ _id: former }, MAJORITY);
      }
    },
  };
}
