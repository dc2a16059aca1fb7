import { Cron } from "croner";
import { LRUCache } from "lru-cache";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Board, RankingRules } from "./ranking-types.rules.ts";
import type { SeasonDoc, SeasonStore } from "./seasons.store.ts";

/** How long another process's change of season may stay unseen, in ms. */
const SEEN_WITHIN_MS = 1000;
/** A season that was closed is archived only then, in ms: whoever began to write to it is done, or has failed. */
export const CLOSED_FOR_MS = 15_000;
const CLOSING_MAX = 20;

/** What has seasons: a ladder with its boards, or a board that services feed. */
export interface SeasonScope {
  readonly id: string;
  /** Cron, in UTC; null: the first season never ends. */
  readonly schedule: string | null;
}

export interface Season {
  readonly number: number;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly endsAt: string | null;
}

/** Whose seasons a board has. */
export function scopeOf({ id, feed }: Board): string {
  return feed.from === "matches" ? feed.ladder : id;
}

/** @throws Error when a schedule cannot be read */
export function scopesOf({ ladders, boards }: RankingRules): SeasonScope[] {
  const own = boards.flatMap(({ id, feed }) => (feed.from === "service" ? [{ id, schedule: feed.schedule }] : []));
  const scopes = [...ladders.map(({ id, schedule }) => ({ id, schedule })), ...own];
  for (const { schedule } of scopes) nextEnd(schedule, 0);
  return scopes;
}

/** When a season ends that is open at `now`, in ms since the epoch; null: never. */
export function nextEnd(schedule: string | null, now: number): Date | null {
  // Paused: only its arithmetic is wanted, no timer.
  return schedule === null ? null : new Cron(schedule, { timezone: "UTC", paused: true }).nextRun(new Date(now));
}

/** Which season is open where. One process of a cluster turns them; all read them. */
export class Seasons {
  readonly #store: SeasonStore;
  readonly #clock: Clock;
  readonly scopes: readonly SeasonScope[];
  readonly #seen: LRUCache<string, SeasonDoc>;

  constructor(parts: { store: SeasonStore; clock: Clock; scopes: readonly SeasonScope[] }) {
    this.#store = parts.store;
    this.#clock = parts.clock;
    this.scopes = parts.scopes;
    this.#seen = new LRUCache({ max: 1000, ttl: SEEN_WITHIN_MS });
  }

  /**
   * The season that is open. The very first begins with whoever asks for it: on a new database players may be there before
   * the process that turns seasons has begun to.
   *
   * @throws Refusal `unavailable` in the moment between two seasons
   */
  async open(scope: string): Promise<SeasonDoc> {
    const seen = this.#seen.get(scope);
    if (seen) return seen;
    let season = await this.#store.newest(scope);
    if (season === null) {
      await this.#beginAfter(null, this.scopes.find(({ id }) => id === scope)!);
      season = await this.#store.newest(scope);
    }
    if (season?.state !== "open") throw refusal("unavailable");
    this.#seen.set(scope, season);
    return season;
  }

  find(scope: string, number: number): Promise<SeasonDoc | null> {
    return this.#store.find(scope, number);
  }

  /** Open seasons whose time is over. */
  async due(): Promise<SeasonDoc[]> {
    const newest = await Promise.all(this.scopes.map(({ id }) => this.#store.newest(id)));
    const now = this.#clock.now();
    return newest.filter(
      (season) => season?.state === "open" && season.endsAt && season.endsAt.getTime() <= now,
    ) as SeasonDoc[];
  }

  /** Closes it; the next one begins with `begin`. */
  async close(season: SeasonDoc): Promise<void> {
    await this.#store.close(season._id, new Date(this.#clock.now()));
    this.#seen.delete(season.scope);
  }

  /** Begins the season of every scope that has none open. */
  async begin(): Promise<void> {
    for (const scope of this.scopes) {
      const last = await this.#store.newest(scope.id);
      if (last?.state !== "open") await this.#beginAfter(last, scope);
    }
  }

  async #beginAfter(last: SeasonDoc | null, { id, schedule }: SeasonScope): Promise<void> {
    const now = this.#clock.now();
    // The next one begins where the last one ended, however late that was noticed.
    const startedAt = last?.endsAt ?? new Date(now);
    await this.#store.open(id, (last?.n ?? 0) + 1, startedAt, nextEnd(schedule, now));
    this.#seen.delete(id);
  }

  /** Closed so long ago that nobody can still be writing to them. */
  async toArchive(): Promise<SeasonDoc[]> {
    const until = this.#clock.now() - CLOSED_FOR_MS;
    const closing = await this.#store.closing(CLOSING_MAX);
    return closing.filter(({ closedAt }) => closedAt !== null && closedAt.getTime() <= until);
  }

  /** Closed, and not archived yet. */
  closing(): Promise<SeasonDoc[]> {
    return this.#store.closing(CLOSING_MAX);
  }

  /** True for whoever archived it. */
  archived(season: SeasonDoc): Promise<boolean> {
    return this.#store.archive(season._id);
  }
}

export function seasonView({ n, startedAt, endsAt }: SeasonDoc): Season {
  return { number: n, startedAt: startedAt.toISOString(), endsAt: endsAt?.toISOString() ?? null };
}
