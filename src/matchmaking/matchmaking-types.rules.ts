import type { Command } from "../journal/game.ts";

/** A limit that a ticket carries and that opens with its waiting: `start` at first, `perSecond` more, never over `max`. */
export interface RatingWindow {
  /** Rating points (a beginner has 25, with an uncertainty of 8.333). */
  readonly start: number;
  readonly perSecond: number;
  readonly max: number;
}

export interface LatencyWindow {
  /** Milliseconds to the region. */
  readonly startMs: number;
  readonly perSecond: number;
  readonly maxMs: number;
}

/** A queue, as data. What it says is checked at start by `readQueues`. */
export interface QueueRules {
  readonly id: string;
  /** The type of the sessions that it makes. */
  readonly type: string;
  readonly mode: string;
  /** What the first seat does before anybody looks, such as choosing what is played. */
  readonly opening?: readonly Command[] | undefined;
  readonly gameId?: string | undefined;
  /** The most teams of a match; exactly so many unless `partial` allows fewer. */
  readonly teams: number;
  readonly teamSize: number;
  /** Begin with fewer than `teams * teamSize` players, but at least these; only for teams of one, or for one team. */
  readonly minPlayers?: number | undefined;
  /** How long the oldest ticket waits for a full match before `minPlayers` are enough. */
  readonly partialAfterSeconds?: number | undefined;
  readonly rating: RatingWindow;
  readonly latency: LatencyWindow;
  readonly regions: "any" | readonly string[];
  readonly party: { readonly maxSize: number; readonly mayBeSplit: false };
  /** How many of a team may play a role. Who asks for no role plays any. */
  readonly roles?: Readonly<Record<string, number>> | undefined;
  readonly acceptance: { readonly seconds: number } | null;
  readonly backfill: boolean;
  readonly timeoutSeconds: number;
}

export interface CandidatePlayer {
  readonly accountId: string;
  /** Integer of 1e-6 rating points, read by the server. */
  readonly rating: number;
  /** The rating's uncertainty, likewise. */
  readonly sigma: number;
  readonly role?: string | undefined;
}

/** A ticket, as the matcher sees it: one player, or a party that stays together. */
export interface Candidate {
  /** The ticket's id. */
  readonly id: string;
  readonly partyId?: string | undefined;
  readonly players: readonly CandidatePlayer[];
  /** Milliseconds to each region that was measured. Empty: nothing is known, so every region will do. */
  readonly latencies: Readonly<Record<string, number>>;
  /** Milliseconds of the clock that `now` of a pass is read from. A requeued ticket keeps it. */
  readonly since: number;
}

export interface Match {
  readonly queue: string;
  /** Ticket ids, team by team. */
  readonly teams: readonly (readonly string[])[];
  readonly region: string;
  /** Probability of a draw by openskill, 0 to 1, in steps of 1e-6: how even the match is. */
  readonly quality: number;
  /** Per team, likewise; they add up to 1 but for rounding. */
  readonly winProbability: readonly number[];
  readonly at: number;
}

/** A room that plays and has seats free. Its own `since` opens its rating window, as a ticket's does. */
export interface OpenRoom {
  readonly sessionId: string;
  readonly region: string;
  /** Who sits there now, team by team; an empty team counts as one. At most `teams` of at most `teamSize`. */
  readonly teams: readonly (readonly CandidatePlayer[])[];
  readonly since: number;
}

export interface Backfill {
  readonly queue: string;
  readonly sessionId: string;
  /** The tickets that join, by the room's teams. */
  readonly teams: readonly (readonly string[])[];
  readonly region: string;
  readonly at: number;
}

/** What one pass over a queue decided. Tickets it names have left the pool; who is to wait on is put in again. */
export interface Decision {
  readonly queue: string;
  readonly at: number;
  readonly matches: readonly Match[];
  readonly backfills: readonly Backfill[];
  /** Tickets whose `timeoutSeconds` have passed. */
  readonly timedOut: readonly string[];
  /** The pass ended at its bound of matches: another one finds more. */
  readonly more: boolean;
  /** Tickets that wait on. */
  readonly waiting: number;
  /** Median wait of those matched last; null before the first match. */
  readonly estimatedWaitSeconds: number | null;
}

export type Blocked = "rating" | "their_rating" | "latency" | "size" | "role";

export interface Nearby {
  /** Rating points apart. */
  readonly distance: number;
  readonly waitedSeconds: number;
  readonly players: number;
  /** Why these two cannot play together now; null when they could. */
  readonly blocked: Blocked | null;
  /** When the windows of both will have opened for each other, if both go on waiting; null: never. */
  readonly openInSeconds: number | null;
}

/** Why a ticket waits. Names nobody. */
export interface Explanation {
  readonly queue: string;
  readonly waitedSeconds: number;
  readonly timeoutInSeconds: number;
  readonly pool: { readonly tickets: number; readonly players: number; readonly playersNeeded: number };
  readonly window: { readonly rating: number; readonly latencyMs: number };
  /** A second from now; null when both windows are as wide as they get. */
  readonly nextWidening: { readonly inSeconds: number; readonly rating: number; readonly latencyMs: number } | null;
  /** Regions within the latency window. */
  readonly regions: readonly string[];
  /** Nearest by rating first. */
  readonly nearest: readonly Nearby[];
  readonly sentence: string;
}
