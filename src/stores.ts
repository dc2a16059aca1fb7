import { identityStores } from "./accounts/identity.ts";
import { auditStore } from "./audit/audit.store.ts";
import { campaignStore } from "./campaigns/campaigns.store.ts";
import { idempotencyStore } from "./http/idempotency.store.ts";
import type { Breaker } from "./infra/breaker.ts";
import { leaseStore } from "./infra/lease.store.ts";
import type { Connection } from "./infra/mongo.ts";
import { processStore } from "./infra/processes.store.ts";
import { inviteStore } from "./invites/invites.store.ts";
import { journalStore } from "./journal/journal.store.ts";
import { snapshotStore } from "./journal/snapshots.store.ts";
import { matchmakingDocs } from "./matchmaking/matchmaking-docs.ts";
import { rankingStores } from "./ranking/ranking.store.ts";
import { handoffStore } from "./sessions/handoffs.store.ts";
import { sessionOwnersStore } from "./sessions/session-owners.store.ts";
import { sessionPeopleStore } from "./sessions/session-people.store.ts";
import { sessionStore } from "./sessions/sessions.store.ts";

/**
 * Everything that is kept, as the rest of the product asks for it: behind the breaker, but for what must not be stopped by
 * it. Indexes are made for the stores that are here (`ensureIndexes`).
 */
export function openStores(connection: Connection, breaker: Breaker) {
  const registry = processStore(connection);
  const { accounts, loginDocs, familyDocs } = identityStores(connection);
  return {
    store: breaker.around(sessionStore(connection)),
    // The journal's own attempts end by rules of their own (L9).
    journalStore: breaker.around(journalStore(connection), ["append", "find", "batches"]),
    snapshots: breaker.around(snapshotStore(connection)),
    // A beat that is sent while the breaker is still open is how the gate opens again soonest.
    processes: { ...registry, find: breaker.around(registry).find },
    leases: breaker.around(leaseStore(connection)),
    sessionOwners: breaker.around(sessionOwnersStore(connection)),
    people: breaker.around(sessionPeopleStore(connection)),
    identityDocs: {
      accounts: breaker.around(accounts, ["standingsSince"]),
      loginDocs: breaker.around(loginDocs),
      familyDocs: breaker.around(familyDocs, ["revokedSince"]),
    },
    idempotencies: breaker.around(idempotencyStore(connection)),
    audits: breaker.around(auditStore(connection)),
    handoffsStore: breaker.around(handoffStore(connection)),
    invitesStore: breaker.around(inviteStore(connection)),
    campaignsStore: breaker.around(campaignStore(connection)),
    matchmaking: matchmakingDocs(connection, breaker),
    ranking: rankingStores(connection, (store) => breaker.around(store)),
  };
}
