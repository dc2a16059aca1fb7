import type { Clock } from "../lib/clock.ts";

/** How long an acknowledged heartbeat keeps the gate open, in ms: less than the 3 s after which others may take over. */
const LEASE_MS = 2000;

/** How far wall time may run apart from monotonic time between two heartbeats, in ms. */
const MAX_JUMP_MS = 1000;

/** Both clocks at the moment a heartbeat was sent. */
export interface Stamp {
  readonly wall: number;
  readonly monotonic: number;
}

/**
 * The output gate (L10): nothing leaves this process for a session while the gate is closed.
 *
 * The lease runs from when a heartbeat was *sent*, not from its answer: the answer may have lain in a socket buffer
 * while the process was stopped and others took its sessions. Where the monotonic clock stands still during a
 * suspension, the wall clock gives it away.
 */
export class OutputGate {
  readonly #clock: Clock;
  #leaseUntil = Number.NEGATIVE_INFINITY;
  #wallOffset = 0;
  #voidUntil = Number.NEGATIVE_INFINITY;
  #openings = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A gate for a process that holds its data directory by an exclusive lock: the lock is the lease. */
  static alwaysOpen(): OutputGate {
    // On clocks that stand still one heartbeat lasts for ever.
    const gate = new OutputGate({ now: () => 0, monotonic: () => 0 });
    gate.acknowledge(gate.stamp());
    return gate;
  }

  /** Whether something may be sent right now. Ask at every send; the answer is good for this turn of the event loop. */
  isOpen(): boolean {
    const now = this.stamp();
    if (this.#isOpenAt(now)) return true;
    if (now.monotonic > this.#leaseUntil) return false;
    // Remembered: a wall clock that jumps back must not open the gate again.
    this.#leaseUntil = Number.NEGATIVE_INFINITY;
    this.#voidUntil = now.monotonic;
    return false;
  }

  #isOpenAt({ wall, monotonic }: Stamp): boolean {
    return monotonic <= this.#leaseUntil && Math.abs(wall - monotonic - this.#wallOffset) <= MAX_JUMP_MS;
  }

  /** How often it has opened: who remembers it can tell that it was closed since, though nobody asked at that time. */
  get openings(): number {
    return this.#openings;
  }

  /** To be taken right before a heartbeat is sent. */
  stamp(): Stamp {
    return { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
  }

  /** The heartbeat that was sent at `sent` has been acknowledged; late and reordered answers do no harm. */
  acknowledge(sent: Stamp): void {
    const leaseUntil = sent.monotonic + LEASE_MS;
    if (sent.monotonic <= this.#voidUntil || leaseUntil <= this.#leaseUntil) return;
    if (!this.#isOpenAt(this.stamp())) this.#openings += 1;
    this.#leaseUntil = leaseUntil;
    this.#wallOffset = sent.wall - sent.monotonic;
  }
}
