import type { PersonalData } from "../accounts/personal-data.ts";
import type { HeldSession } from "./held-session.ts";
import type { SessionPeopleStore } from "./session-people.store.ts";
import type { SessionStore } from "./sessions.store.ts";
import type { Sessions } from "./sessions.ts";

/** Seats in an export, the newest first. */
const EXPORTED_MAX = 1000;
const PAGE = 100;

/**
 * Seats, as far as they name people. The journals name none: after an erasure every hash is what it was, and the seat is
 * still there, taken by nobody anyone could name.
 */
export function seatsAsPersonalData(parts: {
  store: SessionStore;
  people: SessionPeopleStore;
  sessions: Sessions;
  /** Drops what was read for answers. */
  forgetReads: () => void;
}): PersonalData {
  const { store, people, sessions, forgetReads } = parts;
  return {
    name: "sessions",

    async export(accountId) {
      const seats: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.list({ playerId: accountId }, accountId, PAGE, cursor);
        for (const { _id: id, type, mode, createdAt, members } of page) {
          const { seat, role } = members.find((member) => member.accountId === accountId)!;
          seats.push({ sessionId: id, type, mode, seat, role, createdAt: createdAt.toISOString() });
        }
        cursor = page.length < PAGE ? undefined : page.at(-1)!._id;
      } while (cursor !== undefined && seats.length < EXPORTED_MAX);
      return seats;
    },

    async erase(accountId, pseudonym) {
      // What is held first: its next change of a seat writes the whole list.
      for (const held of sessions.all()) await held.exclusively(async () => rename(held, accountId, pseudonym));
      await people.forget(accountId, pseudonym);
      forgetReads();
    },
  };
}

function rename(held: HeldSession, accountId: string, pseudonym: string): void {
  if (held.hostId === accountId) held.hostId = pseudonym;
  held.members = held.members.map((member) =>
    member.accountId === accountId ? { ...member, accountId: pseudonym, connectionId: "" } : member,
  );
  held.document = { ...held.document, hostId: held.hostId, members: held.members };
}
