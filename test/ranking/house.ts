import { startEmbedded } from "../../src/embedded/embedded.ts";
import { type Connection, connectMongo, ensureIndexes } from "../../src/infra/mongo.ts";
import { type Batch, GENESIS, sealBatch } from "../../src/journal/batch.ts";
import { CORE, type Draft } from "../../src/journal/game.ts";
import { type JournalStore, journalStore } from "../../src/journal/journal.store.ts";
import { canonical } from "../../src/lib/canonical.ts";
import { commitment } from "../../src/lib/rng.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import type { PlacementDocument } from "../../src/matchmaking/placement.store.ts";
import { createMetrics } from "../../src/ops/metrics.ts";
import { rankingStores } from "../../src/ranking/ranking.store.ts";
import { createRanking, type Ranking } from "../../src/ranking/ranking.ts";
import { memoryRankingIndex } from "../../src/ranking/ranking-index.memory.ts";
import type { RankingIndex } from "../../src/ranking/ranking-index.ts";
import type { Board, Ladder, RankingRules } from "../../src/ranking/ranking-types.rules.ts";
import { listOf } from "../../src/ranking/records.ts";
import type { SeasonEnded } from "../../src/ranking/season-end.ts";
import { sessionStore } from "../../src/sessions/sessions.store.ts";
import { SEED, START, silentLog } from "../support/journal.ts";

export const LADDER: Ladder = {
  ...{ id: "arena:default", type: "arena", gameId: "arena", mode: "default", counts: "any" },
  ...{ schedule: "0 0 1 * *", kept: 500_000, doubt: 5_000_000 },
};

const fed = (metric: "rating" | "wins" | "score") => ({ from: "matches", ladder: LADDER.id, metric }) as const;
export const BOARDS: readonly Board[] = [
  { id: "rating", title: "Rating", gameId: "arena", sort: "desc", operator: "set", feed: fed("rating") },
  { id: "wins", title: "Wins", gameId: "arena", sort: "desc", operator: "incr", feed: fed("wins") },
  { id: "losses", title: "Handicap", gameId: "arena", sort: "asc", operator: "decr", feed: fed("wins") },
  { id: "kills", title: "Kills", gameId: "arena", sort: "desc", operator: "best", feed: fed("score") },
  {
    ...{ id: "laps", title: "Laps", gameId: "race", sort: "asc", operator: "best" },
    feed: { from: "service", schedule: "0 0 1 * *" },
  },
];
export const RULES: RankingRules = { ladders: [LADDER], boards: BOARDS };

/** One match, as a test wants it. */
export interface Played {
  /** By seat. */
  readonly players: readonly string[];
  /** The end entry's data. */
  readonly result: Draft["data"];
  /** Seats that were left in the middle. */
  readonly left?: readonly number[];
  /** Of the session's document. */
  readonly more?: Readonly<Record<string, unknown>>;
  /** Entries between the start and the end. */
  readonly between?: readonly Draft[];
}

/** What ranking needs, on a database of its own; time passes when the test says so. */
export class RankingHouse {
  now = START;
  readonly connection: Connection;
  readonly index: RankingIndex;
  readonly stores: ReturnType<typeof rankingStores>;
  readonly ended: SeasonEnded[] = [];
  readonly audited: string[] = [];
  readonly teams = new Map<string, readonly (readonly string[])[]>();
  readonly rules: RankingRules;
  readonly journal: JournalStore;
  ranking!: Ranking;
  readonly #metrics = createMetrics();
  readonly #stop: () => Promise<void>;

  private constructor(connection: Connection, index: RankingIndex, rules: RankingRules, stop: () => Promise<void>) {
    this.connection = connection;
    this.index = index;
    this.rules = rules;
    this.journal = journalStore(connection);
    this.stores = rankingStores(connection, (store) => store);
    this.#stop = stop;
  }

  static async open(index: RankingIndex = memoryRankingIndex(), rules = RULES): Promise<RankingHouse> {
    const embedded = await startEmbedded({ dir: ":memory:" });
    const connection = await connectMongo({ uri: embedded.uri, dbName: "hypogeum", log: silentLog });
    const house = new RankingHouse(connection, index, rules, async () => {
      await connection.close();
      await embedded.close();
    });
    sessionStore(connection);
    await ensureIndexes(connection);
    house.ranking = house.started();
    return house;
  }

  /** One more process over the same database. */
  started(index = this.index, stores = this.stores): Ranking {
    return createRanking({
      ...{ rules: this.rules, stores, index, log: silentLog },
      journalStore: this.journal,
      lease: { hold: async () => 1, release: async () => undefined },
      clock: { now: () => this.now, monotonic: () => this.now },
      names: async (ids) => new Map(ids.filter((id) => !id.startsWith("erased-")).map((id) => [id, `Name of ${id}`])),
      placements: { ofSession: async (id) => this.#placements(id) },
      audit: { record: ({ action }) => void this.audited.push(action) },
      metrics: this.#metrics,
      onSeasonEnded: (ended) => void this.ended.push(ended),
    });
  }

  #placements(id: string): PlacementDocument[] {
    const teams = this.teams.get(id);
    if (!teams) return [];
    const players = teams.flatMap((accounts, team) => accounts.map((accountId) => ({ accountId, team })));
    return [{ _id: id, stage: "done", players } as unknown as PlacementDocument];
  }

  /** A session that was played and has ended, and nobody has looked at it; its id. */
  async play({ players, result, left = [], more = {}, between = [] }: Played): Promise<string> {
    const id = uuid7(this.now);
    const endedAt = this.now;
    const gone = left.map((seat) => ({ type: CORE.seatLeft, seat, data: {} }));
    const drafts = [
      { type: CORE.opened, data: { commit: commitment(SEED) } },
      ...players.map((_, seat) => ({ type: CORE.seatTaken, seat, data: { role: "player" } })),
      { type: CORE.started, data: {} },
      ...between,
      ...gone,
      { type: CORE.ended, data: { ...result, seed: SEED } },
    ];
    await this.connection.collection<Batch>("journal").insertOne(sealed(id, drafts, endedAt));
    const member = (accountId: string, seat: number) => ({
      seat,
      role: "player",
      accountId,
      connectionId: "c",
      generation: 1,
    });
    const all = players.map(member);
    const members = all.filter(({ seat }) => !left.includes(seat));
    for (const [at, seat] of left.entries()) {
      const seq = drafts.length - left.length + at;
      await this.ranking.left({ sessionId: id, seat, accountId: players[seat]!, seq });
    }
    const document = {
      ...{ _id: id, type: "arena", gameId: "arena", mode: "default", region: "local", status: "ended", members },
      ...{ unranked: false, quarantined: null, startedAt: new Date(endedAt), endedAt: new Date(endedAt), ...more },
    };
    await this.connection.collection<{ _id: string }>("sessions").insertOne(document);
    return id;
  }

  /** Everything that waits is dealt with. */
  pass(): Promise<void> {
    return this.ranking.pass();
  }

  /** As it was at the start, but for the time. */
  async clear(): Promise<void> {
    for (const name of ["sessions", "journal", "departures", "matches", "ratings", "records"]) {
      await this.connection.collection(name).deleteMany({});
    }
    for (const { id } of this.rules.boards) await this.index.drop(listOf(id, 1));
    this.now = START;
  }

  /** A pass of a process that may write so often, and is then gone. */
  async dyingPass(writes: number): Promise<void> {
    let left = writes;
    const dying = <Store extends object>(store: Store): Store =>
      new Proxy(store, {
        get(target, verb, receiver) {
          const method = Reflect.get(target, verb, receiver) as (...args: unknown[]) => Promise<unknown>;
          if (!/^(put|insert|replace|remove|move|progress|settle|clear)$/.test(String(verb))) return method;
          return async (...args: unknown[]) => {
            if (left-- <= 0) throw new Error("the process is gone");
            return method(...args);
          };
        },
      });
    const { matches, ratings, records, endedSessions, departures } = this.stores;
    const some = { matches: dying(matches), ratings: dying(ratings), records: dying(records) };
    const stores = { ...this.stores, ...some, endedSessions: dying(endedSessions), departures: dying(departures) };
    await this.started(this.index, stores).pass();
  }

  /** What became of the sessions that were looked at, by outcome. */
  async looked(): Promise<Record<string, number>> {
    const { values } = await this.#metrics.rankedSessions.get();
    return Object.fromEntries(values.map(({ labels, value }) => [labels.outcome, value]));
  }

  async close(): Promise<void> {
    await this.ranking.stop();
    this.#metrics.close();
    await this.#stop();
  }
}

function sealed(sessionId: string, drafts: readonly (Draft & { seat?: number })[], at: number): Batch {
  const texts = drafts.map(({ type, data, seat = null }, index) => canonical({ at, data, seat, seq: index + 1, type }));
  const entries = texts.map((text) => JSON.parse(text));
  return sealBatch({ sessionId, prev: GENESIS, fence: 1, rules: { game: "arena", version: 1 } }, entries, texts);
}
