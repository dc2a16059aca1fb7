import type { Owners } from "../sessions/owners.ts";
import type { SessionOwnersStore } from "../sessions/session-owners.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";
import { isSessionId } from "./room-path.ts";

export interface WhereParts {
  readonly sessions: Sessions;
  readonly store: SessionOwnersStore;
  readonly owners: Owners;
  readonly watch: ProcessWatch;
  /** Who takes what would come up here while this process is about to stop; undefined otherwise. */
  readonly instead: () => Peer | undefined;
}

/** Rooms that are no session's, and live and die with their process, whose id is in their name. */
const PROCESS_ROOM = /^lobby-([0-9a-f-]{36})/;

/** Finds out where a session is held, or another room lives. */
export class Whereabouts {
  readonly #parts: WhereParts;

  constructor(parts: WhereParts) {
    this.#parts = parts;
  }

  /**
   * The other process that holds the session. Null when this one does, or may bring it back, and for what is no session at
   * all: then the answer is to be found here.
   */
  async of(sessionId: string): Promise<Peer | null> {
    const { sessions, store, owners, watch, instead } = this.#parts;
    const processId = PROCESS_ROOM.exec(sessionId)?.[1];
    if (processId !== undefined) {
      return watch.living().find(({ name, row }) => row.id === processId && name !== owners.self) ?? null;
    }
    if (!isSessionId(sessionId) || this.#isHeld(sessionId)) return null;
    // It may be on its way to another owner, who can answer in a moment.
    await sessions.releasing(sessionId);
    if (this.#isHeld(sessionId)) return null;
    const owner = await store.ownerOf(sessionId);
    const peer = owner === null || owner === owners.self ? null : await watch.find(owner);
    return peer ?? instead() ?? null;
  }

  #isHeld(sessionId: string): boolean {
    return this.#parts.sessions.held(sessionId)?.live.isClosed === false;
  }
}
