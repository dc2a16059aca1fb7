import type { Clock } from "../lib/clock.ts";

/** Node's timers overflow beyond this many ms and would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** One timer for the next deadline of a session. */
export class WakeTimer {
  readonly #clock: Clock;
  readonly #fire: () => Promise<void>;
  readonly #notBefore: number;
  #timer: NodeJS.Timeout | undefined;
  #armedFor: number | null = null;
  #firing = false;

  /**
   * @param fire must not reject; while it runs the timer stays silent, so that it cannot pile up behind itself
   * @param notBefore wall time before which nothing fires, for players who are still on their way back
   */
  constructor(clock: Clock, fire: () => Promise<void>, notBefore: number) {
    this.#clock = clock;
    this.#fire = fire;
    this.#notBefore = notBefore;
  }

  /** Sets the deadline (ms since the epoch), or none. Asking again for the same one costs nothing. */
  arm(due: number | null): void {
    if (due === this.#armedFor) return;
    clearTimeout(this.#timer);
    this.#armedFor = due;
    if (due === null || this.#firing) return;
    const delay = Math.max(0, due - this.#clock.now(), this.#notBefore - this.#clock.now());
    this.#timer = setTimeout(() => void this.#due(), Math.min(TIMER_MAX_MS, delay));
  }

  async #due(): Promise<void> {
    this.#firing = true;
    await this.#fire();
    this.#firing = false;
    const due = this.#armedFor;
    this.#armedFor = null;
    this.arm(due);
  }
}
