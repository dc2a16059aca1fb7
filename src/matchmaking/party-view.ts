import type { PartyDocument } from "./parties.store.ts";

/** A party as its members see it. */
export function partyView({ _id: id, leaderId, code, maxSize, members, createdAt }: PartyDocument) {
  return {
    ...{ id, leaderId, code, maxSize, createdAt: createdAt.toISOString() },
    members: members.map(({ accountId, name, ready }) => ({ accountId, name, ready })),
  };
}
