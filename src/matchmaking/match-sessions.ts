import type { Audit } from "../audit/audit-event.ts";
import { Refusal, refusal } from "../errors.ts";
import type { Calls } from "../infra/gateway-calls.ts";
import type { ActingSessions } from "../sessions/acting-sessions.ts";
import { BY_API, type Guest, type Seats } from "../sessions/seats.ts";
import type { Member, SessionDocument } from "../sessions/sessions.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import { seatOrder } from "./placement.rules.ts";
import type { PlacementDocument } from "./placement.store.ts";

/** The call by which one process has another change the session of a match. */
export const MATCH_CALL = "match";

export interface MatchSessionsParts {
  readonly sessions: Sessions;
  readonly acting: ActingSessions;
  readonly seats: Seats;
  readonly store: { find(id: string): Promise<SessionDocument | null> };
  readonly calls: Calls;
  /** A region that is served, for one that is wished for. */
  readonly placeIn: (wish: { readonly region: string }) => string;
  /** Sees to it that a session comes up in its region. */
  readonly place: (sessionId: string) => Promise<void>;
  readonly audit: Audit;
}

/** What is done to a session, wherever it is held. */
type MatchCall =
  | { readonly do: "seat"; readonly guests: readonly Guest[] }
  | { readonly do: "unseat"; readonly accountIds: readonly string[] }
  | { readonly do: "end" };

/** Who has come, as far as it is known. */
export interface Arrivals {
  /** Those who have their seat and never had a connection. */
  readonly absent: readonly string[];
  /** Nothing can be done about it any more: the session has ended, or is not there. */
  readonly over: boolean;
}

/** The sessions of matches. Everything here is done once, however often it is tried. */
export class MatchSessions {
  readonly #parts: MatchSessionsParts;

  constructor(parts: MatchSessionsParts) {
    this.#parts = parts;
  }

  /**
   * The session of a match, with a seat for everybody from its first moment on; or the seats of those who join one that
   * plays. Whoever looks sees all seats or none.
   *
   * @throws Refusal `unavailable`, `session_ended`, `session_full`, and what the game says to its seats
   */
  async make(placement: PlacementDocument, rules: QueueRules): Promise<void> {
    const { _id: id, sessionId, players, region } = placement;
    const guests = seatOrder(players).map(({ accountId, name, device }) => ({ accountId, name, device }));
    if (sessionId !== id) return this.#call(sessionId, { do: "seat", guests });
    if (await this.#parts.acting.made(id)) return;
    const { sessions, placeIn, place, audit } = this.#parts;
    const { type, gameId, mode, opening, teams, teamSize, backfill } = rules;
    const held = await sessions.create({
      ...{ id, type, gameId, mode, region: placeIn({ region }), company: guests, first: opening },
      // No seat is free for those who come by quick play, but where the queue itself would fill it.
      maxPlayers: backfill ? teams * teamSize : guests.length,
    });
    sessions.touch(held);
    audit.record({ action: "session.matched", subject: { kind: "session", id }, actor: null, details: { type, mode } });
    await place(id);
  }

  /** Which of these players have not come. */
  async arrivals({ sessionId, players }: PlacementDocument): Promise<Arrivals> {
    const session = await this.#parts.store.find(sessionId);
    const isNew = (member: Member) => member.connectionId === BY_API;
    const waiting = new Set(session?.members.filter(isNew).map(({ accountId }) => accountId));
    const absent = players.map(({ accountId }) => accountId).filter((accountId) => waiting.has(accountId));
    return { absent, over: session === null || session.status === "ended" };
  }

  /** Accounts that sit there; null when nobody can join it any more. */
  async seated(sessionId: string): Promise<ReadonlySet<string> | null> {
    const session = await this.#parts.store.find(sessionId);
    const over = session === null || session.status === "ended";
    return over ? null : new Set(session.members.map(({ accountId }) => accountId));
  }

  /** Whether the players of a type of session connect to a room at all. */
  isPlayedInRooms(type: string): boolean {
    return this.#parts.sessions.gameOf(type).roomless !== true;
  }

  /** The session is none of a match any more. */
  async abandon(sessionId: string): Promise<void> {
    if ((await this.#parts.store.find(sessionId)) === null) return;
    await this.#call(sessionId, { do: "end" }).catch(unlessOver);
  }

  /** Frees the seats of those who did not come. */
  async unseat(sessionId: string, accountIds: readonly string[]): Promise<void> {
    await this.#call(sessionId, { do: "unseat", accountIds }).catch(unlessOver);
  }

  /** For another process, which leads the queue. */
  readonly answer = async (sessionId: string, body: unknown): Promise<void> => this.#here(sessionId, body as MatchCall);

  async #call(sessionId: string, body: MatchCall): Promise<void> {
    const call = { name: MATCH_CALL, body, address: "" };
    await this.#parts.calls.at(sessionId, call, () => this.#here(sessionId, body));
  }

  async #here(sessionId: string, call: MatchCall): Promise<void> {
    const { acting, seats, sessions } = this.#parts;
    if (call.do === "end") {
      await acting.commit(sessionId, () => ({ kind: "end", reason: "no_show" }));
      await sessions.projector.caughtUp();
      return;
    }
    await acting.attempt(sessionId, async (held) => {
      if (call.do === "seat") {
        if (held.live.ledger.core.status === "ended") throw refusal("session_ended");
        for (const guest of call.guests) {
          if (!held.memberOf(guest.accountId)) await seats.take(held, guest, "player", BY_API);
        }
        return;
      }
      for (const accountId of call.accountIds) {
        const member = held.memberOf(accountId);
        // Who has come in the last moment stays.
        if (member?.connectionId === BY_API) await seats.leave(held, member);
      }
    });
  }
}

/** Of a session that has ended, or never began, nobody has to be told anything. */
function unlessOver(reason: unknown): void {
  const isOver = reason instanceof Refusal && ["session_ended", "session_not_found"].includes(reason.code);
  if (!isOver) throw reason;
}
