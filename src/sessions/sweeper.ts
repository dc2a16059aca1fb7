import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "./held-session.ts";
import type { SessionStore } from "./sessions.store.ts";
import { KEEP_MS, type Sessions } from "./sessions.ts";

export interface SweeperOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly log: Logger;
  /** Whether waking is this process's duty now: one of the cluster has it. */
  readonly mayWake: () => Promise<boolean>;
}

const SWEEP_EVERY_MS = 1000;
const WAKE_MAX = 50;
/** Sessions looked at in one sweep, and how many are let go of side by side. */
const LOOK_MAX = 5000;
const RELEASE_TOGETHER = 16;
/** How long a session that could not be opened is left alone; it would otherwise crowd out those that can. */
const LEAVE_ALONE_MS = 60_000;
const LEFT_ALONE_MAX = 1000;

/**
 * Wakes sessions whose time has come although nobody is there (turn timers of days, closing times), brings back those
 * this process lost, and lets those go again that no room presents and nobody asks for. A woken session's own timer does
 * the work. One process of a cluster wakes; each looks after what it holds, and what it lost.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #leftAlone = new LRUCache<string, true>({ max: LEFT_ALONE_MAX, ttl: LEAVE_ALONE_MS });
  #round: IterableIterator<HeldSession>;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#round = options.sessions.all();
  }

  start(): void {
    this.#timer = setInterval(() => this.sweep(), SWEEP_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  sweep(): Promise<void> {
    this.#running = this.#running.then(async () => {
      await this.#wakeDue();
      await this.#releaseIdle();
    });
    return this.#running;
  }

  async #wakeDue(): Promise<void> {
    const { sessions, store, clock, log } = this.#options;
    try {
      const mayWake = await this.#options.mayWake();
      const due = mayWake ? await store.due(clock.now(), WAKE_MAX, [...this.#leftAlone.keys()]) : [];
      const lost = [...sessions.lost].filter((id) => !this.#leftAlone.has(id)).slice(0, WAKE_MAX);
      for (const id of [...due, ...lost]) await this.#wake(id);
    } catch (error) {
      log.warn({ error: String(error) }, "sweep postponed");
    }
  }

  async #wake(sessionId: string): Promise<void> {
    try {
      await this.#options.sessions.open(sessionId);
    } catch (error) {
      this.#leftAlone.set(sessionId, true);
      this.#options.log.warn({ sessionId, error: String(error) }, "not woken");
    }
  }

  /** A part of them each time: there may be very many, and the look at them all would be felt by everybody. */
  async #releaseIdle(): Promise<void> {
    const idle: HeldSession[] = [];
    for (let left = Math.min(this.#options.sessions.heldCount, LOOK_MAX); left > 0; left--) {
      const held = this.#next();
      if (held && this.#isIdle(held)) idle.push(held);
    }
    while (idle.length > 0) {
      await Promise.all(idle.splice(0, RELEASE_TOGETHER).map((held) => this.#options.sessions.release(held)));
    }
  }

  /** Round and round over all that are held. */
  #next(): HeldSession | undefined {
    const { value, done } = this.#round.next();
    if (!done) return value;
    this.#round = this.#options.sessions.all();
    return this.#round.next().value;
  }

  #isIdle(held: HeldSession): boolean {
    const { sessions, clock } = this.#options;
    const { live } = held;
    const now = clock.monotonic();
    if (live.presenter) {
      held.keepUntil = now + KEEP_MS;
      return false;
    }
    if (live.ledger.core.status === "ended") return true;
    const due = live.ledger.wakeAt;
    if (due !== null && due < clock.now() + KEEP_MS) return false;
    return now >= held.keepUntil || sessions.isCrowded;
  }
}
