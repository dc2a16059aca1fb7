import { type Refusal, refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import { Answers, type Reply, type Waiter } from "./answers.ts";
import type { Batch } from "./batch.ts";
import type { Entry } from "./game.ts";
import type { Journal, Outcome } from "./journal.ts";
import { type Decision, type Ledger, LedgerFault } from "./ledger.ts";
import { durabilityOf, type Order } from "./orders.ts";
import type { CloseReason, Presenter } from "./presenter.ts";
import { WakeTimer } from "./wake-timer.ts";

export interface LiveSessionOptions {
  readonly ledger: Ledger;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** Overdue timers wait until then (ms since the epoch): after a recovery the players are still on their way back. */
  readonly wakeNotBefore: number;
  /** How long `normal` entries may wait for company, in ms. */
  readonly flushMs: number;
  /** After every durable batch: the projection and the snapshots follow it. */
  readonly onDurable: (session: LiveSession, entries: readonly Entry[]) => void;
  readonly onClosed: (session: LiveSession, reason: CloseReason) => void;
  /** The game's code threw. */
  readonly onFault: (error: unknown) => void;
}

const QUEUE_MAX = 512;

/**
 * A session this process owns, and the one door to it: every order, from a socket, a route or a timer, is committed
 * here, first in, first out. Orders that wait are decided together and appended as one batch; what arrives meanwhile
 * is the next batch.
 */
export class LiveSession {
  readonly ledger: Ledger;
  readonly #options: LiveSessionOptions;
  #queue: { order: Order; durable: boolean; waiter: Waiter }[] = [];
  readonly #answers = new Answers();
  #unreleased: Entry[] = [];
  #inFlight: Batch | null = null;
  #durableSeq: number;
  /** Nothing at or above the first undurable critical entry may be seen. */
  #criticalSeq = 0;
  #doubtful = false;
  #closing = false;
  #closed: CloseReason | null = null;
  #presenter: Presenter | null = null;
  #flushTimer: NodeJS.Timeout | undefined;
  readonly #wakeTimer: WakeTimer;
  #settledCallbacks: (() => void)[] = [];

  /** The ledger must have nothing pending, so that all of it is durable. */
  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.ledger = options.ledger;
    this.#durableSeq = options.ledger.seq;
    this.#wakeTimer = new WakeTimer(options.clock, () => this.#wake(), options.wakeNotBefore);
    this.#armWakeTimer();
  }

  get id(): string {
    return this.ledger.identity.sessionId;
  }
  get presenter(): Presenter | null {
    return this.#presenter;
  }
  get isClosed(): boolean {
    return this.#closed !== null || this.#closing;
  }
  /** False while the state in memory holds something critical that is not durable: nobody may look at it then. */
  get showable(): boolean {
    return this.#criticalSeq <= this.#durableSeq;
  }
  get durableSeq(): number {
    return this.#durableSeq;
  }

  present(presenter: Presenter | null): void {
    this.#presenter = presenter;
  }

  /**
   * Commits an order. Resolves when its effect may be known: for critical orders, and for everybody who asks for
   * `durable`, once it is durable.
   *
   * @throws Refusal: the rules' no, `outcome_unknown`, `session_moved`, `overloaded`
   */
  commit(order: Order, { durable = false } = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(refusal("session_moved"));
      if (this.#doubtful) return reject(refusal("outcome_unknown"));
      if (this.#queue.length >= QUEUE_MAX) return reject(refusal("overloaded"));
      this.#queue.push({ order, durable, waiter: { resolve, reject } });
      this.#pump();
    });
  }

  /**
   * Reads at a moment when everything evolved is durable, so that no undurable seq or version ever leaves. `read` runs
   * right there: a promise's continuation would run after the next orders have already evolved.
   *
   * @throws Refusal `session_moved` when the session closed meanwhile
   */
  settled<T>(read: (ledger: Ledger) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const callback = () => {
        if (this.#closed) return reject(refusal("session_moved"));
        try {
          resolve(read(this.ledger));
        } catch (error) {
          reject(error); // it runs among others, and in the middle of a batch's conclusion
        }
      };
      if (this.#closed || (!this.#inFlight && !this.ledger.hasPending)) return callback();
      this.#settledCallbacks.push(callback);
      this.#flush();
    });
  }

  /** Stops taking orders, settles what was taken, runs `last` on the quiet session, then lets go of it. */
  async release(last: () => Promise<void>): Promise<void> {
    if (this.isClosed) return;
    this.#closing = true;
    while (!this.#closed && (this.#inFlight || this.ledger.hasPending)) {
      await this.settled(() => undefined).catch(() => undefined);
    }
    if (!this.#closed) await last();
    this.#close("released");
  }

  /** Throws the session away at once; the journal keeps what is durable. */
  discard(reason: CloseReason): void {
    this.#close(reason);
  }

  #pump(): void {
    while (this.#queue.length > 0 && !this.#closed && !this.#mustWait(this.#queue[0]!.order)) {
      const { order, durable, waiter } = this.#queue.shift()!;
      this.#process(order, durable, waiter);
    }
    this.#flushWhenDue();
    this.#armWakeTimer();
  }

  /** Critical orders wait for the batch in flight: deciding them now would put their effect into what it releases. */
  #mustWait(order: Order): boolean {
    // A stream of normal orders would keep something pending for ever, and whoever wants to read would never get to.
    if (this.ledger.batchIsFull || this.#settledCallbacks.length > 0) return true;
    return this.#inFlight !== null && durabilityOf(this.ledger.identity.game, order) === "critical";
  }

  #process(order: Order, durable: boolean, waiter: Waiter): void {
    const decision = this.#decide(order, waiter);
    if (!decision) return;
    if (decision.kind === "refused") {
      this.#answer(waiter, this.#criticalSeq, decision.refusal);
      return;
    }
    const reply = { ...decision.answer, entries: decision.kind === "repeat" ? [] : decision.entries };
    this.#unreleased.push(...reply.entries);
    const critical = durabilityOf(this.ledger.identity.game, order) === "critical";
    if (critical && decision.kind === "done" && decision.entries.length > 0) this.#criticalSeq = reply.seq;
    this.#release();
    const lasting = critical || durable || decision.kind === "repeat";
    this.#answer(waiter, lasting ? reply.seq : this.#criticalSeq, reply);
  }

  /** An answer is an effect as well (L3): even a refusal tells what was decided before it. */
  #answer(waiter: Waiter, seq: number, answer: Reply | Refusal): void {
    if (this.#closed) waiter.reject(refusal("outcome_unknown"));
    else this.#answers.give(waiter, seq, answer, this.#durableSeq);
  }

  #decide(order: Order, waiter: Waiter): Decision | undefined {
    try {
      const decision = this.ledger.decide(order, this.#options.clock.now());
      if (order.kind === "timer" && decision.kind === "refused") throw decision.refusal;
      return decision;
    } catch (error) {
      this.#options.onFault(error);
      waiter.reject(refusal("internal_error"));
      // `decide` is pure: when it throws nothing has happened. A timer would throw again at once, evolve may have
      // stopped half way: both end this live session, and the journal brings it back.
      if (error instanceof LedgerFault || order.kind === "timer") this.#close("fault");
      return undefined;
    }
  }

  /** Shows what has evolved, unless part of it is critical and could still be lost (L3). */
  #release(): void {
    if (this.#unreleased.length === 0 || !this.showable) return;
    this.#present(this.#unreleased.splice(0));
  }

  #present(entries: readonly Entry[]): void {
    try {
      this.#presenter?.release(entries);
    } catch (error) {
      this.#options.onFault(error);
      this.#close("fault");
    }
  }

  #flushWhenDue(): void {
    if (this.#inFlight || !this.ledger.hasPending || this.#closed) return;
    if (!this.showable || this.ledger.batchIsFull || this.#settledCallbacks.length > 0) this.#flush();
    else this.#flushTimer ??= setTimeout(() => this.#flush(), this.#options.flushMs);
  }

  #flush(): void {
    if (this.#inFlight || this.#closed) return;
    clearTimeout(this.#flushTimer);
    this.#flushTimer = undefined;
    const sealed = this.ledger.seal();
    if (!sealed) return;
    this.#inFlight = sealed.batch;
    void this.#options.journal
      .append(sealed.batch, () => this.#doubt())
      .then((outcome) => this.#concluded(outcome, sealed.batch, sealed.entries));
  }

  /** L9: until the outcome is known nothing is accepted, and whoever waits is told to ask again with the same id. */
  #doubt(): void {
    if (this.#closed) return;
    this.#doubtful = true;
    this.#answers.rejectAll("outcome_unknown");
    for (const { waiter } of this.#queue.splice(0)) waiter.reject(refusal("outcome_unknown"));
  }

  #concluded(outcome: Outcome, batch: Batch, entries: readonly Entry[]): void {
    if (this.#closed) return;
    if (outcome !== "durable") {
      this.#close(outcome);
      return;
    }
    this.#inFlight = null;
    this.#doubtful = false;
    this.#durableSeq = batch.last;
    this.#release();
    if (this.#closed) return;
    this.#options.onDurable(this, entries);
    this.#answers.releaseUpTo(batch.last);
    if (!this.ledger.hasPending) for (const resolve of this.#settledCallbacks.splice(0)) resolve();
    this.#pump();
  }

  /** While nothing is accepted nothing may fire. */
  #armWakeTimer(): void {
    this.#wakeTimer.arm(this.isClosed || this.#doubtful ? null : this.ledger.wakeAt);
  }

  async #wake(): Promise<void> {
    try {
      await this.commit({ kind: "timer" });
    } catch (reason) {
      this.#options.log.debug({ sessionId: this.id, reason: String(reason) }, "timer not taken");
    }
    this.#armWakeTimer();
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    clearTimeout(this.#flushTimer);
    this.#wakeTimer.arm(null);
    const lost =
      reason === "fenced" ? "session_moved" : reason === "refused" ? "session_quarantined" : "outcome_unknown";
    this.#answers.rejectAll(lost);
    for (const { waiter } of this.#queue.splice(0)) waiter.reject(refusal("session_moved"));
    for (const resolve of this.#settledCallbacks.splice(0)) resolve();
    this.#presenter?.closed(reason);
    this.#options.onClosed(this, reason);
  }
}
