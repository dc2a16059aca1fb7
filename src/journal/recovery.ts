import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { type Batch, readBody } from "./batch.ts";
import type { JournalStore } from "./journal.store.ts";
import type { Journal } from "./journal.ts";
import { Ledger, type LedgerIdentity } from "./ledger.ts";
import { rewindsIn } from "./pasts.ts";
import type { Past } from "./session-orders.ts";
import type { Snapshot } from "./snapshot.ts";
import type { SnapshotStore } from "./snapshots.store.ts";

export interface Recovered {
  readonly ledger: Ledger;
  /** What the recovery started from, or null when it replayed the whole journal. */
  readonly snapshot: Snapshot | null;
}

export interface RecoverySources {
  readonly journalStore: JournalStore;
  readonly snapshots: SnapshotStore;
}

/**
 * Restores a session as far as it is durable, without owning it: snapshot, then `evolve` of the tail (L7).
 *
 * @throws Refusal `session_not_found` when there is no journal, and what `Ledger.restore` throws
 */
export async function recover(identity: LedgerIdentity, sources: RecoverySources): Promise<Recovered> {
  return restoreFrom(await sources.snapshots.latest(identity.sessionId), identity, sources);
}

/**
 * The session as it was after entry `toSeq`, to be gone back to.
 *
 * @throws Refusal `not_rewindable` when there is no such entry, or the session had not begun by then
 */
export async function pastOf(identity: LedgerIdentity, sources: RecoverySources, toSeq: number): Promise<Past> {
  const snapshot = await sources.snapshots.latest(identity.sessionId, toSeq);
  const { ledger } = await restoreFrom(snapshot, identity, sources, toSeq);
  if (ledger.seq !== toSeq || ledger.core.status === "waiting") throw refusal("not_rewindable");
  return ledger.past();
}

/** From the snapshot, or from further back when the entries after it take the session back to before it. */
async function restoreFrom(
  snapshot: Snapshot | null,
  identity: LedgerIdentity,
  sources: RecoverySources,
  upTo?: number,
): Promise<Recovered> {
  const { sessionId, game } = identity;
  const from = snapshot?.n ?? 0;
  const batches = await sources.journalStore.after(sessionId, from);
  if (!snapshot && batches.length === 0) throw refusal("session_not_found");
  const earliest = game.rewindable ? earliestPast(batches, upTo) : from;
  if (earliest >= from) return { ledger: Ledger.restore(identity, snapshot, batches, upTo), snapshot };
  return restoreFrom(await sources.snapshots.latest(sessionId, earliest), identity, sources, upTo);
}

function earliestPast(batches: readonly Batch[], upTo = Number.POSITIVE_INFINITY): number {
  const entries = batches.flatMap((batch) => readBody(batch).entries).filter(({ seq }) => seq <= upTo);
  return Math.min(...rewindsIn(entries));
}

/** Collisions while claiming: the former owner may land a last batch, and then another. */
const CLAIM_ATTEMPTS = 5;

export interface ClaimSources extends RecoverySources {
  readonly journal: Journal;
  readonly clock: Clock;
  /**
   * Asked before every attempt to own the session at this epoch, when it is known that it can be played here. Throws when
   * somebody else may: of two who would claim together each would else take it from the other.
   */
  readonly take: (epoch: number) => Promise<void>;
}

/**
 * Recovers a session and takes ownership by an entry at a higher fence. Once it returns, the former owner's next
 * append collides, whatever it believes.
 *
 * @throws Refusal `unavailable` when the database does not answer, `session_moved` when others keep winning, and what
 *   `take` throws
 */
export async function recoverAndClaim(
  identity: LedgerIdentity,
  sources: ClaimSources,
  owner: string,
): Promise<Recovered> {
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
    const recovered = await recover(identity, sources);
    const { ledger } = recovered;
    if (ledger.core.status === "ended") throw refusal("session_ended");
    await sources.take(ledger.epoch + 1);
    ledger.claim(owner, sources.clock.now());
    const outcome = await sources.journal.append(ledger.seal()!.batch, () => undefined);
    if (outcome === "durable") return recovered;
    if (outcome !== "fenced") throw refusal("unavailable");
  }
  throw refusal("session_moved");
}
