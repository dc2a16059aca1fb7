import { Refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { Logger } from "../log.ts";
import type { ChangeWatch } from "./change-watch.ts";
import type { MatchSessions } from "./match-sessions.ts";
import type { Backfill, Match, QueueRules } from "./matchmaking-types.rules.ts";
import { newPlacement } from "./new-placement.ts";
import { type Cause, judgeAnswers, judgeArrivals, parted, type Turn } from "./placement.rules.ts";
import type { PlacementDocument, PlacementStore } from "./placement.store.ts";
import { type TicketDocument, type TicketStatus, type TicketStore, WAITING } from "./tickets.store.ts";

/** How long a player may take to connect: longer than a reservation is good, so that it can be asked for twice. */
export const ARRIVE_MS = 30_000;
/** For how long after it began the free seats of a match are filled; its game may say earlier that it is too late. */
const OPEN_MS = 600_000;

export interface PlacementsParts {
  readonly queues: ReadonlyMap<string, QueueRules>;
  readonly store: PlacementStore;
  readonly tickets: TicketStore;
  readonly sessions: MatchSessions;
  readonly watch: ChangeWatch;
  readonly clock: Clock;
  readonly log: Logger;
  /** How it went, for metrics. */
  readonly onOutcome: (queue: string, outcome: Cause | "placed") => void;
}

/**
 * Brings matches to their players. Every step is written, by a condition on the one before, before the next is begun, and
 * may be done again by anybody: whoever leads the queue goes on from what is found, so that a leader who dies anywhere
 * leaves nothing that is half placed.
 */
export class Placements {
  readonly #parts: PlacementsParts;
  /** Those on which this process works just now. */
  readonly #running = new Set<string>();

  constructor(parts: PlacementsParts) {
    this.#parts = parts;
  }

  /**
   * Claims the tickets of a match and brings it as far as it goes without waiting.
   *
   * @throws what the database throws: then some of the tickets may be in nobody's pool any more
   */
  async begin(wanted: Match | Backfill): Promise<void> {
    const { tickets, clock } = this.#parts;
    const ids = wanted.teams.flat();
    const now = clock.now();
    const id = uuid7(now);
    this.#running.add(id);
    try {
      const found = await tickets.findMany(ids);
      if (found.length < ids.length) await tickets.takeInAgain(ids);
      else await this.#claim(newPlacement(id, wanted, { found, rules: this.#rulesOf(wanted), now }), found);
    } finally {
      this.#running.delete(id);
    }
  }

  /** Brings every match of a queue that is on its way as far as it goes. Never rejects. @returns how many there are */
  async lookAfter(queue: string, atMost: number): Promise<number> {
    const live = await this.#parts.store.live(queue, atMost);
    await Promise.all(live.map((placement) => this.#lookAfter(placement)));
    return live.length;
  }

  /** Gives back what is claimed by matches that are over: a leader may have died, or been stopped, between two writes. */
  async repair(queue: string, atMost: number): Promise<void> {
    const { store, tickets } = this.#parts;
    const claimed = await tickets.claimed(queue, atMost);
    const stages = await store.stages([...new Set(claimed.flatMap(({ matchId }) => matchId ?? []))]);
    const undone = new Set(stages.filter(({ stage }) => stage === "undone").map(({ _id }) => _id));
    for (const matchId of undone) {
      if (!this.#running.has(matchId)) await tickets.release(matchId, claimed);
    }
  }

  async #claim(placement: PlacementDocument, found: readonly TicketDocument[]): Promise<void> {
    const { store, tickets } = this.#parts;
    const { _id: id, acceptBy } = placement;
    await store.insert(placement);
    const [stage, status] =
      acceptBy === null ? (["placing", "placing"] as const) : (["accepting", "requires_acceptance"] as const);
    const claimed = await tickets.claim(id, found, status);
    if (claimed === found.length && (await store.turn(id, "claiming", stage))) {
      this.#told(placement);
      return this.#advance({ ...placement, stage });
    }
    // Nobody was told of it. Another leader may have undone it already, before these were claimed for it.
    await store.turn(id, "claiming", "undoing", { cause: "not_claimed" });
    await this.#undo({ ...placement, stage: "undoing", cause: "not_claimed" });
    await tickets.takeInAgain(found.map(({ _id }) => _id));
  }

  async #lookAfter(placement: PlacementDocument): Promise<void> {
    const { _id: id } = placement;
    if (this.#running.has(id)) return;
    this.#running.add(id);
    try {
      await this.#advance(placement);
    } catch (error) {
      this.#parts.log.warn({ matchId: id, stage: placement.stage, error: String(error) }, "match not brought further");
    } finally {
      this.#running.delete(id);
    }
  }

  async #advance(placement: PlacementDocument): Promise<void> {
    switch (placement.stage) {
      case "claiming": // whoever claimed has died
        return this.#turn(placement, { to: "undoing", cause: "interrupted" });
      case "accepting":
        return this.#turn(placement, judgeAnswers(placement, this.#parts.clock.now()));
      case "placing":
        return this.#place(placement);
      case "seated":
        return this.#tell(placement);
      case "arriving":
        return this.#await(placement);
      case "settling":
        return this.#settle(placement);
      case "undoing":
        return this.#undo(placement);
    }
  }

  /** The next stage, and what there is to do in it, unless somebody else was quicker. */
  async #turn(placement: PlacementDocument, turn: Turn, fields: Partial<PlacementDocument> = {}): Promise<void> {
    if (turn === null) return;
    const { to, cause = null, blamed = [] } = turn;
    const next = { ...fields, cause, blamed };
    if (!(await this.#parts.store.turn(placement._id, placement.stage, to, next))) return;
    return this.#advance({ ...placement, ...next, stage: to });
  }

  async #place(placement: PlacementDocument): Promise<void> {
    const { tickets, sessions, clock } = this.#parts;
    const { _id: id, acceptBy, placeBy } = placement;
    if (acceptBy !== null) {
      await tickets.advance(id, ticketsOf(placement), "requires_acceptance", "placing");
      this.#told(placement);
    }
    try {
      await sessions.make(placement, this.#rulesOf(placement));
    } catch (error) {
      const isFinal = error instanceof Refusal && !error.retryable;
      if (!isFinal && clock.now() < placeBy) throw error;
      return this.#turn(placement, { to: "undoing", cause: "not_placed" });
    }
    return this.#turn(placement, { to: "seated" });
  }

  /** Everybody has a seat: their tickets say so, and what else they waited for is over. */
  async #tell(placement: PlacementDocument): Promise<void> {
    const { tickets, clock, queues, onOutcome } = this.#parts;
    const { _id: id, queue } = placement;
    await tickets.advance(id, ticketsOf(placement), "placing", "completed");
    const theirs = await tickets.activeOf([...queues.keys()], accountsOf(placement));
    const others = theirs.filter(({ matchId }) => matchId === null);
    const over = { from: WAITING, to: "cancelled", reason: "matched_elsewhere", matchId: null, pool: "out" } as const;
    const ids = others.map(({ _id }) => _id);
    await tickets.end(ids, { ...over, now: clock.now() });
    this.#told(placement);
    this.#parts.watch.changed(ids);
    onOutcome(queue, "placed");
    return this.#turn(placement, { to: "arriving" }, { arriveBy: clock.now() + ARRIVE_MS });
  }

  async #await(placement: PlacementDocument): Promise<void> {
    const { sessions, clock } = this.#parts;
    const rules = this.#rulesOf(placement);
    const { absent, over } = await sessions.arrivals(placement);
    if (over || !sessions.isPlayedInRooms(rules.type)) return this.#turn(placement, { to: "settling" });
    const joinsOthers = placement.sessionId !== placement._id;
    const turn = judgeArrivals(placement, absent, rules.backfill || joinsOthers, clock.now());
    // Whoever plays already is not to be sent away because newcomers did not come.
    return this.#turn(placement, turn && joinsOthers ? { ...turn, to: "settling" } : turn);
  }

  async #settle(placement: PlacementDocument): Promise<void> {
    const { tickets, sessions, clock, store } = this.#parts;
    const { _id: id, players, blamed, sessionId, cause } = placement;
    const { out, back } = parted(players, blamed);
    if (blamed.length > 0) await sessions.unseat(sessionId, blamed);
    await this.#drop(placement, out, cause);
    await tickets.letGo(id, back, clock.now());
    // Also a full one: somebody may leave it. Whoever joins later comes into the same match, which is open already.
    const isOpen = sessionId === id && this.#rulesOf(placement).backfill;
    await store.turn(id, "settling", "done", isOpen ? { openUntil: clock.now() + OPEN_MS } : {});
    this.#told(placement);
  }

  async #undo(placement: PlacementDocument): Promise<void> {
    const { tickets, sessions, store, onOutcome } = this.#parts;
    const { _id: id, players, blamed, cause, sessionId, queue } = placement;
    const wasMade = cause === "no_show" || cause === "not_placed";
    if (wasMade && sessionId === id) await sessions.abandon(sessionId);
    if (wasMade && sessionId !== id) await sessions.unseat(sessionId, accountsOf(placement));
    // Nobody can join it any more: else the same tickets would be sent there with every pass.
    if (cause === "not_placed" && sessionId !== id) await store.close(sessionId);
    const { out, back } = parted(players, blamed);
    await this.#drop(placement, out, cause);
    const theirs = await tickets.findMany(back);
    await tickets.release(id, theirs);
    await store.turn(id, "undoing", "undone");
    this.#told(placement);
    if (cause !== null) onOutcome(queue, cause);
  }

  /** Tickets of those because of whom there is no match. */
  async #drop({ _id: matchId }: PlacementDocument, ids: readonly string[], cause: Cause | null): Promise<void> {
    const { tickets, clock } = this.#parts;
    const from: readonly TicketStatus[] = ["requires_acceptance", "placing", "completed"];
    const to = cause === "declined" ? "cancelled" : "failed";
    await tickets.end(ids, { from, to, reason: cause ?? "failed", matchId, pool: "none", now: clock.now() });
  }

  #rulesOf({ queue }: Pick<PlacementDocument, "queue">): QueueRules {
    return this.#parts.queues.get(queue)!;
  }

  #told(placement: PlacementDocument): void {
    this.#parts.watch.changed(ticketsOf(placement));
  }
}

function ticketsOf({ players }: PlacementDocument): string[] {
  return [...new Set(players.map(({ ticketId }) => ticketId))];
}

function accountsOf({ players }: PlacementDocument): string[] {
  return players.map(({ accountId }) => accountId);
}
