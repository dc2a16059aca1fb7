import { may } from "../accounts/roles.rules.ts";
import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import { SPECTATOR, SYSTEM, type Viewer } from "../journal/game.ts";
import type { Member, SessionDocument, SessionFilter, SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

/** Who asks, as far as a decision needs it. */
export type Asker = Pick<Principal, "accountId" | "roles" | "gameId">;

/** What decides who may see a session and what of it. */
export interface Visibility {
  readonly private: boolean;
  readonly gameId: string;
  readonly members: readonly Member[];
  readonly hostId: string | null;
}

/** A session as somebody who may see it finds it. */
export interface SeenSession extends Visibility {
  readonly id: string;
  readonly type: string;
  readonly status: SessionDocument["status"];
}

/** Whether the asker has to do with this game at all: the key of one game's service knows no sessions of others. */
export function isInReach({ gameId }: { readonly gameId: string }, asker: Pick<Asker, "gameId">): boolean {
  return asker.gameId === undefined || asker.gameId === gameId;
}

/** A list's filter within the asker's reach; null when it names a game outside. */
export function withinReach(filter: SessionFilter, asker: Asker): SessionFilter | null {
  const { gameId = asker.gameId } = filter;
  if (gameId === undefined) return filter;
  return isInReach({ gameId }, asker) ? { ...filter, gameId } : null;
}

/**
 * A private session is known to those who sit there, its host, and those who may read every session; no session at all
 * to a service whose key is for another game.
 */
export function maySee({ private: hidden, gameId, members, hostId }: Visibility, asker: Asker): boolean {
  const { accountId, roles } = asker;
  if (!isInReach({ gameId }, asker)) return false;
  if (!hidden || hostId === accountId) return true;
  return members.some((member) => member.accountId === accountId) || may(roles, "sessions.read_any");
}

/** With whose eyes somebody looks. Those who play see no more than their seat does, whatever else they may. */
export function viewerOf(members: readonly Member[], { accountId, roles }: Asker): Viewer {
  const member = members.find((candidate) => candidate.accountId === accountId);
  if (member) return { kind: member.role === "gm" ? "gm" : "seat", seat: member.seat };
  return may(roles, "sessions.see_hidden") ? SYSTEM : SPECTATOR;
}

/** Whether somebody may let others in and say so: the host, a game master, and those who manage every session. */
export function mayHost({ members, hostId }: Visibility, { accountId, roles }: Asker): boolean {
  const isMaster = members.some((member) => member.accountId === accountId && member.role === "gm");
  return hostId === accountId || isMaster || may(roles, "sessions.manage_any");
}

/** Whether somebody may ask for a seat. Whoever is let into a private session by an office alone watches. */
export function mayEnter(session: Visibility, asker: Asker): boolean {
  const isMember = session.members.some(({ accountId }) => accountId === asker.accountId);
  return !session.private || isMember || mayHost(session, asker);
}

/** Finds sessions for those who may see them. */
export class SessionAccess {
  readonly #sessions: Sessions;
  readonly #store: SessionStore;

  constructor(parts: { readonly sessions: Sessions; readonly store: SessionStore }) {
    this.#sessions = parts.sessions;
    this.#store = parts.store;
  }

  /** @throws Refusal `session_not_found`, also for a private session of others */
  async visible(sessionId: string, asker: Asker): Promise<SeenSession> {
    const found = await this.find(sessionId);
    if (!found || !maySee(found, asker)) throw refusal("session_not_found");
    return found;
  }

  /** Whoever asks; for those who come with another right to it, such as an invite. */
  async find(sessionId: string): Promise<SeenSession | null> {
    const held = this.#sessions.held(sessionId);
    const document = held ? held.document : await this.#store.find(sessionId);
    if (!document) return null;
    const { members, hostId } = held ?? document;
    const status = held ? held.live.ledger.core.status : document.status;
    const { type, gameId, private: hidden } = document;
    return { id: sessionId, type, gameId, status, private: hidden, members, hostId };
  }
}
