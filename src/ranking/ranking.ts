import type { PersonalData } from "../accounts/personal-data.ts";
import type { Audit } from "../audit/audit-event.ts";
import type { AnyEndpoint } from "../http/endpoint.ts";
import type { Lease } from "../infra/lease.ts";
import type { JournalStore } from "../journal/journal.store.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { PlacementStore } from "../matchmaking/placement.store.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { LeftSeat } from "../sessions/seats.ts";
import { BoardLoader } from "./board-loader.ts";
import { Boards } from "./boards.ts";
import { BUNDLED, readRanking } from "./bundled.rules.ts";
import { leaderboardsEndpoints } from "./leaderboards.routes.ts";
import { matchesEndpoints } from "./matches.routes.ts";
import { Matches } from "./matches.ts";
import { placedTeams } from "./placed-teams.ts";
import { rankedPlayersEndpoints } from "./players.routes.ts";
import { RankedPlayers } from "./players.ts";
import { Ranker } from "./ranker.ts";
import type { RankingStores } from "./ranking.store.ts";
import type { RankingIndex } from "./ranking-index.ts";
import type { RankingRules } from "./ranking-types.rules.ts";
import { RatingBook } from "./rating-book.ts";
import { Records } from "./records.ts";
import { Referee } from "./referee.ts";
import { SeasonEnd, type SeasonEnded } from "./season-end.ts";
import { Seasons, scopesOf } from "./seasons.ts";

export interface RankingParts {
  readonly rules?: RankingRules;
  readonly stores: RankingStores;
  readonly journalStore: Pick<JournalStore, "batches">;
  readonly index: RankingIndex;
  /** Who the matchmaker placed where. */
  readonly placements: Pick<PlacementStore, "ofSession">;
  readonly lease: Pick<Lease, "hold" | "release">;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, "rankedSessions" | "redisMissed">;
  /** At least once for each board and season. */
  readonly onSeasonEnded?: (ended: SeasonEnded) => void;
}

export interface Ranking {
  readonly endpoints: readonly AnyEndpoint[];
  readonly personalData: PersonalData;
  /** For the matchmaker. */
  readonly ratingsOf: RankedPlayers["ratingsOf"];
  /** For the public profile: ratings by ladder. */
  statisticsOf(accountId: string): Promise<Readonly<Record<string, unknown>>>;
  /** Somebody left a session that had started. */
  left(seat: LeftSeat): Promise<void>;
  /** Rates and loads from now on; indexes must exist. */
  start(): void;
  /** What waits to be rated, taken back or archived is dealt with; `start` sees to it every second. */
  pass(): Promise<void>;
  stop(): Promise<void>;
}

/** Puts ranking together: from the results that the journal proves to ratings and leaderboards. */
export function createRanking(parts: RankingParts): Ranking {
  const { stores, index, clock, log, names, audit, metrics } = parts;
  const rules = readRanking(parts.rules ?? BUNDLED);
  const { matches, ratings, departures } = stores;
  const seasons = new Seasons({ store: stores.seasons, clock, scopes: scopesOf(rules) });
  const records = new Records({
    store: stores.records,
    index,
    clock,
    onMissed: () => metrics.redisMissed.inc({ part: "ranking" }),
  });
  const shared = { rules, store: stores.records, records, index, seasons, clock, log };
  const book = new RatingBook({ rules, matches, ratings, records });
  const loader = new BoardLoader(shared);
  const onEnded = (ended: SeasonEnded) => {
    const { board: id, season, records: count } = ended;
    const details = { season, records: count, winner: ended.top[0]?.accountId ?? "" };
    audit.record({ action: "leaderboard.season_ended", subject: { kind: "leaderboard", id }, actor: null, details });
    parts.onSeasonEnded?.(ended);
  };
  const ranker = new Ranker({
    ...{ ...shared, sessions: stores.endedSessions, departures, matches, book, loader, lease: parts.lease },
    referee: new Referee({ ...parts, ladders: rules.ladders, departures, teamsOf: placedTeams(parts.placements) }),
    seasonEnd: new SeasonEnd({ ...shared, loader, onEnded }),
    onLooked: (outcome) => metrics.rankedSessions.inc({ outcome }),
  });
  const players = new RankedPlayers({
    ...{ ...shared, matches, ratings, departures, names },
    ...{ records: stores.records, shown: records },
  });
  return {
    endpoints: [
      ...rankedPlayersEndpoints({ players }),
      ...leaderboardsEndpoints({ boards: new Boards({ ...shared, matches, names }) }),
      ...matchesEndpoints({ matches: new Matches({ store: matches, seasons, audit, clock }), players }),
    ],
    personalData: players.personalData,
    ratingsOf: (...asked) => players.ratingsOf(...asked),
    statisticsOf: (accountId) => players.statistics(accountId),
    left: (seat) => departures.note(seat),
    start: () => ranker.start(),
    pass: () => ranker.pass(),
    stop: () => ranker.stop(),
  };
}
