import { ERRORS, Refusal } from "../errors.ts";
import type { SessionDocument } from "./sessions.store.ts";

/**
 * Which process holds a session. Session documents name their owner; the journal's fence decides (L8). A name means one
 * incarnation of a process: whoever was declared dead never comes back under it.
 */
export interface Owners {
  /** Under which name this process owns sessions; null while it may own none. */
  readonly self: string | null;
  /** True when there can be no other process on the same database. */
  readonly alone: boolean;
  /** Whether the owner of this name has not been declared dead. */
  lives(owner: string): Promise<boolean>;
  /**
   * Makes `owner` the next owner of a session that was found like this, before it claims the session in the journal at
   * `epoch`. The document as it is then; null when somebody else was quicker.
   */
  take(found: SessionDocument, owner: string, epoch: number): Promise<SessionDocument | null>;
}

/** The only process on its database: whatever other name is found there is that of a dead one. */
export function aloneOwner(id: string): Owners {
  return { self: id, alone: true, lives: async (owner) => owner === id, take: async (found) => found };
}

/** Another process, which lives, holds the session: only there it can be acted upon. */
export class HeldElsewhere extends Refusal {
  readonly owner: string;

  constructor(owner: string) {
    const { status, message, retryable } = ERRORS.session_moved;
    super("session_moved", status, message, retryable);
    this.owner = owner;
  }
}
