import type { Breaker } from "../infra/breaker.ts";
import type { Connection } from "../infra/mongo.ts";
import { absenceStore } from "./absences.store.ts";
import type { MatchmakingDocs } from "./matchmaking.ts";
import { partyStore } from "./parties.store.ts";
import { placementStore } from "./placement.store.ts";
import { queueStatusStore } from "./queue-status.store.ts";
import { ticketStore } from "./tickets.store.ts";

/** Everything of matchmaking that is kept, behind the breaker. */
export function matchmakingDocs(connection: Connection, breaker: Breaker): MatchmakingDocs {
  return {
    // Page by page: what is read of a pool is a stream, which bounds its waiting itself.
    tickets: breaker.around(ticketStore(connection), ["pooled"]),
    placements: breaker.around(placementStore(connection)),
    parties: breaker.around(partyStore(connection)),
    queueStatus: breaker.around(queueStatusStore(connection)),
    absences: breaker.around(absenceStore(connection)),
  };
}
