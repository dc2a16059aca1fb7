import type { Connection } from "../infra/mongo.ts";
import { departureStore } from "./departures.store.ts";
import { endedSessionStore } from "./ended-sessions.store.ts";
import { matchStore } from "./matches.store.ts";
import { ratingStore } from "./ratings.store.ts";
import { recordStore } from "./records.store.ts";
import { seasonStore } from "./seasons.store.ts";

export type RankingStores = ReturnType<typeof rankingStores>;

/** Everything that ranking keeps. @param around what every store is put behind, such as a breaker */
export function rankingStores(connection: Connection, around: <Store extends object>(store: Store) => Store) {
  return {
    endedSessions: around(endedSessionStore(connection)),
    departures: around(departureStore(connection)),
    matches: around(matchStore(connection)),
    ratings: around(ratingStore(connection)),
    records: around(recordStore(connection)),
    seasons: around(seasonStore(connection)),
  };
}
