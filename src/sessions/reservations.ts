import type { Principal } from "../accounts/tokens.ts";
import type { SeatRole } from "../journal/game.ts";

/** As what somebody wants to come in; a coach brings the code of a player. */
export interface Wish {
  readonly role: "player" | "gm" | "spectator" | "coach";
  readonly code?: string | undefined;
}

/** What `client.consumeSeatReservation` of the Colyseus SDK takes. Good once, for 15 s; who has it may sit down. */
export interface SeatReservation {
  readonly name: string;
  readonly sessionId: string;
  readonly roomId: string;
  readonly processId: string;
  readonly publicAddress?: string;
}

/** A seat in a session that is not played in a room: there is nothing to connect to. */
export interface TakenSeat {
  readonly sessionId: string;
  readonly seat: number;
  readonly role: SeatRole;
}

/** Seats in rooms, taken on the server for clients that come by REST. */
export interface Reservations {
  /** Whether sessions of this type are played in rooms. */
  hasRooms(type: string): boolean;
  /**
   * A reservation in the session's room, which comes up if no process has it.
   *
   * @throws Refusal `session_full`, `session_ended`, `session_not_found`, `unavailable`
   */
  reserve(sessionId: string, who: Principal, wish: Wish): Promise<SeatReservation>;
}
