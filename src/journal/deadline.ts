import type { Clock } from "../lib/clock.ts";

/** The earliest of several deadlines; calls `reached` once when it comes. */
export class Deadline {
  readonly #clock: Clock;
  readonly #reached: () => void;
  #timer: NodeJS.Timeout | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, reached: () => void) {
    this.#clock = clock;
    this.#reached = reached;
  }

  get hasPassed(): boolean {
    return this.#due <= this.#clock.monotonic();
  }

  /** @param ms from now; later than what is set already it changes nothing */
  within(ms: number): void {
    const due = this.#clock.monotonic() + ms;
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(this.#reached, ms);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#due = Number.POSITIVE_INFINITY;
  }
}
