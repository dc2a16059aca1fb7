import type { Room } from "@colyseus/sdk";
import { percentile } from "./bench/figures.ts";

/** What a load test measured; round trips in ms, null when there were none. */
export interface Report {
  readonly connections: number;
  readonly failures: number;
  readonly errors: number;
  /** Since all clients were connected. */
  readonly seconds: number;
  readonly patchesPerSecond: number;
  readonly messagesPerSecond: number;
  readonly roundTripP50: number | null;
  readonly roundTripP95: number | null;
}

/** The latest round trips are kept, however long the test runs. */
const ROUND_TRIPS_MAX = 20_000;
const CONSENTED = 4000;
const SESSION_ENDED = 4103;

/** Counts what the clients of a load test go through. */
export class Meter {
  /** Rooms that were joined. */
  connections = 0;
  /** Clients that could not join, or lost their room for good. */
  failures = 0;
  /** Whatever was reported on console.error, as @colyseus/loadtest counts. */
  errors = 0;
  readonly #open = new Set<Pick<Room, "connection" | "leave">>();
  readonly #roundTrips: number[] = [];
  #nextRoundTrip = 0;
  #patches = 0;
  #messages = 0;
  #since = performance.now();
  #ending = false;

  /** True once the test is about to stop: whoever leaves now is not lost. */
  get isEnding(): boolean {
    return this.#ending;
  }

  /** A client cannot go on. */
  fail(reason: unknown): void {
    this.failures += 1;
    console.error(reason instanceof Error ? reason.message : reason);
  }

  /** Takes a room into the count until its client leaves it. */
  watch<State>(room: Room<unknown, State>): void {
    this.connections += 1;
    this.#open.add(room);
    room.onStateChange(() => {
      this.#patches += 1;
    });
    room.onMessage("*", () => {
      this.#messages += 1;
    });
    room.onLeave((code) => {
      this.#open.delete(room);
      if (this.#ending || code === CONSENTED || code === SESSION_ENDED) return;
      this.fail(`a client lost its room: closed with ${code}`);
    });
  }

  /** @param ms how long an input or a request was on its way there and back */
  roundTrip(ms: number): void {
    this.#roundTrips[this.#nextRoundTrip % ROUND_TRIPS_MAX] = ms;
    this.#nextRoundTrip += 1;
  }

  /** Counts from zero: from now on everybody is there. */
  begin(): void {
    this.#since = performance.now();
    this.#patches = 0;
    this.#messages = 0;
  }

  report(): Report {
    const seconds = (performance.now() - this.#since) / 1000;
    const perSecond = (count: number) => Number((count / seconds).toFixed(1));
    const roundTrip = (percent: number) =>
      this.#roundTrips.length === 0 ? null : Number(percentile(this.#roundTrips, percent).toFixed(1));
    return {
      ...{ connections: this.connections, failures: this.failures, errors: this.errors },
      ...{ seconds: Number(seconds.toFixed(1)), patchesPerSecond: perSecond(this.#patches) },
      ...{ messagesPerSecond: perSecond(this.#messages), roundTripP50: roundTrip(50), roundTripP95: roundTrip(95) },
    };
  }

  /** Gives all seats up, so that no room waits for anybody. Resolves when the server has let go, or in two seconds. */
  async leaveAll(): Promise<void> {
    this.#ending = true;
    const left = [...this.#open].map((room) => room.connection.isOpen && room.leave());
    await Promise.race([Promise.all(left), new Promise((resolve) => setTimeout(resolve, 2000))]);
  }
}
