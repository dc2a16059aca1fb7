import type { Caller, Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import type { Reservations, SeatReservation, TakenSeat, Wish } from "./reservations.ts";
import type { Seating } from "./seating.ts";
import { mayEnter, type SeenSession, type SessionAccess } from "./session-access.ts";

export interface EnteringParts {
  readonly access: SessionAccess;
  readonly reservations: Reservations;
  readonly seating: Seating;
}

/** How clients that come by REST get into sessions. */
export class Entering {
  readonly #parts: EnteringParts;

  constructor(parts: EnteringParts) {
    this.#parts = parts;
  }

  /**
   * A place in a room, or at once the seat in a session that has none.
   *
   * @throws Refusal `session_not_found`, also for a private session of others; `forbidden` for a seat there, or a game
   *   master's, that is not the caller's to take; and what `admit` throws
   */
  async join(sessionId: string, caller: Caller, wish: Wish): Promise<SeatReservation | TakenSeat> {
    const { principal } = caller;
    const session = await this.#parts.access.visible(sessionId, principal);
    if (!mayEnter(session, principal)) throw refusal("forbidden");
    if (wish.role === "gm" && !mayMaster(session, principal)) throw refusal("forbidden");
    return this.admit(session, caller, wish);
  }

  /** A place to watch from. @throws Refusal `session_not_found`, and what `reserve` throws */
  async watch(sessionId: string, { principal }: Caller): Promise<SeatReservation> {
    return this.reserve(await this.#parts.access.visible(sessionId, principal), principal, { role: "spectator" });
  }

  /** For those who have another right to come in. @throws Refusal what `Seating.take` and `reserve` throw */
  async admit(session: SeenSession, caller: Caller, wish: Wish): Promise<SeatReservation | TakenSeat> {
    const { reservations, seating } = this.#parts;
    const sitsDown = wish.role === "player" && !reservations.hasRooms(session.type);
    if (!sitsDown) return this.reserve(session, caller.principal, wish);
    if (session.status === "ended") throw refusal("session_ended");
    return seating.take(session.id, caller);
  }

  /**
   * A place in a room.
   *
   * @throws Refusal `session_ended`, `no_room`, `session_full`, `unavailable`; `forbidden` for a coach without a code
   */
  async reserve({ id, type, status }: SeenSession, who: Principal, wish: Wish): Promise<SeatReservation> {
    const { reservations } = this.#parts;
    if (status === "ended") throw refusal("session_ended");
    if (!reservations.hasRooms(type)) throw refusal("no_room");
    return reservations.reserve(id, who, wish);
  }
}

/** A game master is the host; of a session that has none yet, whoever comes first. Asked again when the seat is taken. */
function mayMaster({ hostId, members }: SeenSession, { accountId }: Principal): boolean {
  return hostId === null || hostId === accountId || members.some((member) => member.accountId === accountId);
}
