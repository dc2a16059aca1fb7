import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { Batch } from "./batch.ts";
import type { JournalStore, Written } from "./journal.store.ts";

/**
 * How a batch ended (L9). `unknown` after all retries; `refused` is a batch the database rejects by its content, which
 * is a bug of ours: that session is quarantined.
 */
export type Outcome = "durable" | "fenced" | "refused" | "unknown";

export interface JournalMetrics {
  appended(outcome: Outcome, entries: number): void;
  flushed(seconds: number, batches: number): void;
}

export interface JournalOptions {
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: JournalMetrics;
  /** Awaited between a batch's being durable and whoever is told of it. Must not reject. */
  readonly beforeTold?: (batch: Batch) => Promise<void>;
}

/** Two lanes: one slow group does not hold the rooms of the other. */
const LANES = 2;
const GROUP_MAX = 256;
/**
 * A store that answers within this time is worth keeping busy with one half while the other half is being decided. One
 * that does not spends its time on flushing the disk, and a flush is best shared by all.
 */
const QUICK_MS = 3;
/** Groups smaller than this are not worth halving. */
const SPLIT_MIN = 32;
/** With a store that is not quick, how long the lanes under way may take before the next one opens. */
const SLOW_MS = 5;
/** After this long without knowing, a session gives up its live room and comes back from the journal later. */
const UNKNOWN_AFTER_MS = 10_000;
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 1000;

interface Waiting {
  readonly batch: Batch;
  readonly since: number;
  readonly settle: (outcome: Outcome) => void;
  readonly doubt: () => void;
  attempts: number;
}

/**
 * Group commit over all sessions of the process: what waits when a lane is free goes out as one write. A session has
 * at most one batch here at a time, so the queue is bounded by the number of live sessions and order needs no care.
 */
export class Journal {
  readonly #options: JournalOptions;
  #queue: Waiting[] = [];
  /** When each lane under way began, in monotonic ms. */
  readonly #lanes = new Set<{ readonly since: number }>();
  #scheduled = false;
  #slowTimer: NodeJS.Timeout | undefined;
  #lastGroup = 0;
  #lastFlushMs = 0;
  #unsettled = 0;
  #idle: (() => void)[] = [];

  constructor(options: JournalOptions) {
    this.#options = options;
  }

  /** Batches that are not settled yet: waiting, being written or waiting for a retry. */
  get backlog(): number {
    return this.#unsettled;
  }

  /**
   * Resolves when the batch's fate is known, or `unknown` after ten seconds; never rejects. `doubt` is called once
   * when the first attempt leaves the outcome open.
   */
  append(batch: Batch, doubt: () => void): Promise<Outcome> {
    this.#unsettled += 1;
    return new Promise((settle) => {
      this.#queue.push({ batch, settle, doubt, since: this.#options.clock.monotonic(), attempts: 0 });
      this.#schedule();
    });
  }

  /** Resolves once nothing is unsettled. */
  async drained(): Promise<void> {
    if (this.#unsettled > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /**
   * One turn later: all that this turn of the event loop appends shares the write. While sessions come one by one there
   * is nothing to wait for.
   */
  #schedule(): void {
    if (this.#scheduled || this.#queue.length === 0 || this.#lanes.size >= LANES) return;
    const wait = this.#slowIn();
    if (wait > 0) {
      this.#slowTimer ??= setTimeout(() => {
        this.#slowTimer = undefined;
        this.#schedule();
      }, wait);
      return;
    }
    this.#scheduled = true;
    const later = this.#lastGroup > 1 ? setImmediate : queueMicrotask;
    later(() => {
      this.#scheduled = false;
      void this.#runLane(this.#queue.splice(0, this.#groupSize()));
      this.#schedule();
    });
  }

  /** An even share for each free lane. Without it the lanes run into one: their answers arrive in the same turn. */
  #groupSize(): number {
    const waiting = this.#queue.length;
    if (waiting < SPLIT_MIN || this.#lastFlushMs > QUICK_MS) return GROUP_MAX;
    return Math.min(GROUP_MAX, Math.ceil(waiting / (LANES - this.#lanes.size)));
  }

  /** Milliseconds until another lane may open beside those under way; 0 when it may now. */
  #slowIn(): number {
    if (this.#lastFlushMs <= QUICK_MS) return 0;
    const youngest = Math.max(Number.NEGATIVE_INFINITY, ...[...this.#lanes].map(({ since }) => since));
    return Math.max(0, youngest + SLOW_MS - this.#options.clock.monotonic());
  }

  async #runLane(group: Waiting[]): Promise<void> {
    const { clock, metrics } = this.#options;
    const lane = { since: clock.monotonic() };
    this.#lastGroup = group.length;
    this.#lanes.add(lane);
    const written = await this.#write(group);
    this.#lastFlushMs = clock.monotonic() - lane.since;
    metrics.flushed((clock.monotonic() - lane.since) / 1000, group.length);
    await Promise.all(group.map((waiting, index) => this.#conclude(waiting, written?.[index])));
    this.#lanes.delete(lane);
    this.#schedule();
  }

  async #write(group: readonly Waiting[]): Promise<Written[] | undefined> {
    try {
      return await this.#options.store.append(group.map(({ batch }) => batch));
    } catch (error) {
      this.#options.log.warn({ error: String(error), batches: group.length }, "journal write with unknown outcome");
      return undefined;
    }
  }

  async #conclude(waiting: Waiting, written: Written | undefined): Promise<void> {
    if (written === "written") return this.#settle(waiting, "durable");
    if (written === "refused") return this.#settle(waiting, "refused");
    const known = written === "duplicate" ? await this.#whose(waiting.batch) : undefined;
    if (known) return this.#settle(waiting, known);
    if (this.#options.clock.monotonic() - waiting.since >= UNKNOWN_AFTER_MS) return this.#settle(waiting, "unknown");
    this.#retryLater(waiting);
  }

  /** A duplicate key is either our own write whose answer was lost, or a new owner's: the hash tells. */
  async #whose(batch: Batch): Promise<Outcome | undefined> {
    try {
      const stored = await this.#options.store.find(batch._id);
      if (stored) return stored.hash === batch.hash ? "durable" : "fenced";
    } catch (error) {
      this.#options.log.warn({ error: String(error), batch: batch._id }, "journal read with unknown outcome");
    }
    return undefined;
  }

  /** The identical bytes under the same id: sending them twice cannot write them twice. */
  #retryLater(waiting: Waiting): void {
    const delay = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** waiting.attempts);
    waiting.attempts += 1;
    if (waiting.attempts === 1) waiting.doubt();
    setTimeout(() => {
      this.#queue.push(waiting);
      this.#schedule();
    }, delay);
  }

  #settle(waiting: Waiting, outcome: Outcome): void {
    const { batch } = waiting;
    const { metrics, beforeTold } = this.#options;
    metrics.appended(outcome, batch.last - batch.n + 1);
    // Not awaited by the lane: what is durable holds up nobody else's write.
    if (outcome === "durable" && beforeTold) void beforeTold(batch).then(() => this.#tell(waiting, outcome));
    else this.#tell(waiting, outcome);
  }

  #tell(waiting: Waiting, outcome: Outcome): void {
    this.#unsettled -= 1;
    waiting.settle(outcome);
    if (this.#unsettled === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
