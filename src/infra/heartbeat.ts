import type { Logger } from "../log.ts";
import type { OutputGate } from "./gate.ts";

const INTERVAL_MS = 1000;

/** Unanswered beats at most: the driver would queue one a second for as long as the database is away. */
const MAX_IN_FLIGHT = 3;

export interface HeartbeatParts {
  readonly gate: OutputGate;
  readonly log: Logger;
  /** Sends one beat; false when this process no longer counts as alive. */
  beat(): Promise<boolean>;
  /** Called once, when another process has declared this one dead. */
  onDeposed(): void;
}

/** Tells the cluster once a second that this process lives, and the gate how long that holds. */
export class Heartbeat {
  readonly #parts: HeartbeatParts;
  #timer: NodeJS.Timeout | undefined;
  #inFlight = 0;
  #stopped = false;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  /** Resolves after the first beat: the gate is open then, unless the database is away. */
  async start(): Promise<void> {
    this.#timer = setInterval(() => void this.#tick(), INTERVAL_MS);
    await this.#tick();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
  }

  async #tick(): Promise<void> {
    if (this.#stopped || this.#inFlight >= MAX_IN_FLIGHT) return;
    const { gate, log } = this.#parts;
    this.#inFlight++;
    const sent = gate.stamp();
    try {
      if (await this.#parts.beat()) gate.acknowledge(sent);
      else this.#deposed();
    } catch (err) {
      log.warn({ err }, "heartbeat not acknowledged");
    } finally {
      this.#inFlight--;
    }
  }

  #deposed(): void {
    if (this.#stopped) return;
    this.stop();
    this.#parts.onDeposed();
  }
}
