import type { Ledger } from "../journal/ledger.ts";
import type { HeldSession } from "./held-session.ts";
import type { Member, SessionDocument } from "./sessions.store.ts";

/** What of a session does not depend on who looks at it. Plain JSON, since caches keep it. */
export interface SessionFacts {
  readonly profile: Profile;
  readonly members: readonly Member[];
  readonly hostId: string | null;
  readonly figures: Figures;
}

/** What the session document says and the journal does not. Times are milliseconds since the epoch. */
export interface Profile
  extends Pick<SessionDocument, "type" | "gameId" | "mode" | "region" | "private" | "campaignId" | "maxPlayers"> {
  readonly id: string;
  readonly unranked: boolean;
  readonly metadata: SessionDocument["metadata"];
  readonly createdAt: number;
}

/** What the journal says; the document has a projection of it. */
export interface Figures extends Pick<SessionDocument, "status" | "version" | "seq" | "epoch" | "result"> {
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly updatedAt: number;
  /** True while a real-time game's clock runs: then the state is another one at every look, whatever the version. */
  readonly runs: boolean;
}

/** Of a ledger that is settled. */
export function figuresOf(ledger: Ledger): Figures {
  const { status, version, startedAt, endedAt, result } = ledger.core;
  const { seq, epoch, runs, at: updatedAt } = ledger;
  return { status, version, seq, epoch, startedAt, endedAt, updatedAt, result, runs };
}

/** What the document alone says: as old as its last projection. */
export function projectedFacts(document: SessionDocument | Omit<SessionDocument, "seed">): SessionFacts {
  const { status, version, seq, epoch, startedAt, endedAt, lastUpdated, result, members, hostId } = document;
  const times = { startedAt: startedAt?.getTime() ?? null, endedAt: endedAt?.getTime() ?? null };
  const figures = { status, version, seq, epoch, ...times, updatedAt: lastUpdated.getTime(), result, runs: false };
  return { profile: profileOf(document), members, hostId, figures };
}

/** What this process knows of a session that it holds. */
export function heldFacts(held: HeldSession, figures: Figures): SessionFacts {
  return { profile: profileOf(held.document), members: held.members, hostId: held.hostId, figures };
}

export function profileOf(document: SessionDocument | Omit<SessionDocument, "seed">): Profile {
  const { _id: id, type, gameId, mode, region, createdAt } = document;
  // Documents of older builds lack what came later.
  const { campaignId = null, maxPlayers = null, unranked = false, metadata = {} } = document;
  const owned = { private: document.private, campaignId, maxPlayers, unranked, metadata };
  return { id, type, gameId, mode, region, ...owned, createdAt: createdAt.getTime() };
}
