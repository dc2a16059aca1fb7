import type { Ledger } from "../journal/ledger.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "./held-session.ts";
import type { Projection, SessionStore } from "./sessions.store.ts";

/** How far a session document may lag behind its journal. */
const PROJECT_EVERY_MS = 1000;
/** Entries between two snapshots: bounds how much a recovery replays. Real-time games count seconds of play instead. */
const SNAPSHOT_EVERY = 200;
const SNAPSHOT_EVERY_S = 5;
/** Older snapshots of a session that may lie about before they are cleared away together. */
const SNAPSHOTS_KEPT = 8;

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
        await this.#follow(held);
      } catch (error) {
        if (!held.live.isClosed) this.#dirty.add(held);
        this.#options.log.warn({ sessionId: held.live.id, error: String(error) }, "projection postponed");
      }
    }
  }

  /** A session that only ticks changes nothing in its document that anybody asks for: it follows with the snapshots. */
  async #follow(held: HeldSession): Promise<void> {
    const { core, identity } = held.live.ledger;
    const every = identity.game.realtime ? SNAPSHOT_EVERY_S * identity.game.realtime.hz : SNAPSHOT_EVERY;
    const due = held.live.durableSeq - held.snapshotSeq >= every;
    if (due || core.version !== held.projectedVersion) await this.write(held, this.#options.processId);
    if (due) await this.snapshot(held);
  }

  /** Writes the document now. `owner` null lets go of the session. */
  async write(held: HeldSession, owner: string | null): Promise<void> {
    const projection = await held.live.settled((ledger) => projectionOf(ledger, owner, this.#options.clock.now()));
    await this.#options.store.project(held.live.id, projection);
    held.projectedVersion = projection.version;
  }

  async snapshot(held: HeldSession): Promise<void> {
    const snapshot = await held.live.settled((ledger) => ledger.snapshot(held.nextRefId()));
    await this.#options.snapshots.save(snapshot);
    held.snapshotSeq = snapshot.n;
    held.snapshots += 1;
    // The newest is what counts; clearing up after each one would cost half as much again.
    if (held.snapshots % SNAPSHOTS_KEPT === 1) await this.#options.snapshots.removeBefore(snapshot);
  }
}

/** What a session document shows of its journal. `owner` null: nobody holds the session. */
export function projectionOf(ledger: Ledger, owner: string | null, now: number): Projection {
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
    result: core.result,
    lastUpdated: new Date(now),
  };
}
