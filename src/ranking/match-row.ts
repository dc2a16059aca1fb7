import type { RatedContestant } from "./ranking-types.rules.ts";

export type MatchState = "pending" | "applied" | "reversing" | "reversed";

/** A match that counted, with everything needed to rate it again. */
export interface MatchRow {
  /** The session's id: it is rated once. */
  readonly _id: string;
  readonly ladder: string;
  readonly season: number;
  /** Place in the ladder's order, from 1, without gaps: in this order matches are rated, and rated again. */
  readonly n: number;
  readonly gameId: string;
  readonly mode: string;
  readonly region: string;
  readonly rules: { readonly game: string; readonly version: number };
  /** Which arithmetic rated it. */
  readonly model: string;
  readonly reason: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly players: readonly RatedContestant[];
  readonly state: MatchState;
  /** One higher with every change. */
  readonly v: number;
  readonly reversal: Reversal | null;
}

export interface Reversal {
  readonly by: string;
  readonly reason: string;
  readonly at: Date;
  /** Matches that came after it: how many were looked at, of how many. */
  readonly done: number;
  readonly total: number;
}
