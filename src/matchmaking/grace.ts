import type { Clock } from "../lib/clock.ts";
import type { AbsenceStore } from "./absences.store.ts";

/** How long a ticket waits for a player whose connection is gone: a tunnel, a lift, a change of networks. */
export const GRACE_MS = 30_000;
/** Players who are given up together. */
const BATCH = 200;

export interface GraceParts {
  readonly store: AbsenceStore;
  readonly clock: Clock;
  /** Gives a ticket up, unless it has found a match. */
  readonly giveUp: (ticketId: string) => Promise<void>;
}

/** Keeps the tickets of those who are away for a moment. Only who had a connection to the lobby can lose it. */
export class Grace {
  readonly #parts: GraceParts;

  constructor(parts: GraceParts) {
    this.#parts = parts;
  }

  async away(ticketId: string, accountId: string): Promise<void> {
    const { store, clock } = this.#parts;
    await store.put(ticketId, accountId, new Date(clock.now() + GRACE_MS));
  }

  async back(ticketId: string, accountId: string): Promise<void> {
    await this.#parts.store.remove(ticketId, accountId);
  }

  /** Gives up the tickets of those who did not come back; for one process at a time. */
  async sweep(): Promise<void> {
    const { store, clock, giveUp } = this.#parts;
    const now = new Date(clock.now());
    for (const { _id, ticketId } of await store.due(now, BATCH)) {
      if (await store.take(_id, now)) await giveUp(ticketId);
    }
  }
}
