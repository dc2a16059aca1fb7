import { LRUCache } from "lru-cache";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { ProcessRow, ProcessStore } from "./processes.store.ts";
import { nameOf, readName } from "./processes-names.ts";

/** How often the registry is read. */
const POLL_MS = 500;
/** A beat comes every second: after this long without one the process is asked directly. */
const QUIET_MS = 1200;
/** Longer than a gate stays open without a beat: what died by then has fallen silent before (L10). */
const DEAD_AFTER_MS = 3000;
/** After this long without looking, nobody's silence means anything. */
const BLIND_MS = 2000;
/** Names of the dead that are remembered, so that nobody asks the registry about them again. */
const DEAD_MAX = 10_000;

/** What asking a process directly came to. `gone`: nobody listens where it did, or somebody else. */
export type Sign = "alive" | "gone" | "silent";

/** Another process that lives, as far as is known. */
export interface Peer {
  readonly name: string;
  readonly row: ProcessRow;
  /** Aborts when it has been declared dead, or has left. */
  readonly gone: AbortSignal;
}

export interface WatchParts {
  readonly store: ProcessStore;
  /** The id of this very process, on which it passes no judgement. */
  readonly selfId: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly probe: (peer: Peer) => Promise<Sign>;
  /** False while this process cannot trust its own word: it may have been stopped, or is cut off from the database. */
  readonly mayJudge: () => boolean;
  /** Told once of every name that died or left. */
  readonly onDeath: (name: string) => void;
  /** A process that was seen to beat. */
  readonly onBeat?: (row: ProcessRow) => void;
}

interface Known extends Peer {
  row: ProcessRow;
  /** When its beat was last seen to change, on this process's monotonic clock. */
  changedAt: number;
  readonly end: AbortController;
  judging: Promise<void> | undefined;
}

/**
 * Watches the other processes. Nobody's clock is compared with anybody's: each observer notes on its own when a beat last
 * changed. A process is dead when its beat has stood still for three seconds and it does not answer when asked directly; at
 * once when nobody listens at its address any more. The registry's one conditional update decides.
 */
export class ProcessWatch {
  readonly #parts: WatchParts;
  readonly #known = new Map<string, Known>();
  readonly #dead = new LRUCache<string, true>({ max: DEAD_MAX });
  #lookedAt = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  /** Resolves after the first look. */
  async start(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  /** Looks now. @throws when the registry does not answer */
  async refresh(): Promise<void> {
    await this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** The processes that live, this one among them. */
  living(): readonly Peer[] {
    return [...this.#known.values()];
  }

  /** The process of this name; null once it is dead. @throws when the registry must be asked and does not answer */
  async find(name: string): Promise<Peer | null> {
    const known = this.#known.get(name);
    // One that did not listen at the last look may do so now: it could not have told anybody of a session before.
    if (known && known.row.addresses.internal !== null) return known;
    const wanted = this.#dead.has(name) ? null : readName(name);
    const row = wanted && (await this.#parts.store.find(wanted.id));
    if (row?.state === "alive" && row.epoch === wanted?.epoch) return this.#meet(row);
    this.#dead.set(name, true);
    return null;
  }

  /** Somebody failed to reach a process: asks it at once. True when it is dead now. */
  async suspect(name: string): Promise<boolean> {
    const known = this.#known.get(name);
    if (!known) return true;
    await this.#judge(known);
    return known.gone.aborted;
  }

  #schedule(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.#parts.log.warn({ error: String(error) }, "the registry was not read"))
        .finally(() => this.#schedule());
    }, POLL_MS);
  }

  async #look(): Promise<void> {
    const before = new Set(this.#known.keys());
    const rows = await this.#parts.store.alive();
    const now = this.#parts.clock.monotonic();
    const wasBlind = now - this.#lookedAt > BLIND_MS;
    this.#lookedAt = now;
    for (const row of rows) {
      const known = this.#meet(row);
      before.delete(known.name);
      if (wasBlind) known.changedAt = now;
    }
    // Only who was known before the question: somebody may have entered since it was asked.
    for (const name of before) this.#bury(name);
    for (const known of this.#known.values()) {
      if (now - known.changedAt >= QUIET_MS) void this.#judge(known);
    }
  }

  #meet(row: ProcessRow): Known {
    const name = nameOf(row);
    const now = this.#parts.clock.monotonic();
    let known = this.#known.get(name);
    if (!known) {
      const end = new AbortController();
      known = { ...{ name, row, changedAt: now, end, gone: end.signal }, judging: undefined };
      this.#known.set(name, known);
    }
    if (row.beat !== known.row.beat) {
      known.changedAt = now;
      this.#parts.onBeat?.(row);
    }
    known.row = row;
    return known;
  }

  #judge(known: Known): Promise<void> {
    const { selfId, log } = this.#parts;
    if (known.row.id === selfId) return Promise.resolve();
    known.judging ??= this.#ask(known)
      .catch((error: unknown) => log.warn({ name: known.name, error: String(error) }, "no judgement on a process"))
      .finally(() => {
        known.judging = undefined;
      });
    return known.judging;
  }

  async #ask(known: Known): Promise<void> {
    const { store, probe, mayJudge, clock, log } = this.#parts;
    const sign = await probe(known);
    if (sign === "alive" || !mayJudge() || known.gone.aborted) return;
    if (sign === "silent" && clock.monotonic() - known.changedAt < DEAD_AFTER_MS) return;
    const { id, epoch, beat } = known.row;
    // Where nobody listens a beat that was seen late changes nothing.
    const declared = await store.declareDead(id, epoch, sign === "silent" ? beat : undefined);
    if (declared) log.warn({ name: known.name, sign }, "process declared dead");
    if (declared || sign === "gone") this.#bury(known.name);
  }

  #bury(name: string): void {
    const known = this.#known.get(name);
    if (!known) return;
    this.#known.delete(name);
    this.#dead.set(name, true);
    known.end.abort();
    this.#parts.onDeath(name);
  }
}
