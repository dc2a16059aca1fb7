import type { LiveSession } from "../journal/live-session.ts";
import type { Member, SessionDocument } from "./sessions.store.ts";

/** refIds one owner may use between two snapshots; see `refIdBase`. */
const REF_IDS_PER_EPOCH = 2048;

/** Watchers that are remembered after they left: who comes back later is told to forget more than it must. */
const WATCHERS_KNOWN = 500;

/** A session this process holds: the live ledger, and the part of its document that the journal does not know. */
export class HeldSession {
  readonly live: LiveSession;
  /** As it was when the session was taken hold of, but for what was edited since. */
  document: SessionDocument;
  /** A room's encoder starts here; see `refIdBase`. */
  readonly refIdBase: number;
  members: readonly Member[];
  hostId: string | null;
  /** Who is about to sit down: the seat is shown before its member is written, and a seat wants a name. */
  arriving = "";
  snapshotSeq: number;
  /**
   * The last entry anybody played: what clients of former owners saw above it may never have happened. Not the one
   * before this owner's claim, which may itself be the claim of an owner that died before anything was played.
   */
  readonly recoveredSeq: number;
  /** How many snapshots this owner has taken. */
  snapshots = 0;
  /** The version that the session document shows; -1 until it was written once. */
  projectedVersion = -1;
  /** Until when it stays although no room presents it, in monotonic ms. */
  keepUntil = 0;
  /** When somebody entered its room for the first time, or was promised a place, last; on the monotonic clock. */
  enteredAt = Number.NEGATIVE_INFINITY;
  #turn: Promise<unknown> | null = null;
  /** Made when somebody watches: most sessions nobody does. */
  #watchers: Set<string> | null = null;

  constructor(live: LiveSession, document: SessionDocument, refIdBase: number, snapshotSeq: number) {
    this.live = live;
    this.document = document;
    this.refIdBase = refIdBase;
    this.members = document.members;
    this.hostId = document.hostId;
    this.snapshotSeq = snapshotSeq;
    this.recoveredSeq = live.ledger.playedSeq;
  }

  /** Notes a watcher's connection that stood since this process has the session; the oldest are forgotten. */
  watchedBy(connectionId: string): void {
    this.#watchers ??= new Set();
    this.#watchers.add(connectionId);
    if (this.#watchers.size > WATCHERS_KNOWN) this.#watchers.delete(this.#watchers.values().next().value!);
  }

  /** Whether what a watcher knows was told by this process. */
  hasShown(connectionId: string): boolean {
    return this.#watchers?.has(connectionId) === true;
  }

  /** Notes that somebody is on the way in, if that is so. */
  expect(isComing: boolean, now: number): boolean {
    if (isComing) this.enteredAt = now;
    return isComing;
  }

  memberOf(accountId: string): Member | undefined {
    return this.members.find((member) => member.accountId === accountId);
  }

  memberAt(seat: number): Member | undefined {
    return this.members.find((member) => member.seat === seat);
  }

  /** One change of the members at a time: two writes of the whole list could otherwise land in the wrong order. */
  exclusively<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#turn === null ? change() : this.#turn.then(change, change);
    const settled = turn
      .catch(() => undefined)
      .finally(() => {
        if (this.#turn === settled) this.#turn = null;
      });
    this.#turn = settled;
    return turn;
  }

  nextRefId(): number {
    return this.live.presenter?.nextRefId() ?? this.refIdBase;
  }
}

/**
 * Where the schema encoder of a new owner starts. Reconnecting clients still hold the former owner's objects by refId,
 * and an id used again would be taken for the old object. What the former owners used since the snapshot is unknown,
 * so each is granted a block.
 */
export function refIdBase(epoch: number, snapshot: { epoch: number; nextRefId: number } | null): number {
  const from = snapshot ?? { epoch: 1, nextRefId: 0 };
  return from.nextRefId + REF_IDS_PER_EPOCH * (epoch - from.epoch);
}
