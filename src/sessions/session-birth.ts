import type { Command, SeatRole } from "../journal/game.ts";
import { Ledger, type LedgerIdentity } from "../journal/ledger.ts";
import type { Order } from "../journal/orders.ts";
import { projectionOf } from "./projector.ts";
import { BY_API, type Guest } from "./seats.ts";
import type { Member, SessionDocument } from "./sessions.store.ts";

export interface NewSession {
  /** One that no session has yet; by default a new one. */
  readonly id?: string | undefined;
  readonly type: string;
  readonly gameId?: string | undefined;
  readonly mode?: string | undefined;
  readonly region?: string | undefined;
  readonly private?: boolean | undefined;
  readonly maxPlayers?: number | undefined;
  readonly metadata?: SessionDocument["metadata"] | undefined;
  readonly campaignId?: string | undefined;
  readonly unranked?: boolean | undefined;
  /** Known beforehand by whoever gave it; by default one that nobody knows. */
  readonly seed?: string | undefined;
  readonly hostId?: string | undefined;
  /** Who has a seat from the beginning, without a connection. */
  readonly seated?: (Guest & { readonly role?: SeatRole | undefined }) | undefined;
  /** Who else has one, in this order: a match that was made. */
  readonly company?: readonly Guest[] | undefined;
  /** What that first seat does at once, in the same breath. */
  readonly first?: readonly Command[] | undefined;
}

/** The mode of a session for which nobody asked for another; quick play looks for it. */
export const DEFAULT_MODE = "default";
/** Most sessions have none. */
const NO_METADATA = {};

/**
 * The ledger of a new session, with all that it begins with pending: nobody has seen it yet.
 *
 * @throws Refusal what the game says to its first seat and its first command
 */
export function bornLedger(
  identity: LedgerIdentity,
  { maxPlayers, seated, company = [], first = [] }: NewSession,
  now: number,
): Ledger {
  const ledger = Ledger.open(identity, now, maxPlayers);
  if (seated) decided(ledger, { kind: "take", role: seated.role ?? "player" }, now);
  for (const _ of company) decided(ledger, { kind: "take", role: "player" }, now);
  const seat = ledger.core.seats[0]?.seat ?? 0;
  for (const command of first) decided(ledger, { kind: "act", seat, command }, now);
  return ledger;
}

function decided(ledger: Ledger, order: Order, now: number): void {
  const decision = ledger.decide(order, now);
  if (decision.kind === "refused") throw decision.refusal;
}

/** Its document, which shows all of that: it need not be written again. */
export function bornDocument(ledger: Ledger, wish: NewSession, region: string, owner: string | null): SessionDocument {
  const { type, gameId = type, mode = DEFAULT_MODE, seated, company = [] } = wish;
  return {
    ...{ _id: ledger.identity.sessionId, type, gameId, mode, region: wish.region ?? region },
    ...{ private: wish.private ?? false, hostId: wish.hostId ?? null, campaignId: wish.campaignId ?? null },
    ...{ unranked: wish.unranked ?? false, metadata: wish.metadata ?? NO_METADATA },
    ...{ maxPlayers: wish.maxPlayers ?? null, seed: ledger.identity.seed },
    members: membersOf(ledger, seated ? [seated, ...company] : company),
    createdAt: new Date(ledger.core.openedAt),
    ...projectionOf(ledger, owner),
    quarantined: null,
  };
}

/** Free seats are given away in their order, so the one who came first has the first. */
function membersOf(ledger: Ledger, guests: readonly Guest[]): Member[] {
  const seats = [...ledger.core.seats].sort((a, b) => a.seat - b.seat);
  return guests.map(({ accountId, device = "desktop" }, at) => {
    const { seat, role } = seats[at]!;
    return { seat, role, device, connectionId: BY_API, generation: 1, accountId };
  });
}
