import { Refusal } from "../errors.ts";
import { readBody } from "../journal/batch.ts";
import type { Entry } from "../journal/game.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { CommitOptions } from "../journal/order-queue.ts";
import type { Order } from "../journal/orders.ts";
import { recover } from "../journal/recovery.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import type { HeldSession } from "./held-session.ts";
import type { Changed } from "./session-wishes.ts";
import type { SessionDocument, SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

export interface ActingSessionsOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
}

/** How an order came out: durable, whoever holds the session. */
export interface Committed {
  readonly seq: number;
  readonly version: number;
  readonly entries: readonly Entry[];
  readonly hashes?: { readonly before: string; readonly after: string } | undefined;
}

/** A session that is let go of just now is taken again; more often than this in a row it is somebody else's. */
const ATTEMPTS = 3;

/** Brings orders that come without a connection to the ledger's one door, wherever the session is. */
export class ActingSessions {
  readonly #options: ActingSessionsOptions;

  constructor(options: ActingSessionsOptions) {
    this.#options = options;
  }

  /**
   * Commits an order, made anew for every attempt; resolves once it is durable.
   *
   * @throws Refusal the rules' no, and what `Sessions.open` and `LiveSession.commit` throw
   */
  commit(sessionId: string, order: (held: HeldSession) => Order | Promise<Order>): Promise<Committed> {
    const options: CommitOptions = { durable: true, hashed: true };
    return this.attempt(sessionId, async (held) => held.live.commit(await order(held), options));
  }

  /**
   * Changes a session, taken hold of anew for every attempt.
   *
   * @throws Refusal what `change` and `Sessions.open` throw
   */
  async attempt<T>(sessionId: string, change: (held: HeldSession) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const held = await this.#options.sessions.open(sessionId);
      this.#options.sessions.touch(held);
      try {
        return await change(held);
      } catch (reason) {
        // Said only of orders that nobody decided, or whose batch was fenced: neither took effect.
        if (!isMoved(reason) || attempt === ATTEMPTS) throw reason;
      }
    }
  }

  /**
   * A session that an attempt which died, or lost its answer, may have made; undefined when it did not. What it only
   * began is cleared away.
   */
  async made(sessionId: string): Promise<Changed | undefined> {
    const { store, sessions, clock } = this.#options;
    const document = await store.find(sessionId);
    if (!document) return undefined;
    const identity = { sessionId, game: sessions.gameOf(document.type), seed: document.seed };
    try {
      const { ledger } = await recover(identity, this.#options);
      return { sessionId, version: ledger.core.version, seq: ledger.seq };
    } catch (reason) {
      if (!(reason instanceof Refusal && reason.code === "session_not_found")) throw reason;
      // Nobody else makes this one, so its journal is not on its way.
      await store.removeUnborn(sessionId, new Date(clock.now() + 1));
      return undefined;
    }
  }

  /** What an ended session answers to an action that took effect before its end; undefined when this one did not. */
  async repeated(document: SessionDocument, order: Order): Promise<Committed | undefined> {
    const { sessions, clock } = this.#options;
    const identity = { sessionId: document._id, game: sessions.gameOf(document.type), seed: document.seed };
    const { ledger } = await recover(identity, this.#options);
    if (ledger.core.status !== "ended") return undefined;
    const decision = ledger.decide(order, clock.now());
    return decision.kind === "repeat" ? { ...decision.answer, entries: [] } : undefined;
  }

  /** What an action wrote, from the journal: all entries of one order share a batch, and `seq` is the last one's. */
  async written(sessionId: string, seq: number, seat: number, actionId: string): Promise<Entry[]> {
    const [batch] = await this.#options.journalStore.after(sessionId, seq - 1, 2);
    const entries = batch ? readBody(batch).entries : [];
    return entries.filter((entry) => entry.actionId === actionId && entry.seat === seat);
  }
}

function isMoved(reason: unknown): boolean {
  return reason instanceof Refusal && reason.code === "session_moved";
}
