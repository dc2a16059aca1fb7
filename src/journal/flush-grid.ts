import type { Clock } from "../lib/clock.ts";

/**
 * The instants at which all real-time sessions of a process send their ticks to the journal: multiples of one interval.
 * One timer for all of them, so that their batches are appended in one turn and share one write.
 */
export class FlushGrid {
  readonly #clock: Clock;
  readonly #interval: number;
  #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Clock, intervalMs: number) {
    this.#clock = clock;
    this.#interval = intervalMs;
  }

  /** Calls `flush` once at the next instant. Asking again before it changes nothing. */
  next(flush: () => void): void {
    this.#waiting.add(flush);
    this.#timer ??= setTimeout(() => this.#run(), this.#interval - (this.#clock.monotonic() % this.#interval));
  }

  #run(): void {
    this.#timer = undefined;
    const due = this.#waiting;
    this.#waiting = new Set();
    for (const flush of due) flush();
  }
}
