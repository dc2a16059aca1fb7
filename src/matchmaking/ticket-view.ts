import type { SeatReservation } from "../sessions/reservations.ts";
import type { Explanation } from "./matchmaking-types.rules.ts";
import type { PlacementDocument } from "./placement.store.ts";
import type { TicketDocument, TicketStatus } from "./tickets.store.ts";

/** How a ticket is shown to its players. */
export interface TicketView {
  readonly id: string;
  readonly queue: string;
  readonly status: TicketStatus;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Null while nobody has been matched in this queue lately. */
  readonly estimatedWaitSeconds: number | null;
  readonly waitedSeconds: number;
  readonly partyId?: string;
  /** Accounts. */
  readonly players: readonly string[];
  readonly reason?: string;
  readonly acceptance?: Acceptance;
  readonly assignment?: Assignment;
}

/** Why a ticket waits, or what became of it. */
export interface TicketExplanation extends Explanation {
  readonly status: TicketStatus;
}

/** A match was found, and its players are asked whether they want it. */
export interface Acceptance {
  /** ISO 8601. */
  readonly expiresAt: string;
  readonly players: number;
  readonly accepted: number;
  /** Whether the one who looks has accepted. */
  readonly mine: boolean;
}

export interface Assignment {
  readonly matchId: string;
  readonly sessionId: string;
  readonly type: string;
  readonly region: string;
  /** The team of the one who looks, from 0. */
  readonly team: number;
  /** What the matcher foresaw; absent for who joins a match that is being played. */
  readonly quality?: number;
  readonly winProbability?: readonly number[];
  /** For `client.consumeSeatReservation`, within 15 s; absent once the seat has been taken, and where there is no room. */
  readonly seat?: SeatReservation;
}

export interface Seen {
  readonly now: number;
  readonly estimatedWaitSeconds: number | null;
  readonly accountId: string;
  readonly placement: PlacementDocument | null;
  readonly type: string;
  readonly seat?: SeatReservation | undefined;
}

const IN_VAIN: ReadonlySet<TicketStatus> = new Set<TicketStatus>(["failed", "cancelled", "timed_out"]);

/** True when nothing will come of the ticket any more. */
export function isInVain({ status }: Pick<TicketView, "status">): boolean {
  return IN_VAIN.has(status);
}

export function viewOf(ticket: TicketDocument, seen: Seen): TicketView {
  const { _id: id, queue, status, since, partyId, players, reason } = ticket;
  return {
    ...{ id, queue, status, createdAt: new Date(since).toISOString() },
    estimatedWaitSeconds: seen.estimatedWaitSeconds,
    waitedSeconds: Math.max(0, Math.floor((seen.now - since) / 1000)),
    ...(partyId === null ? {} : { partyId }),
    players: players.map(({ accountId }) => accountId),
    ...(reason === null ? {} : { reason }),
    ...(seen.placement === null ? {} : found(status, seen.placement, seen)),
  };
}

function found(status: TicketStatus, placement: PlacementDocument, seen: Seen) {
  if (status === "requires_acceptance") return { acceptance: acceptanceOf(placement, seen.accountId) };
  return status === "completed" ? { assignment: assignmentOf(placement, seen) } : {};
}

function acceptanceOf({ acceptBy, players, accepted }: PlacementDocument, accountId: string): Acceptance {
  return {
    ...{ expiresAt: new Date(acceptBy ?? 0).toISOString(), players: players.length, accepted: accepted.length },
    mine: accepted.includes(accountId),
  };
}

function assignmentOf(placement: PlacementDocument, { accountId, type, seat }: Seen): Assignment {
  const { _id: matchId, sessionId, region, players, quality, winProbability } = placement;
  const team = players.find((player) => player.accountId === accountId)?.team ?? 0;
  return {
    ...{ matchId, sessionId, type, region, team },
    ...(quality === null ? {} : { quality, winProbability }),
    ...(seat ? { seat } : {}),
  };
}
