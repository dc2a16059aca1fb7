import { LRUCache } from "lru-cache";
import type { Lease } from "../infra/lease.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { BoardLoader } from "./board-loader.ts";
import type { DepartureStore } from "./departures.store.ts";
import type { EndedSession, EndedSessionStore } from "./ended-sessions.store.ts";
import type { MatchRow } from "./match-row.ts";
import type { MatchStore } from "./matches.store.ts";
import type { Ladder, RankingRules } from "./ranking-types.rules.ts";
import type { RatingBook } from "./rating-book.ts";
import type { Referee, Verdict } from "./referee.ts";
import { reverse } from "./reversal.ts";
import type { SeasonEnd } from "./season-end.ts";
import { type Seasons, scopeOf } from "./seasons.ts";
import { MODEL, rated } from "./skill.ts";

const PASS_EVERY_MS = 1000;
/** Sessions, and matches, in one round of a pass; a pass goes on until a round finds less. */
const ROUND_MAX = 50;
/** A session that cannot be judged so often is set aside: it would stand before those that can. */
const ATTEMPTS_MAX = 10;

export interface RankerParts {
  readonly rules: RankingRules;
  readonly sessions: EndedSessionStore;
  readonly departures: DepartureStore;
  readonly matches: MatchStore;
  readonly book: RatingBook;
  readonly referee: Referee;
  readonly seasons: Seasons;
  readonly seasonEnd: SeasonEnd;
  readonly loader: BoardLoader;
  readonly lease: Pick<Lease, "hold" | "release">;
  readonly clock: Clock;
  readonly log: Logger;
  /** What became of an ended session: `rated`, `reversed`, or why it does not count. */
  readonly onLooked: (outcome: string) => void;
}

/**
 * Rates what was played: one process of the cluster, one match after the other, because each depends on those before. It
 * finds ended sessions by an index and marks them when it is done, so that none is missed and none is rated twice, whoever
 * dies in between. A match is written first, with what it does to the ratings; a match found half done is finished.
 */
export class Ranker {
  readonly #parts: RankerParts;
  readonly #failures = new LRUCache<string, number>({ max: 1000 });
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isStopping = false;
  #told = "";

  constructor(parts: RankerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer = setInterval(() => void this.pass(), PASS_EVERY_MS);
    this.#timer.unref();
    void this.pass();
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#timer);
    await this.#running;
    await this.#parts.lease.release();
  }

  /** One at a time; resolves when what was there has been dealt with, or has failed until the next pass. */
  pass(): Promise<void> {
    this.#running ??= this.#work()
      .then(() => {
        this.#told = "";
      })
      .catch((error: unknown) => this.#tell(String(error)))
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  /** Once, however long it lasts. */
  #tell(error: string): void {
    if (error !== this.#told) this.#parts.log.warn({ error }, "ranking postponed");
    this.#told = error;
  }

  async #work(): Promise<void> {
    const { lease, seasons, loader, rules, seasonEnd } = this.#parts;
    if ((await lease.hold()) === null) return;
    await seasons.begin();
    await this.#finish();
    await this.#reverse();
    // Before the season of what was played ends.
    await this.#rateDue();
    for (const season of await seasons.due()) await seasons.close(season);
    await seasons.begin();
    for (const board of rules.boards) await loader.refresh(board.id, (await seasons.open(scopeOf(board))).n);
    await seasonEnd.work();
  }

  /** Matches that were written, and whose effects may not all have been. */
  async #finish(): Promise<void> {
    for (const row of await this.#parts.matches.inState("pending", ROUND_MAX)) await this.#settle(row);
  }

  async #reverse(): Promise<void> {
    const { matches, seasons, book, onLooked, log } = this.#parts;
    for (const { _id } of await matches.inState("reversing", ROUND_MAX)) {
      // Read again: a reversal before it may have rated it anew.
      const row = (await matches.find(_id))!;
      const season = await seasons.open(row.ladder);
      if (season.n !== row.season) {
        // It was asked for while the season ended, which its ratings have outlived.
        await matches.move(_id, "reversing", "applied");
        continue;
      }
      await reverse(row, { matches, book });
      onLooked("reversed");
      log.info({ matchId: _id, ladder: row.ladder }, "match reversed");
    }
  }

  async #rateDue(): Promise<void> {
    const { sessions } = this.#parts;
    for (let looked = ROUND_MAX; looked === ROUND_MAX && !this.#isStopping; ) {
      const due = await sessions.due(ROUND_MAX);
      looked = 0;
      for (const session of due.sort(byEnd)) looked += Number(await this.#look(session));
    }
  }

  /** False when the session has to wait for another pass. */
  async #look(session: EndedSession): Promise<boolean> {
    const { sessions, departures, onLooked } = this.#parts;
    const verdict = await this.#judge(session);
    if (verdict === undefined) return false;
    if (typeof verdict !== "string") await this.#rate(verdict);
    const outcome = typeof verdict === "string" ? verdict : "rated";
    await sessions.settle([session._id], outcome);
    await departures.clear([session._id]);
    onLooked(outcome);
    return true;
  }

  /** Undefined: not now. */
  async #judge(session: EndedSession): Promise<Verdict | string | undefined> {
    const { _id: sessionId } = session;
    try {
      return await this.#parts.referee.judge(session);
    } catch (error) {
      const failures = (this.#failures.get(sessionId) ?? 0) + 1;
      this.#failures.set(sessionId, failures);
      this.#parts.log.warn({ sessionId, failures, error: String(error) }, "session not judged");
      return failures < ATTEMPTS_MAX ? undefined : "failed";
    }
  }

  async #rate({ contestants, ...match }: Verdict): Promise<void> {
    const { matches, seasons, book, rules } = this.#parts;
    const known = await matches.find(match._id);
    if (known) return this.#settle(known);
    const ladder = rules.ladders.find(({ id }) => id === match.ladder) as Ladder;
    const { n: season } = await seasons.open(ladder.id);
    const ids = contestants.map(({ accountId }) => accountId);
    const players = rated(contestants, await book.skills(ladder, season, ids));
    const n = (await matches.lastPlace(ladder.id)) + 1;
    const row: MatchRow = { ...match, season, n, model: MODEL, players, state: "pending", v: 1, reversal: null };
    if (!(await matches.insert(row))) throw new Error(`place ${n} of ${ladder.id} was taken by somebody else`);
    await this.#settle(row);
  }

  async #settle(row: MatchRow): Promise<void> {
    if (row.state !== "pending") return;
    await this.#parts.book.add(row);
    await this.#parts.matches.move(row._id, "pending", "applied");
  }
}

function byEnd(a: EndedSession, b: EndedSession): number {
  const [first, second] = [a.endedAt?.getTime() ?? 0, b.endedAt?.getTime() ?? 0];
  return first - second || (a._id < b._id ? -1 : 1);
}
