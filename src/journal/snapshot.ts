import { batchId, type RulesVersion } from "./batch.ts";
import type { CoreState } from "./core.rules.ts";

/** What a snapshot's text holds (L7): everything but secrets and who sits where, which the session document knows. */
export interface SnapshotBody {
  readonly state: unknown;
  readonly core: CoreState;
  /** The window of answered action ids, as rows. */
  readonly actions: readonly (readonly [key: string, seq: number, epoch: number, time: number, version?: number])[];
  /** Hash of the last batch the snapshot includes. */
  readonly head: string;
  /** Seq of the last entry that is not a change of owner. */
  readonly played: number;
  readonly at: number;
}

/** One snapshot document; `_id` is `<session>/<seq>`, so the newest is found by key order. */
export interface Snapshot {
  readonly _id: string;
  readonly s: string;
  readonly n: number;
  readonly epoch: number;
  readonly rules: RulesVersion;
  /** The schema encoder's next refId: a restored room must stay above it (see rooms/LedgerRoom). */
  readonly nextRefId: number;
  readonly stateHash: string;
  /** Canonical JSON of the body; text, so that nothing in it aliases the live state. */
  readonly text: string;
}

export function snapshotId(sessionId: string, seq: number): string {
  return batchId(sessionId, seq);
}

export function readSnapshot(snapshot: Snapshot): SnapshotBody {
  return JSON.parse(snapshot.text) as SnapshotBody;
}
