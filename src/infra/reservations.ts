import { matchMaker } from "@colyseus/core";
import type { Principal } from "../accounts/tokens.ts";
import { Refusal, refusal } from "../errors.ts";
import type { Reservations, SeatReservation, Wish } from "../sessions/reservations.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Calls } from "./gateway-calls.ts";
import type { Rooms } from "./rooms.ts";

/** Somebody who is to have a place, as processes tell each other. */
type Guest = Pick<Principal, "accountId" | "name" | "deviceId" | "device" | "familyId">;

export interface ColyseusReservations extends Reservations {
  /** For another process, whose client wants a place in a room of this one. */
  answer(sessionId: string, body: unknown): Promise<SeatReservation>;
}

/** Seats by Colyseus's own reservations, made where the room lives. */
export function colyseusReservations(parts: {
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  readonly calls: Calls;
  /** Types of sessions that are played in rooms. */
  readonly types: ReadonlySet<string>;
}): ColyseusReservations {
  const { rooms, sessions, calls, types } = parts;

  async function here(sessionId: string, guest: Guest, { role, code }: Wish): Promise<SeatReservation> {
    const room = await rooms.knock(sessionId);
    // A room stays for a while for those who look at the result; nobody takes a seat there any more.
    const held = sessions.held(sessionId);
    if (role !== "spectator" && held?.live.ledger.core.status === "ended") throw refusal("session_ended");
    if (role === "coach" && !room.table.coached(code ?? "")) throw refusal("forbidden");
    const listing = await matchMaker.getRoomById(room.roomId);
    if (!listing) throw refusal("session_moved");
    const options = { role, ...(code === undefined ? {} : { code }) };
    try {
      const { sessionId: connectionId, publicAddress } = await matchMaker.reserveSeatFor(listing, options, guest);
      const seat = { name: listing.name, sessionId: connectionId, roomId: sessionId, processId: listing.processId };
      return publicAddress === undefined ? seat : { ...seat, publicAddress };
    } catch (reason) {
      // The room's own no (`admits`) reaches the matchmaker as a boolean.
      throw reason instanceof Refusal ? reason : refusal("session_full");
    }
  }

  return {
    hasRooms: (type) => types.has(type),

    reserve(sessionId, { accountId, name, deviceId, device, familyId }, wish) {
      const guest: Guest = {
        accountId,
        name,
        deviceId,
        ...(device ? { device } : {}),
        ...(familyId ? { familyId } : {}),
      };
      const call = { name: "reserve", body: { guest, wish }, address: "" };
      return calls.at(sessionId, call, () => here(sessionId, guest, wish));
    },

    answer(sessionId, body) {
      const { guest, wish } = body as { guest: Guest; wish: Wish };
      return here(sessionId, guest, wish);
    },
  };
}
