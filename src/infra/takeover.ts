import { LRUCache } from "lru-cache";
import { Refusal } from "../errors.ts";
import { inParallel } from "../lib/in-parallel.ts";
import type { Logger } from "../log.ts";
import { HeldElsewhere, type Owners } from "../sessions/owners.ts";
import type { Owned, SessionOwnersStore } from "../sessions/session-owners.store.ts";
import { isUnreachable } from "./mongo.ts";

/** Recoveries side by side: enough to hide the database's latency, too few to starve new joins. */
const PARALLEL = 8;
/** Orphans of one owner that are looked up at once; the next look finds the rest, and a knock any of them. */
const ORPHANS_MAX = 10_000;
/** How often it is looked whether anybody is left whose owner is dead: a survivor may have died over them. */
const SWEEP_EVERY_MS = 5000;
/** The same at the start, until it has been looked once. */
const RESTORE_AGAIN_MS = 500;
/** How long a session that could not be brought back is left alone. */
const LEAVE_ALONE_MS = 60_000;
const LEFT_ALONE_MAX = 10_000;

/** What became of one orphan. `elsewhere`: another survivor was quicker. `left`: not with the rules of this build. */
export type TakeoverOutcome = "recovered" | "elsewhere" | "released" | "left" | "failed";

export interface TakeoverParts {
  readonly store: SessionOwnersStore;
  readonly owners: Owners;
  readonly log: Logger;
  readonly raise: (sessionId: string) => Promise<unknown>;
  /** Whether a session of this region is for others to bring back, because somebody living is nearer to it. */
  readonly isOthers: (region: string) => boolean;
  /** Whether this build plays the type at all, and in rooms. */
  readonly kindOf: (type: string) => "room" | "roomless" | "unknown";
  /** Whether looking for leftovers is this process's duty now. */
  readonly maySweep: () => Promise<boolean>;
  readonly onOutcome: (outcome: TakeoverOutcome) => void;
}

/**
 * Brings back the sessions of owners that are dead: those in which somebody was connected first. All survivors begin at
 * once, each in an order of its own, and whoever takes a session's document first has it.
 */
export class Takeover {
  readonly #parts: TakeoverParts;
  readonly #running = new Map<string, Promise<number>>();
  readonly #leftAlone = new LRUCache<string, true>({ max: LEFT_ALONE_MAX, ttl: LEAVE_ALONE_MS });
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<unknown> | undefined;
  #stopped = false;

  constructor(parts: TakeoverParts) {
    this.#parts = parts;
  }

  /** @returns resolves when what dead owners had before this start has been looked at; never rejects */
  start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sweepOnce(() => this.#restore(resolve));
    this.#timer = setInterval(() => this.#sweepOnce(() => this.#sweepOnDuty()), SWEEP_EVERY_MS);
    this.#timer.unref();
    return promise;
  }

  /** One look at a time. */
  #sweepOnce(look: () => Promise<unknown>): void {
    if (this.#sweeping !== undefined) return;
    this.#sweeping = look()
      .catch((error: unknown) => this.#parts.log.warn({ error: String(error) }, "leftovers not looked for"))
      .finally(() => {
        this.#sweeping = undefined;
      });
  }

  /** The database may be away in this very second; a process that never became ready would be of no use to anybody. */
  async #restore(onRestored: () => void): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.sweep();
        return onRestored();
      } catch (error) {
        this.#parts.log.warn({ error: String(error) }, "leftovers not looked for");
        await new Promise((done) => setTimeout(done, RESTORE_AGAIN_MS));
      }
    }
  }

  /** Begins nothing more, and resolves when what was begun has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await Promise.allSettled([this.#sweeping, ...this.#running.values()]);
  }

  /** An owner has died: begins to bring back what it had. What fails is left to the next look. */
  begin(owner: string): void {
    this.of(owner, ({ region }) => !this.#parts.isOthers(region)).catch((error: unknown) =>
      this.#parts.log.warn({ owner, error: String(error) }, "takeover postponed"),
    );
  }

  /** Brings back what this dead owner had; resolves with how many came up here. @param mine which of it */
  of(owner: string, mine: (orphan: Owned) => boolean = () => true): Promise<number> {
    let running = this.#running.get(owner);
    if (!running) {
      running = this.#of(owner, mine).finally(() => this.#running.delete(owner));
      this.#running.set(owner, running);
    }
    return running;
  }

  /** The same for every owner that is dead; resolves with how many sessions came up here. */
  async sweep(): Promise<number> {
    const { store, owners } = this.#parts;
    let recovered = 0;
    for (let name = await store.nextOwner(""); name !== null; name = await store.nextOwner(name)) {
      if (name !== owners.self && !(await owners.lives(name))) recovered += await this.of(name);
    }
    return recovered;
  }

  async #sweepOnDuty(): Promise<void> {
    if (await this.#parts.maySweep()) await this.sweep();
  }

  async #of(owner: string, mine: (orphan: Owned) => boolean): Promise<number> {
    const orphans = inOrder((await this.#parts.store.ownedBy(owner, ORPHANS_MAX)).filter(mine));
    let recovered = 0;
    await inParallel(PARALLEL, orphans, async (orphan) => {
      if (this.#stopped || this.#leftAlone.has(orphan.id)) return;
      const outcome = await this.#take(orphan, owner);
      this.#parts.onOutcome(outcome);
      if (outcome === "recovered") recovered += 1;
    });
    if (recovered > 0) this.#parts.log.info({ owner, sessions: recovered }, "sessions of a dead process restored");
    return recovered;
  }

  async #take({ id, type }: Owned, owner: string): Promise<TakeoverOutcome> {
    const { store, raise, kindOf, log } = this.#parts;
    try {
      const kind = kindOf(type);
      if (kind === "roomless") await store.disown(id, owner);
      if (kind === "room") await raise(id);
      if (kind !== "unknown") return kind === "room" ? "recovered" : "released";
      log.error({ sessionId: id, type }, "left to its dead owner: this build does not play this type");
    } catch (reason) {
      const code = reason instanceof Refusal ? reason.code : undefined;
      if (reason instanceof HeldElsewhere || code === "session_moved") return "elsewhere";
      if (code === "session_ended") return "released";
      log.warn({ sessionId: id, code, error: String(reason) }, "not restored");
      // Nothing is known against the session: it is looked at again as soon as the database answers.
      if (code === "unavailable" || isUnreachable(reason)) return "failed";
      if (code !== "rules_unavailable") {
        this.#leftAlone.set(id, true);
        return "failed";
      }
    }
    this.#leftAlone.set(id, true);
    return "left";
  }
}

/** Those that somebody waits for first, and equals in any order, or all survivors would meet. */
function inOrder(orphans: readonly Owned[]): Owned[] {
  const shuffled = orphans.map((orphan) => ({ orphan, by: Math.min(orphan.connected, 1) + Math.random() / 2 }));
  return shuffled.sort((a, b) => b.by - a.by).map(({ orphan }) => orphan);
}
