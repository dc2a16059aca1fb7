import type { PersonalData } from "../accounts/personal-data.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { DepartureStore } from "./departures.store.ts";
import { carried, contestant, ordinal, outcomeOf } from "./figures.rules.ts";
import type { MatchRow } from "./match-row.ts";
import type { MatchStore } from "./matches.store.ts";
import type { RankingIndex } from "./ranking-index.ts";
import type { Ladder, RankingRules, Skill } from "./ranking-types.rules.ts";
import type { RatingDoc, RatingStore } from "./ratings.store.ts";
import type { RecordDoc, RecordStore } from "./records.store.ts";
import { listOf, type Records } from "./records.ts";
import type { Seasons } from "./seasons.ts";

/** With fewer matches than this a rating is a guess. */
const PROVISIONAL_BELOW = 10;
/** What is shown, and exported, of one account. */
const RATINGS_MAX = 1000;
const EXPORTED_MAX = 1000;
/** Of all boards and seasons. */
const RECORDS_MAX = 10_000;

/** A rating as everybody may see it; all ratings in 1e-6 points. */
export interface RatingView {
  readonly ladder: string;
  readonly gameId: string;
  readonly mode: string;
  readonly season: number;
  readonly mu: number;
  /** The uncertainty. */
  readonly sigma: number;
  /** What the rating is worth for sure: `mu - 3 sigma`. */
  readonly rating: number;
  readonly isProvisional: boolean;
  readonly games: number;
  readonly wins: number;
  readonly draws: number;
  readonly losses: number;
  readonly abandoned: number;
  /** The last matches, oldest first. */
  readonly history?: readonly RatingPoint[];
}

export interface RatingPoint {
  readonly matchId: string;
  readonly at: string;
  readonly mu: number;
  readonly sigma: number;
  readonly rating: number;
}

export interface MatchView {
  readonly id: string;
  readonly ladder: string;
  readonly gameId: string;
  readonly mode: string;
  readonly season: number;
  readonly region: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly reason: string;
  readonly players: readonly {
    readonly playerId: string;
    readonly name: string;
    readonly side: number;
    readonly rank: number;
    readonly outcome: "win" | "draw" | "loss";
    readonly score: number | null;
    readonly abandoned: boolean;
    readonly before: Skill;
    readonly after: Skill;
  }[];
  readonly reversal: { readonly status: "running" | "done"; readonly done: number; readonly total: number } | null;
}

export interface RankedPlayersParts {
  readonly rules: RankingRules;
  readonly matches: MatchStore;
  readonly ratings: RatingStore;
  readonly records: RecordStore;
  readonly departures: DepartureStore;
  readonly shown: Records;
  readonly index: RankingIndex;
  readonly clock: Clock;
  readonly seasons: Seasons;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** What players have played and what it has made of them. */
export class RankedPlayers {
  readonly #parts: RankedPlayersParts;

  constructor(parts: RankedPlayersParts) {
    this.#parts = parts;
  }

  /** What accounts are rated at now in a mode of a game; whoever is not in the answer has never been rated. */
  async ratingsOf(
    accountIds: readonly string[],
    game: string,
    mode: string,
  ): Promise<Map<string, { readonly rating: number; readonly sigma: number }>> {
    const { rules, ratings, seasons } = this.#parts;
    const found = new Map<string, { rating: number; sigma: number }>();
    const ladder = rules.ladders.find((one) => one.gameId === game && one.mode === mode);
    if (!ladder) return found;
    const { n: season } = await seasons.open(ladder.id);
    // In one query: most of a crowd have never played, and each of them alone would be a query that finds nothing.
    for (const [id, doc] of await ratings.newestOf(ladder.id, season, accountIds)) {
      const { mu, sigma } = carried(doc, doc.season, season, ladder);
      found.set(id, { rating: mu, sigma });
    }
    return found;
  }

  /** The ratings of a player in the seasons that are open, with the last `history` matches of each. */
  async ratings(accountId: string, history: number): Promise<RatingView[]> {
    await this.#refuseUnknown(accountId);
    const docs = await this.#parts.ratings.ofAccount(accountId, RATINGS_MAX);
    const newest = docs.filter((doc, at) => docs.findIndex(({ ladder }) => ladder === doc.ladder) === at);
    const views = newest.map(async (doc) => {
      const ladder = this.#parts.rules.ladders.find(({ id }) => id === doc.ladder);
      return ladder ? this.#view(doc, ladder, history) : undefined;
    });
    return (await Promise.all(views)).filter((view) => view !== undefined);
  }

  /** By ladder, for the public profile. */
  async statistics(accountId: string): Promise<Record<string, RatingView>> {
    const docs = await this.ratings(accountId, 0);
    return Object.fromEntries(docs.map((view) => [view.ladder, view]));
  }

  /** Newest first. @throws Refusal `not_found` */
  async history(
    accountId: string,
    limit: number,
    cursor?: string,
  ): Promise<{ items: MatchView[]; nextCursor: string | null }> {
    await this.#refuseUnknown(accountId);
    const found = await this.#parts.matches.history(accountId, limit + 1, cursor);
    const page = found.slice(0, limit);
    return { items: await this.#matches(page), nextCursor: found.length > limit ? page.at(-1)!._id : null };
  }

  /** @throws Refusal `match_not_found` */
  async match(id: string): Promise<MatchView> {
    const row = await this.#parts.matches.find(id);
    if (!row) throw refusal("match_not_found");
    return (await this.#matches([row]))[0]!;
  }

  /** The matches of a ladder in its order, as they are kept, from behind place `after`. */
  async rows(ladder: string, after: number, limit: number): Promise<MatchRow[]> {
    return this.#parts.matches.after(ladder, after, limit);
  }

  async #view(doc: RatingDoc, ladder: Ladder, history: number): Promise<RatingView> {
    const { n: season } = await this.#parts.seasons.open(ladder.id);
    const isNow = doc.season === season;
    const { mu, sigma } = carried(doc, doc.season, season, ladder);
    const { games, wins, draws, losses, abandoned } = isNow
      ? doc
      : { games: 0, wins: 0, draws: 0, losses: 0, abandoned: 0 };
    const rows = history > 0 ? await this.#parts.matches.lastOf(doc.accountId, ladder.id, history) : [];
    const points = rows.filter(({ state }) => state !== "reversed").reverse();
    return {
      ...{
        ladder: ladder.id,
        gameId: ladder.gameId,
        mode: ladder.mode,
        season,
        mu,
        sigma,
        rating: ordinal({ mu, sigma }),
      },
      ...{ isProvisional: games < PROVISIONAL_BELOW, games, wins, draws, losses, abandoned },
      ...(history > 0 ? { history: points.map((row) => pointOf(row, doc.accountId)) } : {}),
    };
  }

  async #matches(rows: readonly MatchRow[]): Promise<MatchView[]> {
    const names = await this.#parts.names([
      ...new Set(rows.flatMap(({ players }) => players.map(({ accountId }) => accountId))),
    ]);
    return rows.map((row) => matchView(row, names));
  }

  async #refuseUnknown(accountId: string): Promise<void> {
    if (!(await this.#parts.names([accountId])).has(accountId)) throw refusal("not_found");
  }

  readonly personalData: PersonalData = {
    name: "ranking",

    export: async (accountId) => {
      const { matches, ratings, records } = this.#parts;
      const rows = await matches.history(accountId, EXPORTED_MAX);
      const own = rows.map((row) => ({ id: row._id, endedAt: row.endedAt, ...contestant(row, accountId) }));
      return {
        matches: own,
        ratings: await ratings.ofAccount(accountId, RATINGS_MAX),
        records: await records.ofAccount(accountId, RECORDS_MAX),
      };
    },

    // What others won and lost against a person stays: under a pseudonym everything can still be rated again.
    erase: async (accountId, pseudonym) => {
      const { matches, ratings, records, departures, index, shown, clock } = this.#parts;
      await departures.forget(accountId, pseudonym);
      await matches.forget(accountId, pseudonym);
      await ratings.forget(accountId, pseudonym);
      // Before and after: whoever is stopped in between finds the records still under the account, and begins again.
      const forgetIn = async (kept: readonly RecordDoc[]) => {
        for (const { board, season } of kept) await index.forget(listOf(board, season), accountId);
      };
      const kept = await records.ofAccount(accountId, RECORDS_MAX);
      await forgetIn(kept);
      const renamed = await records.forget(kept, pseudonym, clock.now());
      await forgetIn(kept);
      // An archived season is not in the index any more.
      for (const record of renamed) if (record.rank === undefined) await shown.show([record]);
    },
  };
}

function pointOf(row: MatchRow, accountId: string): RatingPoint {
  const { after } = contestant(row, accountId);
  return { matchId: row._id, at: row.endedAt.toISOString(), ...after, rating: ordinal(after) };
}

function matchView(row: MatchRow, names: ReadonlyMap<string, string>): MatchView {
  const { _id: id, ladder, gameId, mode, season, region, reason, startedAt, endedAt, players, state, reversal } = row;
  return {
    ...{ id, ladder, gameId, mode, season, region, reason },
    ...{ startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() },
    players: players.map((one) => ({
      ...{ playerId: one.accountId, name: names.get(one.accountId) ?? "Unknown", side: one.side, rank: one.rank },
      ...{
        outcome: outcomeOf(row, one),
        score: one.score,
        abandoned: one.abandoned,
        before: one.before,
        after: one.after,
      },
    })),
    reversal: reversal && {
      status: state === "reversing" ? "running" : "done",
      done: reversal.done,
      total: reversal.total,
    },
  };
}
