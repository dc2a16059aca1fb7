import type { Caller } from "../accounts/tokens.ts";
import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { newCode, readCode } from "../lib/spoken-code.ts";
import type { Entering } from "../sessions/entering.ts";
import type { SeatReservation, TakenSeat } from "../sessions/reservations.ts";
import type { SeenSession, SessionAccess } from "../sessions/session-access.ts";
import type { InviteDocument, InviteRole, InviteStore } from "./invites.store.ts";

/** Invites of one session that are good at a time. */
const INVITES_MAX = 20;
const DAY_S = 24 * 3600;

/** An invite as the host sees it. */
export interface Invite {
  readonly code: string;
  readonly role: InviteRole;
  readonly usesLeft: number;
  /** ISO 8601, like the other. */
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface NewInvite {
  readonly role?: InviteRole | undefined;
  /** Accounts it lets in. */
  readonly uses?: number | undefined;
  /** Seconds. */
  readonly expiresIn?: number | undefined;
}

export interface InvitesParts {
  readonly store: InviteStore;
  readonly access: SessionAccess;
  readonly entering: Entering;
  /** Whether somebody may let others into a session. */
  readonly mayHost: (session: SeenSession, who: Caller["principal"]) => boolean;
  readonly clock: Clock;
  readonly audit: Audit;
}

/** Codes that let others into a session, the private ones too. */
export class Invites {
  readonly #parts: InvitesParts;

  constructor(parts: InvitesParts) {
    this.#parts = parts;
  }

  /**
   * @param effectId names the new invite; where one has that name already, an earlier attempt has made it
   * @throws Refusal `session_not_found`, `forbidden`, `session_ended`, `invite_quota`
   */
  async create(sessionId: string, wanted: NewInvite, caller: Caller, effectId?: string): Promise<Invite> {
    const { store, clock } = this.#parts;
    const { status } = await this.#hosted(sessionId, caller);
    if (status === "ended") throw refusal("session_ended");
    const now = clock.now();
    // Two at once may both find the last place free: the bound is for the database's sake, not a promise to anybody.
    const others = await store.listOf(sessionId, new Date(now), INVITES_MAX);
    const before = others.find((other) => effectId !== undefined && other.effectId === effectId);
    if (before) return toInvite(before);
    if (others.length >= INVITES_MAX) throw refusal("invite_quota");
    const { role = "player", uses = 1, expiresIn = DAY_S } = wanted;
    const expiresAt = new Date(now + expiresIn * 1000);
    const times = { createdBy: caller.principal.accountId, createdAt: new Date(now), expiresAt };
    const made = effectId === undefined ? {} : { effectId };
    const invite = { _id: newCode(), sessionId, role, ...times, ...made, left: uses, usedBy: [] };
    await store.insert(invite);
    this.#note("session.invite_created", sessionId, caller);
    return toInvite(invite);
  }

  /** Those that are still good. @throws Refusal `session_not_found`, `forbidden` */
  async list(sessionId: string, caller: Caller): Promise<Invite[]> {
    await this.#hosted(sessionId, caller);
    const { store, clock } = this.#parts;
    return (await store.listOf(sessionId, new Date(clock.now()), INVITES_MAX)).map(toInvite);
  }

  /** @throws Refusal `session_not_found`, `forbidden`, `not_found` */
  async revoke(sessionId: string, code: string, caller: Caller): Promise<void> {
    await this.#hosted(sessionId, caller);
    if (!(await this.#parts.store.remove(readCode(code), sessionId))) throw refusal("not_found");
    this.#note("session.invite_revoked", sessionId, caller);
  }

  /** @throws Refusal `code_invalid` for every code that is not good, and what `Entering.admit` throws */
  async join(typed: string, caller: Caller): Promise<SeatReservation | TakenSeat> {
    const { store, access, entering, clock } = this.#parts;
    const { accountId } = caller.principal;
    const code = readCode(typed);
    const invite = await store.use(code, accountId, new Date(clock.now()));
    const session = invite && (await access.find(invite.sessionId));
    if (!session) throw refusal("code_invalid");
    try {
      const place = await entering.admit(session, caller, { role: invite.role });
      this.#note("session.invite_used", session.id, caller);
      return place;
    } catch (reason) {
      await store.giveBack(code, accountId);
      throw reason;
    }
  }

  async #hosted(sessionId: string, { principal }: Caller): Promise<SeenSession> {
    const session = await this.#parts.access.visible(sessionId, principal);
    if (!this.#parts.mayHost(session, principal)) throw refusal("forbidden");
    return session;
  }

  #note(action: string, sessionId: string, { principal, requestId }: Caller): void {
    const { accountId, deviceId } = principal;
    const subject = { kind: "session", id: sessionId } as const;
    this.#parts.audit.record({ action, subject, actor: { accountId, deviceId }, requestId });
  }
}

function toInvite({ _id, role, left, createdAt, expiresAt }: InviteDocument): Invite {
  const times = { createdAt: createdAt.toISOString(), expiresAt: expiresAt.toISOString() };
  return { code: _id, role, usesLeft: left, ...times };
}
