import type { Caller } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { isPersonal } from "../custom/custom.rules.ts";
import { refusal } from "../errors.ts";
import type { ActingSessions } from "./acting-sessions.ts";
import type { TakenSeat } from "./reservations.ts";
import { BY_API, type Seats } from "./seats.ts";
import type { SessionAccess } from "./session-access.ts";
import type { Member } from "./sessions.store.ts";

export interface SeatingParts {
  readonly access: SessionAccess;
  readonly acting: ActingSessions;
  readonly seats: Seats;
  readonly audit: Audit;
}

/** Seats that are taken and given up by the API alone. */
export class Seating {
  readonly #parts: SeatingParts;

  constructor(parts: SeatingParts) {
    this.#parts = parts;
  }

  /**
   * A seat for a caller who may have one: the one it already has, or a free one; durable when this resolves.
   *
   * @throws Refusal `session_full`, `session_ended`, `session_paused`, and what `Sessions.open` throws
   */
  async take(sessionId: string, caller: Caller): Promise<TakenSeat> {
    const { acting, seats } = this.#parts;
    const { principal } = caller;
    const { member, replaced } = await acting.attempt(sessionId, (held) =>
      seats.take(held, principal, "player", BY_API),
    );
    if (!replaced) this.#note("session.joined", sessionId, caller, member);
    return { sessionId, seat: member.seat, role: member.role };
  }

  /**
   * Gives the caller's seat up, in a room or not; durable when this resolves.
   *
   * @throws Refusal `session_not_found`, `not_seated`, `session_ended`, `owner_stays`, the rules' no
   */
  async leave(sessionId: string, caller: Caller): Promise<void> {
    const { access, acting, seats } = this.#parts;
    const { accountId } = caller.principal;
    const { type, status, members } = await access.visible(sessionId, caller.principal);
    const member = members.find((candidate) => candidate.accountId === accountId);
    if (!member) throw refusal("not_seated");
    if (status === "ended") throw refusal("session_ended");
    if (isPersonal(type)) throw refusal("owner_stays");
    await acting.attempt(sessionId, (held) => seats.leave(held, member));
    this.#note("session.left", sessionId, caller, member);
  }

  #note(action: string, id: string, { principal, requestId }: Caller, { seat }: Member): void {
    const { accountId, deviceId } = principal;
    const what = { action, subject: { kind: "session", id }, actor: { accountId, deviceId }, requestId } as const;
    this.#parts.audit.record({ ...what, details: { seat } });
  }
}
