import type { Ledger } from "../journal/ledger.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "./held-session.ts";
import type { Projection, SessionStore } from "./sessions.store.ts";

/** How far a session document may lag behind its journal. */
const PROJECT_EVERY_MS = 1000;
/** Entries between two snapshots: bounds how much a recovery replays. */
const SNAPSHOT_EVERY = 200;

export interface ProjectorOptions {
  readonly store: SessionStore;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly processId: string;
}

/**
 * Keeps the session documents and the snapshots behind the journal: at most one write a second for a session, at once
 * when its status changes. Nothing waits for it, because the journal is the truth and both can be made again from it.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  readonly #dirty = new Set<HeldSession>();
  #running: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.flush(), PROJECT_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  mark(held: HeldSession, now: boolean): void {
    this.#dirty.add(held);
    if (now) void this.flush();
  }

  forget(held: HeldSession): void {
    this.#dirty.delete(held);
  }

  /** One flush at a time, so that a session's projections are written in order. */
  flush(): Promise<void> {
    this.#running = this.#running.then(() => this.#flushAll());
    return this.#running;
  }

  async #flushAll(): Promise<void> {
    const batch = [...this.#dirty];
    this.#dirty.clear();
    for (const held of batch) {
      try {
        await this.write(held, this.#options.processId);
        if (held.live.durableSeq - held.snapshotSeq >= SNAPSHOT_EVERY) await this.snapshot(held);
      } catch (error) {
        if (!held.live.isClosed) this.#dirty.add(held);
        this.#options.log.warn({ sessionId: held.live.id, error: String(error) }, "projection postponed");
      }
    }
  }

  /** Writes the document now. `owner` null lets go of the session. */
  async write(held: HeldSession, owner: string | null): Promise<void> {
    const projection = await held.live.settled((ledger) => project(ledger, owner, this.#options.clock.now()));
    await this.#options.store.project(held.live.id, projection);
  }

  async snapshot(held: HeldSession): Promise<void> {
    const snapshot = await held.live.settled((ledger) => ledger.snapshot(held.nextRefId()));
    await this.#options.snapshots.save(snapshot);
    held.snapshotSeq = snapshot.n;
  }
}

function project(ledger: Ledger, owner: string | null, now: number): Projection {
  const { core, seq, epoch, wakeAt } = ledger;
  return {
    status: core.status,
    seq,
    epoch,
    version: core.version,
    owner: core.status === "ended" ? null : owner,
    wakeAt,
    startedAt: core.startedAt === null ? null : new Date(core.startedAt),
    endedAt: core.endedAt === null ? null : new Date(core.endedAt),
    lastUpdated: new Date(now),
  };
}
