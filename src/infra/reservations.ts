import { matchMaker } from "@colyseus/core";
import { Refusal, refusal } from "../errors.ts";
import type { Reservations } from "../sessions/reservations.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Rooms } from "./rooms.ts";

/** Seats by Colyseus's own reservations, made where the room lives. */
export function colyseusReservations(parts: {
  readonly rooms: Rooms;
  readonly sessions: Sessions;
  /** Types of sessions that are played in rooms. */
  readonly types: ReadonlySet<string>;
}): Reservations {
  const { rooms, sessions, types } = parts;
  return {
    hasRooms: (type) => types.has(type),

    async reserve(sessionId, { accountId, name, deviceId, device, familyId }, { role, code }) {
      const room = await rooms.knock(sessionId);
      // A room stays for a while for those who look at the result; nobody takes a seat there any more.
      const held = sessions.held(sessionId);
      if (role !== "spectator" && held?.live.ledger.core.status === "ended") throw refusal("session_ended");
      if (role === "coach" && !room.table.coached(code ?? "")) throw refusal("forbidden");
      const listing = await matchMaker.getRoomById(room.roomId);
      if (!listing) throw refusal("session_moved");
      const auth = { accountId, name, deviceId, ...(device ? { device } : {}), ...(familyId ? { familyId } : {}) };
      const options = { role, ...(code === undefined ? {} : { code }) };
      try {
        const { sessionId: connectionId, publicAddress } = await matchMaker.reserveSeatFor(listing, options, auth);
        const seat = { name: listing.name, sessionId: connectionId, roomId: sessionId, processId: listing.processId };
        return publicAddress === undefined ? seat : { ...seat, publicAddress };
      } catch (reason) {
        // The room's own no (`admits`) reaches the matchmaker as a boolean.
        throw reason instanceof Refusal ? reason : refusal("session_full");
      }
    },
  };
}
