import { type Refusal, refusal } from "../errors.ts";
import { Answers, type Reply, type Waiter } from "./answers.ts";
import type { Batch } from "./batch.ts";
import { Deadline } from "./deadline.ts";
import { CORE, type Entry, type TickInputs } from "./game.ts";
import type { Outcome } from "./journal.ts";
import { type Decision, type Ledger, LedgerFault } from "./ledger.ts";
import type { LiveParts } from "./live-parts.ts";
import { type CommitOptions, OrderQueue, type Queued } from "./order-queue.ts";
import { durabilityOf, type Order } from "./orders.ts";
import { Output } from "./output.ts";
import type { CloseReason, Presenter } from "./presenter.ts";
import { SettledReads } from "./settled-reads.ts";
import { WakeTimer } from "./wake-timer.ts";

const NOTHING: readonly Entry[] = [];

/**
 * A session this process owns, and the one door to it: every order, from a socket, a route or a timer, is committed
 * here, first in, first out. Orders that wait are decided together and appended as one batch; what arrives meanwhile
 * is the next batch.
 */
export class LiveSession {
  readonly ledger: Ledger;
  readonly #parts: LiveParts;
  readonly #queue = new OrderQueue();
  readonly #wakeNotBefore: number;
  // Made on first use: a process may hold a hundred thousand sessions that hardly ever do anything.
  #answers: Answers | null = null;
  #reads: SettledReads | null = null;
  /** What is pending goes to the journal by then, if nothing sends it earlier. */
  #flushBy: Deadline | null = null;
  #wakeTimer: WakeTimer | null = null;
  #flushTicks: (() => void) | null = null;
  readonly #output = new Output();
  #inFlight: Batch | null = null;
  #durableSeq: number;
  #doubtful = false;
  #closing = false;
  #closed: CloseReason | null = null;
  /** What is pending should have gone to the journal already. */
  #overdue = false;

  /**
   * The ledger must have nothing pending, so that all of it is durable.
   *
   * @param wakeNotBefore overdue timers wait until then (ms since the epoch): after a recovery the players are still on
   * their way back
   */
  constructor(ledger: Ledger, parts: LiveParts, wakeNotBefore = 0) {
    this.#parts = parts;
    this.ledger = ledger;
    this.#wakeNotBefore = wakeNotBefore;
    this.#durableSeq = ledger.seq;
    this.#armWakeTimer();
  }

  get id(): string {
    return this.ledger.identity.sessionId;
  }
  get presenter(): Presenter | null {
    return this.#output.presenter;
  }
  get isClosed(): boolean {
    return this.#closed !== null || this.#closing;
  }
  /**
   * False while the state in memory holds something critical that is not durable, and once the session is on its way to
   * another owner: nobody may look at it then.
   */
  get showable(): boolean {
    return !this.isClosed && this.#output.criticalSeq <= this.#durableSeq;
  }
  get durableSeq(): number {
    return this.#durableSeq;
  }

  present(presenter: Presenter | null): void {
    this.#output.presenter = presenter;
  }

  /**
   * Commits an order. Resolves when its effect may be known: for critical orders, and for everybody who asks for
   * `durable`, once it is durable.
   *
   * @throws Refusal: the rules' no, `outcome_unknown`, `session_moved`, `overloaded`
   */
  commit(order: Order, options: CommitOptions = {}): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return reject(refusal("session_moved"));
      if (this.#doubtful) return reject(refusal("outcome_unknown"));
      if (!this.#queue.add({ order, options, waiter: { resolve, reject } })) return reject(refusal("overloaded"));
      this.#pump();
    });
  }

  /**
   * One tick of a real-time game. `held`: nothing happened, because nothing may be accepted now (the outcome of a batch
   * is unknown, the session is paused, or a crash would undo more play than it may); `told`: the presenter was given
   * what this tick decided; `quiet`: there was nothing to tell, or it must wait.
   */
  step(inputs: TickInputs): "held" | "told" | "quiet" {
    const { ledger } = this;
    if (this.isClosed || this.#doubtful || ledger.batchIsFull || ledger.core.status === "paused") return "held";
    this.#flushTicks ??= () => this.#flushSoon();
    if (ledger.seq - this.#durableSeq >= this.#ticksAtRisk) {
      this.#flushSoon();
      return "held";
    }
    const entries = this.#step(inputs);
    if (!entries) return "held";
    for (const { type, seq } of entries) if (type === CORE.ended) this.#output.criticalSeq = seq;
    this.#output.keep(entries.filter(({ type, data }) => type === CORE.ended || data.facts !== undefined));
    const told = this.#release();
    this.#parts.grid.next(this.#flushTicks);
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
    if (!this.#inFlight && !this.ledger.hasPending) return new Promise((resolve) => resolve(read(this.ledger)));
    this.#reads ??= new SettledReads();
    const answer = this.#reads.add(read);
    this.#flush();
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

  /** So many entries may be undurable while the clock runs. */
  get #ticksAtRisk(): number {
    const hz = this.ledger.identity.game.realtime?.hz ?? 1;
    return Math.max(1, Math.floor((this.#parts.tickMs * hz) / 1000));
  }

  #pump(): void {
    for (let next = this.#queue.first; next && !this.#closed; next = this.#queue.first) {
      if (this.#mustWait(next.order)) break;
      this.#process(this.#queue.take());
    }
    this.#flushWhenDue();
    this.#armWakeTimer();
  }

  /** Critical orders wait for the batch in flight: deciding them now would put their effect into what it releases. */
  #mustWait(order: Order): boolean {
    if (this.ledger.batchIsFull) return true;
    return this.#inFlight !== null && durabilityOf(this.ledger.identity.game, order) === "critical";
  }

  #process({ order, options, waiter }: Queued): void {
    const before = options.hashed ? this.ledger.stateHash() : "";
    const decision = this.#decide(order, waiter);
    if (!decision) return;
    const critical = durabilityOf(this.ledger.identity.game, order) === "critical";
    // A refusal may name the version: for who wants to know only what is durable, all of it must be.
    const told = options.durable ? this.ledger.seq : this.#output.criticalSeq;
    if (decision.kind === "refused") {
      this.#answer(waiter, told, decision.refusal);
      this.#hasten(critical, options);
      return;
    }
    const entries = decision.kind === "repeat" ? NOTHING : decision.entries;
    const hashes = options.hashed ? { hashes: { before, after: this.ledger.stateHash() } } : {};
    const reply: Reply = { ...decision.answer, entries, ...hashes };
    this.#output.keep(entries);
    if (critical && decision.kind === "done" && entries.length > 0) this.#output.criticalSeq = reply.seq;
    this.#hasten(critical, options);
    this.#release();
    const lasting = critical || options.durable || decision.kind === "repeat";
    this.#answer(waiter, lasting ? reply.seq : this.#output.criticalSeq, reply);
  }

  /** What is critical goes out at once anyway; the rest may wait for company unless somebody waits for it. */
  #hasten(critical: boolean, { durable = false }: CommitOptions): void {
    if (!this.ledger.hasPending) return;
    if (durable) this.#overdue = true;
    if (critical || durable) return;
    this.#flushBy ??= new Deadline(this.#parts.clock, () => this.#flush());
    this.#flushBy.within(this.#parts.flushMs);
  }

  /** An answer is an effect as well (L3): even a refusal tells what was decided before it. */
  #answer(waiter: Waiter, seq: number, answer: Reply | Refusal): void {
    this.#answers ??= new Answers();
    if (this.#closed) waiter.reject(refusal("outcome_unknown"));
    else this.#answers.give(waiter, seq, answer, this.#durableSeq);
  }

  #step(inputs: TickInputs): readonly Entry[] | undefined {
    try {
      return this.ledger.step(inputs, this.#parts.clock.now());
    } catch (error) {
      this.#parts.onFault(this, error);
      this.#close("fault");
      return undefined;
    }
  }

  #decide(order: Order, waiter: Waiter): Decision | undefined {
    try {
      const decision = this.ledger.decide(order, this.#parts.clock.now());
      if (order.kind === "timer" && decision.kind === "refused") throw decision.refusal;
      return decision;
    } catch (error) {
      this.#parts.onFault(this, error);
      waiter.reject(refusal("internal_error"));
      // `decide` is pure: when it throws nothing has happened. A timer would throw again at once, evolve may have
      // stopped half way: both end this live session, and the journal brings it back.
      if (error instanceof LedgerFault || order.kind === "timer") this.#close("fault");
      return undefined;
    }
  }

  #release(): boolean {
    try {
      return this.#output.release(this.#durableSeq);
    } catch (error) {
      this.#parts.onFault(this, error);
      this.#close("fault");
      return true;
    }
  }

  #flushWhenDue(): void {
    if (this.#inFlight || !this.ledger.hasPending || this.#closed) return;
    const atOnce = !this.showable || this.ledger.batchIsFull || this.#reads?.waits === true;
    if (atOnce || this.#overdue || this.#flushBy?.hasPassed) this.#flush();
  }

  #flushSoon(): void {
    if (this.#inFlight) this.#overdue = true;
    else this.#flush();
  }

  #flush(): void {
    if (this.#inFlight || this.#closed) return;
    this.#flushBy?.clear();
    this.#overdue = false;
    const sealed = this.ledger.seal();
    if (!sealed) return;
    this.#inFlight = sealed.batch;
    this.#reads?.take(this.ledger);
    void this.#parts.journal
      .append(sealed.batch, () => this.#doubt())
      .then((outcome) => this.#concluded(outcome, sealed.batch, sealed.entries));
  }

  /** L9: until the outcome is known nothing is accepted, and whoever waits is told to ask again with the same id. */
  #doubt(): void {
    if (this.#closed) return;
    this.#doubtful = true;
    this.#answers?.rejectAll("outcome_unknown");
    this.#queue.rejectAll("outcome_unknown");
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
    this.#parts.onDurable(this, entries);
    this.#answers?.releaseUpTo(batch.last);
    this.#reads?.give();
    if (!this.ledger.hasPending) this.#reads?.serveNow(this.ledger);
    this.#pump();
    this.#forgetIdle();
  }

  /** What a busy moment needed is not kept for the quiet hours after it. */
  #forgetIdle(): void {
    if (this.#inFlight || this.ledger.hasPending) return;
    this.#answers = null;
    this.#reads = null;
  }

  /** While nothing is accepted nothing may fire. */
  #armWakeTimer(): void {
    const due = this.isClosed || this.#doubtful ? null : this.ledger.wakeAt;
    if (due === null && !this.#wakeTimer) return;
    this.#wakeTimer ??= new WakeTimer(this.#parts.clock, () => this.#wake(), this.#wakeNotBefore);
    this.#wakeTimer.arm(due);
  }

  async #wake(): Promise<void> {
    try {
      await this.commit({ kind: "timer" });
    } catch (reason) {
      this.#parts.log.debug({ sessionId: this.id, reason: String(reason) }, "timer not taken");
    }
    this.#armWakeTimer();
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#flushBy?.clear();
    this.#wakeTimer?.arm(null);
    const lost =
      reason === "fenced" ? "session_moved" : reason === "refused" ? "session_quarantined" : "outcome_unknown";
    this.#answers?.rejectAll(lost);
    this.#queue.rejectAll("session_moved"); // nobody has decided these
    this.#reads?.refuseAll();
    this.#output.presenter?.closed(reason);
    this.#parts.onClosed(this, reason);
  }
}
