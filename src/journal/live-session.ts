import { type Refusal, refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import { Answers, type Reply, type Waiter } from "./answers.ts";
import type { Batch } from "./batch.ts";
import { Deadline } from "./deadline.ts";
import type { FlushGrid } from "./flush-grid.ts";
import { CORE, type Entry, type TickInputs } from "./game.ts";
import type { Journal, Outcome } from "./journal.ts";
import { type Decision, type Ledger, LedgerFault } from "./ledger.ts";
import { durabilityOf, type Order } from "./orders.ts";
import type { CloseReason, Presenter } from "./presenter.ts";
import { SettledReads } from "./settled-reads.ts";
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
  /** How much play of a real-time game a crash may undo, in ms. */
  readonly tickMs: number;
  /** When the ticks of real-time games go to the journal. */
  readonly grid: FlushGrid;
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
  /** What is pending goes to the journal by then, if nothing sends it earlier. */
  readonly #flushBy: Deadline;
  /** Ticks should have gone to the journal while a batch was on its way. */
  #overdue = false;
  /** So many entries may be undurable while the clock runs. */
  readonly #ticksAtRisk: number;
  readonly #wakeTimer: WakeTimer;
  readonly #reads = new SettledReads();

  /** The ledger must have nothing pending, so that all of it is durable. */
  constructor(options: LiveSessionOptions) {
    this.#options = options;
    this.ledger = options.ledger;
    this.#durableSeq = options.ledger.seq;
    const hz = options.ledger.identity.game.realtime?.hz ?? 1;
    this.#ticksAtRisk = Math.max(1, Math.floor((options.tickMs * hz) / 1000));
    this.#flushBy = new Deadline(options.clock, () => this.#flush());
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
   * One tick of a real-time game. `held`: nothing happened, because nothing may be accepted now (the outcome of a batch
   * is unknown, or a crash would undo more play than it may); `told`: the presenter was given what this tick decided; `quiet`: there
   * was nothing to tell, or it must wait.
   */
  step(inputs: TickInputs): "held" | "told" | "quiet" {
    if (this.isClosed || this.#doubtful || this.ledger.batchIsFull) return "held";
    if (this.ledger.seq - this.#durableSeq >= this.#ticksAtRisk) {
      this.#flushTicks();
      return "held";
    }
    const entries = this.#step(inputs);
    if (!entries) return "held";
    for (const entry of entries) {
      if (entry.type === CORE.ended) this.#criticalSeq = entry.seq;
      if (entry.type === CORE.ended || entry.data.facts !== undefined) this.#unreleased.push(entry);
    }
    const told = this.#release();
    this.#options.grid.next(this.#flushTicks);
    this.#flushWhenDue();
    return told ? "told" : "quiet";
  }

  /**
   * Reads a state that is durable, so that no undurable seq or version ever leaves. `read` runs while the session plays
   * on and must take what it needs: by the time the promise resolves the ledger has moved.
   *
   * @throws Refusal `session_moved` when the session closed meanwhile
   */
  settled<T>(read: (ledger: Ledger) => T): Promise<T> {
    if (this.#closed) return Promise.reject(refusal("session_moved"));
    const answer = this.#reads.add(read);
    if (!this.#inFlight && !this.ledger.hasPending) this.#reads.serveNow(this.ledger);
    else this.#flush();
    return answer;
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
    if (this.ledger.batchIsFull) return true;
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
    if (reply.entries.length > 0) this.#flushBy.within(this.#options.flushMs);
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

  #step(inputs: TickInputs): readonly Entry[] | undefined {
    try {
      return this.ledger.step(inputs, this.#options.clock.now());
    } catch (error) {
      this.#options.onFault(error);
      this.#close("fault");
      return undefined;
    }
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
  #release(): boolean {
    if (this.#unreleased.length === 0 || !this.showable) return false;
    this.#present(this.#unreleased.splice(0));
    return true;
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
    const atOnce = !this.showable || this.ledger.batchIsFull || this.#reads.waits;
    if (atOnce || this.#overdue || this.#flushBy.hasPassed) this.#flush();
  }

  readonly #flushTicks = (): void => {
    if (this.#inFlight) this.#overdue = true;
    else this.#flush();
  };

  #flush(): void {
    if (this.#inFlight || this.#closed) return;
    this.#flushBy.clear();
    this.#overdue = false;
    const sealed = this.ledger.seal();
    if (!sealed) return;
    this.#inFlight = sealed.batch;
    this.#reads.take(this.ledger);
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
    this.#reads.give();
    if (!this.ledger.hasPending) this.#reads.serveNow(this.ledger);
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
    this.#flushBy.clear();
    this.#wakeTimer.arm(null);
    const lost =
      reason === "fenced" ? "session_moved" : reason === "refused" ? "session_quarantined" : "outcome_unknown";
    this.#answers.rejectAll(lost);
    for (const { waiter } of this.#queue.splice(0)) waiter.reject(refusal("session_moved"));
    this.#reads.refuseAll();
    this.#presenter?.closed(reason);
    this.#options.onClosed(this, reason);
  }
}
