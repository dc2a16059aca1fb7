import { z } from "zod";

/** A rating as it is kept: integers of 1e-6 rating points, so that the same matches always give the same numbers. */
export interface Skill {
  readonly mu: number;
  readonly sigma: number;
}

/** What somebody is rated at before the first match, in 1e-6 rating points: 25 +- 25/3. */
export const BEGINNER: Skill = { mu: 25_000_000, sigma: 8_333_333 };

const Schedule = z.string().max(100).nullable();

export const LadderShape = z.strictObject({
  id: z.string().regex(/^[a-z0-9:-]{1,64}$/),
  /** Whose rules decided: the type of the session. A client may call its session's `gameId` what it likes. */
  type: z.string(),
  gameId: z.string(),
  mode: z.string(),
  /** `matched`: only sessions that the matchmaker placed; `any`: friends who meet on purpose count, too. */
  counts: z.enum(["any", "matched"]),
  /** Cron, in UTC: when a season ends and the next begins; null: one season for ever. */
  schedule: Schedule,
  /** Of the distance to a beginner's rating, this part is kept into the next season, in 1e-6. */
  kept: z.int().min(0).max(1_000_000),
  /** A new season is begun with at least this uncertainty, in 1e-6 rating points. */
  doubt: z.int().min(0),
});
/** Ratings of one game and mode, as data. */
export type Ladder = z.infer<typeof LadderShape>;

export const BoardShape = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,64}$/),
  title: z.string().min(1).max(80),
  /** A service whose key is good for one game only submits to the boards of that game. */
  gameId: z.string().nullable(),
  sort: z.enum(["asc", "desc"]),
  operator: z.enum(["best", "set", "incr", "decr"]),
  feed: z.discriminatedUnion("from", [
    /** Fed by every rated match of the ladder; its seasons are the ladder's. */
    z.strictObject({ from: z.literal("matches"), ladder: z.string(), metric: z.enum(["rating", "wins", "score"]) }),
    /** Fed by services of the studio, by the API. */
    z.strictObject({ from: z.literal("service"), schedule: Schedule }),
  ]),
});
/** A leaderboard, as data. */
export type Board = z.infer<typeof BoardShape>;

export interface RankingRules {
  readonly ladders: readonly Ladder[];
  readonly boards: readonly Board[];
}

/** One who played a match. */
export interface Contestant {
  readonly accountId: string;
  readonly seat: number;
  /** Who has the same number played together. */
  readonly side: number;
  /** Of the side: 0 is first, equal ranks are a draw. */
  readonly rank: number;
  readonly score: number | null;
  /** Left a match that went on, and is ranked below all who stayed. */
  readonly abandoned: boolean;
}

export interface RatedContestant extends Contestant {
  readonly before: Skill;
  readonly after: Skill;
}

/** What somebody's matches of a season have come to. */
export interface RatingFigures extends Skill {
  readonly games: number;
  readonly wins: number;
  readonly draws: number;
  readonly losses: number;
  readonly abandoned: number;
}

/** What somebody has on a board. */
export interface Standing {
  readonly score: number;
  /** When the score was reached first, in ms since the epoch. */
  readonly at: number;
  /** Submissions that were counted. */
  readonly count: number;
}

export interface Submission {
  readonly score: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}
