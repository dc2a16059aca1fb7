import { CloseCode, ErrorCode, type Room } from "@colyseus/core";
import { CLOSE, refusal } from "../src/errors.ts";
import { CORE, type Entry } from "../src/journal/game.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import { dropHeld } from "./colyseus-internals.ts";
import type { RoomDeps } from "./room-deps.ts";
import { type JoinOptions, joinError } from "./room-messages.ts";
import type { Auth, LedgerClient, Table } from "./table.ts";

/**
 * Sends those away who see with the eyes of a seat that was left: its player, who left by the API, and the coaches, whom
 * that player chose. Nobody looks at the next one's by what they had.
 */
export function dismiss(room: Room, entries: readonly Entry[], held: HeldSession, table: Table): void {
  const left = new Set(entries.filter(({ type }) => type === CORE.seatLeft).map(({ seat }) => seat!));
  for (const client of [...room.clients] as LedgerClient[]) {
    const { viewer } = client.userData ?? {};
    if (!viewer || !("seat" in viewer) || !left.has(viewer.seat)) continue;
    client.userData = table.watching();
    client.view?.dispose();
    delete client.view;
    client.leave(CloseCode.CONSENTED);
  }
  for (const seat of left) {
    const former = held.memberAt(seat);
    if (former) dropHeld(room, table.tokenOf(former));
  }
}

export interface EnteringParts {
  readonly held: HeldSession;
  readonly table: Table;
  readonly deps: Pick<RoomDeps, "seats" | "refuseRevoked" | "clock">;
}

/**
 * Lets a client in as what it asked to be: spectators at once, a coach by the code of a player, players and game
 * masters once their seat is durable. The member whose connection this one replaces, or null.
 *
 * @throws ServerError with the refusal's code
 */
export async function enter(
  client: LedgerClient,
  { role = "player", code = "", device }: JoinOptions,
  auth: Auth,
  { held, table, deps }: EnteringParts,
): Promise<Member | null> {
  client.userData = table.watching();
  held.expect(true, deps.clock.monotonic());
  if (held.live.isClosed) throw joinError(refusal("session_moved"));
  refuseRevoked(auth, deps);
  if (role === "spectator" || role === "coach") held.watchedBy(client.sessionId);
  if (role === "spectator") return null;
  if (role === "coach") {
    const player = table.coached(code);
    if (!player) throw joinError(refusal("forbidden", "The code is not one that a player of this session gave away."));
    client.userData = table.watching({ kind: "seat", seat: player.seat });
    return null;
  }
  const seated = await deps.seats
    .take(held, { ...auth, device: device ?? auth.device }, role, client.sessionId)
    .catch((reason) => {
      throw joinError(reason);
    });
  client.userData = table.playing(seated.member);
  return seated.replaced;
}

/** Tells a client that came back how far what it knows is still true, unless that is for the next owner to say. */
export function resume(client: LedgerClient, held: HeldSession, table: Table): void {
  const { live } = held;
  if (live.isClosed) client.leave(CLOSE.reconnect);
  else client.send("resumed", { epoch: live.ledger.epoch, seq: table.resumedAt(client) });
  if (client.userData!.seat === null) held.watchedBy(client.sessionId);
}

/** A place that was reserved before a ban or a sign-out is worth nothing after it. */
function refuseRevoked(auth: Auth, deps: EnteringParts["deps"]): void {
  try {
    deps.refuseRevoked(auth);
  } catch (reason) {
    throw joinError(reason, ErrorCode.AUTH_FAILED);
  }
}
