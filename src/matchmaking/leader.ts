import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { ChangeWatch } from "./change-watch.ts";
import type { MatcherPool } from "./matcher-pool.ts";
import type { Candidate, Decision, QueueRules } from "./matchmaking-types.rules.ts";
import type { OpenRooms } from "./open-rooms.ts";
import type { Placements } from "./placement.ts";
import type { QueueStatusStore } from "./queue-status.store.ts";
import type { TicketDocument, TicketStore } from "./tickets.store.ts";

/** Between two passes over a queue in which somebody waits, and between two looks for whether somebody does, in ms. */
const PASS_MS = 250;
const IDLE_MS = 1000;
/** Where there is no other process everything new comes with a nudge. */
const ALONE_IDLE_MS = 5000;
/** After a nudge: long enough for others to come with it. */
const NUDGED_MS = 30;
/** How often tickets are looked for that were left behind. */
const REPAIR_MS = 15_000;
/** Tickets that are taken in or out in one pass, matches begun in one, matches on their way, rooms with free seats. */
const TAKEN_MAX = 5000;
const MATCHES_MAX = 500;
const LIVE_MAX = 2000;
const ROOMS_MAX = 100;
/** Matches that are begun at a time. */
const AT_ONCE = 16;

/** The pools of queues, off the main thread; a MatcherPool is one. */
export type Matcher = Pick<MatcherPool, "open" | "put" | "remove" | "decide" | "explain">;

export interface LeaderParts {
  readonly rules: QueueRules;
  /** True when there can be no other process on the same database. */
  readonly alone: boolean;
  /** The duty to lead this queue. */
  readonly lease: { hold(): Promise<number | null>; release(): Promise<void> };
  /** The one that lives: a thread that died is another one from then on. */
  readonly matcher: () => Matcher;
  readonly tickets: TicketStore;
  readonly placements: Placements;
  readonly openRooms: OpenRooms;
  readonly status: QueueStatusStore;
  readonly watch: ChangeWatch;
  readonly regions: () => readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** How long a decision took, for metrics. */
  readonly onPass: (seconds: number) => void;
}

/**
 * Leads one queue while this process has the duty. All it knows is in the database: the pool is a copy, made anew by
 * whoever takes over.
 */
export class QueueLeader {
  readonly #parts: LeaderParts;
  #term: number | null = null;
  /** Tickets in the pool. Without any there is no pool, and no thread for it: most queues are empty most of the time. */
  #waiting = 0;
  #isOpen = false;
  #timer: NodeJS.Timeout | undefined;
  #turn: Promise<void> = Promise.resolve();
  #repairAt = 0;
  #said = "";
  /** Since the last look began: the next one is due soon. */
  #isNudged = false;
  #stopped = false;

  constructor(parts: LeaderParts) {
    this.#parts = parts;
  }

  /** Whether the pool of this queue is here. */
  get leads(): boolean {
    return this.#term !== null;
  }

  start(): void {
    this.#later(0);
  }

  /**
   * There is something new: the next look is soon. The first nudge since the last look says when: if each put it off anew,
   * nobody would be looked at for as long as tickets come every 30 ms.
   */
  nudge(): void {
    if (!this.leads || this.#isNudged) return;
    this.#isNudged = true;
    this.#later(NUDGED_MS);
  }

  /** Lets another process lead, once what was begun here is written. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#turn;
    if (this.leads) await this.#parts.lease.release();
    this.#term = null;
  }

  #later(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#turn = this.#turn.then(async () => {
      if (this.#stopped) return;
      this.#isNudged = false;
      const isBusy = await this.#lead().catch((error: unknown) => {
        this.#parts.log.warn({ queue: this.#parts.rules.id, error: String(error) }, "no pass over a queue");
        // What the pool was told may be lost: it is made anew.
        this.#term = null;
        return false;
      });
      const idleMs = this.#parts.alone && this.leads ? ALONE_IDLE_MS : IDLE_MS;
      // What came during the look may have come too late for it.
      this.#later(this.#isNudged ? NUDGED_MS : isBusy ? PASS_MS : idleMs);
    });
  }

  /** @returns whether anybody waits or is on the way */
  async #lead(): Promise<boolean> {
    const term = await this.#parts.lease.hold();
    if (term === null) {
      this.#term = null;
      return false;
    }
    if (term !== this.#term) await this.#takeOver();
    this.#term = term;
    const live = await this.#lookAfter();
    this.#waiting += await this.#exchange();
    if (this.#waiting > 0) await this.#pass();
    return live > 0 || this.#waiting > 0;
  }

  async #takeOver(): Promise<void> {
    const { rules, tickets, log } = this.#parts;
    this.#isOpen = false;
    this.#waiting = 0;
    for await (const page of tickets.pooled(rules.id)) this.#waiting += await this.#put(page);
    this.#repairAt = 0;
    log.debug({ queue: rules.id, tickets: this.#waiting }, "leads a queue");
  }

  async #lookAfter(): Promise<number> {
    const { rules, placements, clock } = this.#parts;
    const live = await placements.lookAfter(rules.id, LIVE_MAX);
    const now = clock.monotonic();
    if (now >= this.#repairAt) {
      await placements.repair(rules.id, TAKEN_MAX);
      this.#repairAt = now + REPAIR_MS;
    }
    return live;
  }

  /** Takes into the pool what is new, and out of it what was cancelled. @returns how many came in */
  async #exchange(): Promise<number> {
    const { rules, matcher, tickets, watch } = this.#parts;
    const found = await tickets.toDo(rules.id, TAKEN_MAX);
    const gone = found.filter(({ pool }) => pool === "out").map(({ _id }) => _id);
    const fresh = found.filter(({ pool }) => pool === "new");
    if (gone.length > 0) {
      // First: a pool takes a player once, and this one may be back with a new ticket.
      if (this.#isOpen) await matcher().remove(rules.id, gone);
      await tickets.markOut(gone);
    }
    if (fresh.length === 0) return 0;
    const ids = fresh.map(({ _id }) => _id);
    await tickets.markSearching(ids);
    watch.changed(ids);
    return this.#put(fresh);
  }

  /** Into the pool. @returns how many it took */
  async #put(found: readonly TicketDocument[]): Promise<number> {
    const { rules, matcher, tickets, clock, log } = this.#parts;
    if (!this.#isOpen) await matcher().open(rules);
    this.#isOpen = true;
    const refused = await matcher().put(rules.id, found.map(candidateOf));
    if (refused.length === 0) return found.length;
    log.warn({ queue: rules.id, refused: refused.length, why: refused[0]!.why }, "tickets not taken into the pool");
    const isForNow = (why: string) => why === "full" || why === "account_waits";
    await tickets.takeInAgain(refused.filter(({ why }) => isForNow(why)).map(({ ticket }) => ticket));
    const misfits = refused.filter(({ why }) => !isForNow(why)).map(({ ticket }) => ticket);
    const over = { from: ["searching"], to: "failed", reason: "queue_changed", matchId: null, pool: "none" } as const;
    await tickets.end(misfits, { ...over, now: clock.now() });
    return found.length - refused.length;
  }

  async #pass(): Promise<void> {
    const decision = await this.#decide();
    this.#waiting = decision.waiting;
    await this.#follow(decision);
    await this.#say(decision);
  }

  async #decide(): Promise<Decision> {
    const { rules, matcher, openRooms, regions, clock, onPass } = this.#parts;
    const rooms = rules.backfill ? await openRooms.of(rules, ROOMS_MAX) : [];
    const pass = { now: clock.now(), regions: regions(), rooms, atMost: MATCHES_MAX };
    const decision = await matcher().decide(rules.id, pass);
    onPass(decision.tookMs / 1000);
    return decision;
  }

  async #follow({ matches, backfills, timedOut }: Decision): Promise<void> {
    const { tickets, placements, watch, clock } = this.#parts;
    const over = { from: ["searching"], to: "timed_out", reason: "nobody_found", matchId: null, pool: "none" } as const;
    await tickets.end(timedOut, { ...over, now: clock.now() });
    watch.changed(timedOut);
    const wanted = [...matches, ...backfills];
    const one = async () => {
      for (let next = wanted.shift(); next; next = wanted.shift()) await placements.begin(next);
    };
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, one));
    const failed = ends.find(({ status }) => status === "rejected");
    if (failed) throw (failed as PromiseRejectedResult).reason;
  }

  /** What others tell about this queue; written when it has changed. */
  async #say({ waiting: tickets, estimatedWaitSeconds }: Decision): Promise<void> {
    const said = `${tickets}/${estimatedWaitSeconds}`;
    if (said === this.#said) return;
    await this.#parts.status.write({ _id: this.#parts.rules.id, tickets, estimatedWaitSeconds });
    this.#said = said;
  }
}

export function candidateOf({ _id: id, partyId, players, latencies, since }: TicketDocument): Candidate {
  return {
    ...{ id, latencies, since, ...(partyId === null ? {} : { partyId }) },
    players: players.map(({ accountId, rating, sigma, role }) => ({ accountId, rating, sigma, role })),
  };
}
