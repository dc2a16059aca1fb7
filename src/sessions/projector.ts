import { refusal } from "../errors.ts";
import type { Ledger } from "../journal/ledger.ts";
import type { SnapshotStore } from "../journal/snapshots.store.ts";
import type { Clock } from "../lib/clock.ts";
import { within } from "../lib/within.ts";
import type { Logger } from "../log.ts";
import type { HeldSession } from "./held-session.ts";
import type { Owners } from "./owners.ts";
import type { Projection, SessionStore } from "./sessions.store.ts";

/** How far a session document may lag behind its journal. */
const PROJECT_EVERY_MS = 1000;
/** How often it is looked whose second is over. All of them at once would keep the database from clients for a while. */
const LOOK_EVERY_MS = 50;
/** The same for a change of its status; what happens within this time shares a write. */
const TURNED_WITHIN_MS = 20;
/** How long whoever asks for a list waits for that write. */
const CAUGHT_UP_MS = 2000;
/** Documents in one write: more would keep the database from what clients wait for. */
const WRITE_MAX = 32;
/** Entries between two snapshots: bounds how much a recovery replays. Real-time games count seconds of play instead. */
const SNAPSHOT_EVERY = 200;
const SNAPSHOT_EVERY_S = 5;
/** Older snapshots of a session that may lie about before they are cleared away together. */
const SNAPSHOTS_KEPT = 8;
/** A session without a room that has written less than this is let go of without a snapshot. */
const TAIL_SHORT = 16;

export interface ProjectorOptions {
  readonly store: SessionStore;
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly owners: Owners;
}

/**
 * Keeps the session documents and the snapshots behind the journal: at most one write a second for a session, soon when
 * its status changes, and many sessions in one write. The journal is the truth and both can be made again from it, so
 * only lists ever wait.
 */
export class Projector {
  readonly #options: ProjectorOptions;
  /** In the order in which they were marked, with when that was in monotonic ms. */
  readonly #dirty = new Map<HeldSession, number>();
  /** Those of the dirty whose second is over. */
  readonly #due = new Set<HeldSession>();
  /** In the order in which they were marked, with the number of the mark. */
  readonly #turned = new Map<HeldSession, number>();
  #marks = 0;
  /** Turns up to this mark are in the documents. */
  #shown = 0;
  #waiting: { mark: number; resolve: () => void }[] = [];
  #working: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;

  constructor(options: ProjectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#take(this.#options.clock.monotonic() - PROJECT_EVERY_MS);
      if (this.#due.size > 0) void this.#work();
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
    await this.flush();
  }

  /** Notes that the session has changed; `turned`: in a way that decides which lists it is in. */
  mark(held: HeldSession, turned: boolean): void {
    if (!turned) {
      this.#note(held);
      return;
    }
    if (!this.#turned.has(held)) this.#turned.set(held, ++this.#marks);
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#work();
    }, TURNED_WITHIN_MS);
  }

  #note(held: HeldSession): void {
    if (!this.#dirty.has(held)) this.#dirty.set(held, this.#options.clock.monotonic());
  }

  /** Makes those due that were marked by then. */
  #take(markedBy: number): void {
    for (const [held, at] of this.#dirty) {
      if (at > markedBy) return;
      this.#dirty.delete(held);
      this.#due.add(held);
    }
  }

  forget(held: HeldSession): void {
    this.#dirty.delete(held);
    this.#due.delete(held);
    this.#turned.delete(held);
  }

  async flush(): Promise<void> {
    this.#take(Number.POSITIVE_INFINITY);
    await this.#working;
    await this.#work();
  }

  /**
   * Resolves when the documents show every turn that was marked until now, so that no list is older than an answer.
   *
   * @throws Refusal `unavailable` when they cannot be written
   */
  async caughtUp(): Promise<void> {
    const mark = this.#marks;
    if (mark <= this.#shown) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter = { mark, resolve };
    this.#waiting.push(waiter);
    void this.#work();
    await within(CAUGHT_UP_MS, promise).catch(() => {
      this.#waiting = this.#waiting.filter((one) => one !== waiter);
      throw refusal("unavailable");
    });
  }

  /** One write at a time, so that a session's projections are written in order; turns before all else. */
  #work(): Promise<void> {
    this.#working ??= this.#writeWaiting().finally(() => {
      this.#working = undefined;
      this.#tell();
    });
    return this.#working;
  }

  async #writeWaiting(): Promise<void> {
    while (this.#turned.size + this.#due.size > 0) {
      const some = [...(this.#turned.size > 0 ? this.#turned.keys() : this.#due)].slice(0, WRITE_MAX);
      for (const held of some) this.forget(held);
      await this.#follow(some);
      this.#tell();
    }
  }

  /** Lets those go on whose turns are written, or cannot be. */
  #tell(): void {
    const [first] = this.#turned.values();
    this.#shown = first === undefined ? this.#marks : first - 1;
    const told = this.#waiting.filter(({ mark }) => mark <= this.#shown);
    this.#waiting = this.#waiting.filter(({ mark }) => mark > this.#shown);
    for (const { resolve } of told) resolve();
  }

  async #follow(some: readonly HeldSession[]): Promise<void> {
    try {
      await this.#writeAll(some.filter((held) => isBehind(held)));
      for (const held of some) if (needsSnapshot(held)) await this.snapshot(held);
    } catch (error) {
      for (const held of some) if (!held.live.isClosed) this.#note(held);
      this.#options.log.warn({ sessions: some.length, error: String(error) }, "projection postponed");
    }
  }

  async #writeAll(some: readonly HeldSession[]): Promise<void> {
    const projections = new Map<string, Projection>();
    const read = some.map(async (held) => {
      if (held.live.isClosed) return; // whoever closed it has written it, or is another owner
      projections.set(held.live.id, await this.#projection(held, this.#ownerOf(held)));
    });
    await Promise.allSettled(read);
    if (projections.size === 0) return;
    await this.#options.store.projectAll(projections);
    for (const held of some) held.projectedVersion = projections.get(held.live.id)?.version ?? held.projectedVersion;
  }

  #projection({ live }: HeldSession, owner: string | null): Promise<Projection> {
    return live.settled((ledger) => projectionOf(ledger, owner, live.presenter?.connected().size));
  }

  /** Where there is one process nobody looks for the owner of a session without a room, and it is not written. */
  #ownerOf({ live }: HeldSession): string | null {
    const { owners } = this.#options;
    return live.ledger.identity.game.roomless && owners.alone ? null : owners.self;
  }

  /** Writes the document now, with the next owner, or without one. */
  async letGo(held: HeldSession, next: string | null): Promise<void> {
    if (this.#ownerOf(held) === null && !isBehind(held)) return;
    const projection = await this.#projection(held, next);
    await this.#options.store.project(held.live.id, projection);
    held.projectedVersion = projection.version;
  }

  /** A snapshot to wake up from, unless that would save next to nothing. */
  async snapshotForSleep(held: HeldSession): Promise<void> {
    const tail = held.live.durableSeq - held.snapshotSeq;
    if (tail > (this.#ownerOf(held) === null ? TAIL_SHORT : 0)) await this.snapshot(held);
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

/** A session that only ticks changes nothing in its document that anybody asks for: it follows with the snapshots. */
function isBehind(held: HeldSession): boolean {
  return held.live.ledger.core.version !== held.projectedVersion || needsSnapshot(held);
}

function needsSnapshot({ live, snapshotSeq }: HeldSession): boolean {
  const { realtime } = live.ledger.identity.game;
  return live.durableSeq - snapshotSeq >= (realtime ? SNAPSHOT_EVERY_S * realtime.hz : SNAPSHOT_EVERY);
}

/** What a session document shows of its journal. `owner` null: nobody holds the session; `connected`: seats. */
export function projectionOf(ledger: Ledger, owner: string | null, connected = 0): Projection {
  const { core, seq, epoch, wakeAt } = ledger;
  return {
    status: core.status,
    seq,
    epoch,
    version: core.version,
    owner: core.status === "ended" ? null : owner,
    connected,
    wakeAt,
    startedAt: dateOf(core.startedAt),
    pausedAt: dateOf(core.pausedAt ?? null),
    endedAt: dateOf(core.endedAt),
    result: core.result,
    lastUpdated: new Date(ledger.at),
    ...(core.mode === undefined ? {} : { mode: core.mode }),
    ...(core.maxPlayers === undefined ? {} : { maxPlayers: core.maxPlayers }),
  };
}

function dateOf(time: number | null): Date | null {
  return time === null ? null : new Date(time);
}
