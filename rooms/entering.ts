import { CloseCode } from "@colyseus/core";
import { refusal } from "../src/errors.ts";
import { CORE, type Entry } from "../src/journal/game.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { Seats } from "../src/sessions/seats.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import { type JoinOptions, joinError } from "./room-messages.ts";
import type { Auth, LedgerClient, Table } from "./table.ts";

/** A code was given by the player who sat there then: with that player gone, nobody watches the next one by it. */
export function dismissCoaches(clients: Iterable<LedgerClient>, entries: readonly Entry[]): void {
  const left = new Set(entries.filter(({ type }) => type === CORE.seatLeft).map(({ seat }) => seat));
  for (const client of [...clients]) {
    const { viewer, seat } = client.userData ?? {};
    if (seat === null && viewer && "seat" in viewer && left.has(viewer.seat)) client.leave(CloseCode.CONSENTED);
  }
}

export interface EnteringParts {
  readonly held: HeldSession;
  readonly table: Table;
  readonly seats: Seats;
}

/**
 * Lets a client in as what it asked to be: spectators at once, a coach by the code of a player, players and game
 * masters once their seat is durable. The member whose connection this one replaces, or null.
 *
 * @throws ServerError with the refusal's code
 */
export async function enter(
  client: LedgerClient,
  { role = "player", code = "" }: JoinOptions,
  auth: Auth,
  { held, table, seats }: EnteringParts,
): Promise<Member | null> {
  client.userData = table.watching();
  if (role === "spectator") return null;
  if (role === "coach") {
    const player = table.coached(code);
    if (!player) throw joinError(refusal("forbidden", "The code is not one that a player of this session gave away."));
    client.userData = table.watching({ kind: "seat", seat: player.seat });
    return null;
  }
  const seated = await seats.take(held, auth, role, client.sessionId).catch((reason) => {
    throw joinError(reason);
  });
  client.userData = table.playing(seated.member);
  return seated.replaced;
}
