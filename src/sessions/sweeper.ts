import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "./held-session.ts";
import type { SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

export interface SweeperOptions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly log: Logger;
}

const SWEEP_EVERY_MS = 1000;
const WAKE_MAX = 50;
/** A session without a room stays in memory only when its next timer comes sooner than this. */
const KEEP_MS = 5000;
/** How long a session that could not be opened is left alone; it would otherwise crowd out those that can. */
const LEAVE_ALONE_MS = 60_000;
const LEFT_ALONE_MAX = 1000;

/**
 * Wakes sessions whose time has come although nobody is there (turn timers of days, closing times), brings back those
 * this process lost, and lets those go again that no room presents. A woken session's own timer does the work.
 */
export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #leftAlone = new LRUCache<string, true>({ max: LEFT_ALONE_MAX, ttl: LEAVE_ALONE_MS });
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(options: SweeperOptions) {
    this.#options = options;
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
      const due = await store.due(clock.now(), WAKE_MAX, [...this.#leftAlone.keys()]);
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

  async #releaseIdle(): Promise<void> {
    for (const held of [...this.#options.sessions.all()]) {
      if (this.#isIdle(held)) await this.#options.sessions.release(held);
    }
  }

  #isIdle(held: HeldSession): boolean {
    const { live, idleSince } = held;
    const now = this.#options.clock.monotonic();
    if (live.presenter || idleSince === null) {
      held.idleSince = live.presenter ? null : now;
      return false;
    }
    const due = live.ledger.wakeAt;
    const soon = due !== null && due < this.#options.clock.now() + KEEP_MS;
    return !soon && now - idleSince >= KEEP_MS;
  }
}
