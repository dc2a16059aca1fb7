import type { Caller } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { sha256 } from "../lib/sha256.ts";
import { newCode, readCode } from "../lib/spoken-code.ts";
import type { Entering } from "./entering.ts";
import type { HandoffStore } from "./handoffs.store.ts";
import type { SeatReservation } from "./reservations.ts";
import type { SessionAccess } from "./session-access.ts";

/** How long somebody may take to pick up the other device and type twelve letters. */
const GOOD_FOR_MS = 60_000;
const TRIES_MAX = 5;

export interface HandoffParts {
  readonly store: HandoffStore;
  readonly access: SessionAccess;
  readonly entering: Entering;
  readonly clock: Clock;
  readonly audit: Audit;
}

/**
 * A seat moves to another device of the same account, by a code that is good once. The seat itself moves when the other
 * device connects: until then the former one plays on, and nobody at the table sees anybody leave.
 */
export class Handoffs {
  readonly #parts: HandoffParts;

  constructor(parts: HandoffParts) {
    this.#parts = parts;
  }

  /** A code for the caller's seat; it replaces an earlier one. @throws Refusal `not_seated`, `session_ended` */
  async offer(sessionId: string, { principal, requestId }: Caller): Promise<{ code: string; expiresAt: string }> {
    const { store, access, clock, audit } = this.#parts;
    const { accountId, deviceId } = principal;
    const session = await access.visible(sessionId, principal);
    const member = session.members.find((candidate) => candidate.accountId === accountId);
    if (!member) throw refusal("not_seated");
    if (session.status === "ended") throw refusal("session_ended");
    const code = newCode();
    const expiresAt = new Date(clock.now() + GOOD_FOR_MS);
    const { seat } = member;
    const handoff = { sessionId, seat, fromDevice: deviceId, expiresAt, tries: 0 };
    await store.put({ _id: accountId, codeHash: sha256(code), ...handoff });
    const subject = { kind: "session", id: sessionId } as const;
    audit.record({ action: "session.handoff_offered", subject, actor: { accountId, deviceId }, requestId });
    return { code, expiresAt: expiresAt.toISOString() };
  }

  /**
   * The seat behind the code, as a reservation for the device that brings it.
   *
   * @throws Refusal `code_invalid` for every code that is not the account's own and good; `same_device`
   */
  async take(typed: string, deviceId: string, { principal, requestId }: Caller): Promise<SeatReservation> {
    const { store, access, entering, clock, audit } = this.#parts;
    const { accountId } = principal;
    const codeHash = sha256(readCode(typed));
    const handoff = await store.try(accountId, new Date(clock.now()), TRIES_MAX);
    if (handoff?.codeHash !== codeHash) throw refusal("code_invalid");
    if (handoff.fromDevice === deviceId) throw refusal("same_device");
    const { sessionId, seat } = handoff;
    const session = await access.visible(sessionId, principal);
    const member = session.members.find((candidate) => candidate.accountId === accountId && candidate.seat === seat);
    if (!member) throw refusal("code_invalid");
    // First the reservation: a code that was used up for a room that could not come up would strand the player.
    const reservation = await entering.reserve(session, principal, { role: member.role });
    if (!(await store.consume(accountId, codeHash))) throw refusal("code_invalid");
    const subject = { kind: "session", id: sessionId } as const;
    const actor = { accountId, deviceId: principal.deviceId };
    audit.record({ action: "session.handoff_taken", subject, actor, requestId, details: { seat } });
    return reservation;
  }
}
