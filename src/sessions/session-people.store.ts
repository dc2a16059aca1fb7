import type { Connection } from "mongoose";

/** Accounts in session documents, for the erasure of one of them. */
export interface SessionPeopleStore {
  /** Puts the pseudonym in the account's place, on every seat and as a host. */
  forget(accountId: string, pseudonym: string): Promise<void>;
}

export function sessionPeopleStore(connection: Connection): SessionPeopleStore {
  const sessions = connection.collection("sessions");
  return {
    async forget(accountId, pseudonym) {
      // An account has one seat in a session, so the positional operator meets them all.
      const seat = { "members.$.accountId": pseudonym, "members.$.connectionId": "" };
      await sessions.updateMany({ "members.accountId": accountId }, { $set: seat });
      await sessions.updateMany({ hostId: accountId }, { $set: { hostId: pseudonym } });
    },
  };
}
