import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { cursorOf, type Position, readCursor } from "./cursor.rules.ts";
import { SCORE_MAX, submitted } from "./figures.rules.ts";
import type { MatchStore } from "./matches.store.ts";
import type { Ranked, RankingIndex, Stretch } from "./ranking-index.ts";
import type { Board, RankingRules, Standing } from "./ranking-types.rules.ts";
import type { RecordStore } from "./records.store.ts";
import { keyOf, listOf, type Records, standingOf } from "./records.ts";
import type { SeasonDoc } from "./seasons.store.ts";
import { type Season, type Seasons, scopeOf, seasonView } from "./seasons.ts";

/** Names of submissions that a record remembers: one that comes again later than this many counts again. */
const EFFECTS_KEPT = 16;

export interface BoardView {
  readonly id: string;
  readonly title: string;
  readonly sort: Board["sort"];
  readonly operator: Board["operator"];
  readonly ladder: string | null;
  readonly season: Season;
}

export interface RecordView {
  /** From 1. */
  readonly rank: number;
  readonly playerId: string;
  readonly name: string;
  readonly score: number;
  /** ISO 8601: when the score was reached first. */
  readonly achievedAt: string;
}

export interface RecordsPage {
  readonly items: readonly RecordView[];
  readonly nextCursor: string | null;
  readonly season: Season;
  /** How many there are in the season. */
  readonly total: number;
}

export interface PageWish {
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly season?: number | undefined;
  /** The page around this account. */
  readonly around?: string | undefined;
}

export interface BoardsParts {
  readonly rules: RankingRules;
  readonly records: Records;
  readonly store: RecordStore;
  readonly matches: MatchStore;
  readonly index: RankingIndex;
  readonly seasons: Seasons;
  readonly clock: Clock;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** Leaderboards, for those who ask and for those who submit. */
export class Boards {
  readonly #parts: BoardsParts;

  constructor(parts: BoardsParts) {
    this.#parts = parts;
  }

  async list(): Promise<BoardView[]> {
    return Promise.all(
      this.#parts.rules.boards.map(async (board) => {
        const { id, title, sort, operator, feed } = board;
        const season = seasonView(await this.#parts.seasons.open(scopeOf(board)));
        return { id, title, sort, operator, ladder: feed.from === "matches" ? feed.ladder : null, season };
      }),
    );
  }

  /** @throws Refusal `leaderboard_not_found`, `season_not_found`, `validation_failed` (cursor), `leaderboard_loading` */
  async page(boardId: string, { limit, cursor, season: number, around }: PageWish): Promise<RecordsPage> {
    const board = this.#board(boardId);
    const position = cursor === undefined ? undefined : (readCursor(cursor) ?? refuseCursor());
    const season = await this.#season(board, number ?? position?.season);
    if (position && position.season !== season.n) refuseCursor();
    const lists: Lists = season.state === "archived" ? this.#archived(board, season) : await this.#live(board, season);
    const total = await lists.size();
    const { from, items } = await stretchOf(lists, { limit, position, around });
    const last = items.at(-1);
    const more = last !== undefined && from + items.length < total;
    const names = await this.#parts.names(items.map(({ id }) => id));
    return {
      items: items.map((one, at) => ({
        rank: from + at + 1,
        name: names.get(one.id) ?? "Unknown",
        ...viewOf(one, board),
      })),
      nextCursor: more ? cursorOf({ season: season.n, ...last }) : null,
      season: seasonView(season),
      total,
    };
  }

  /**
   * A score from a service; durable when this resolves.
   *
   * @param effectId names the submission: the same one takes effect once
   * @throws Refusal `leaderboard_not_found`, `leaderboard_fed_by_matches`, `unavailable`
   */
  async submit(boardId: string, accountId: string, score: number, effectId?: string): Promise<RecordView> {
    const board = this.#board(boardId);
    if (board.feed.from !== "service") throw refusal("leaderboard_fed_by_matches");
    const season = await this.#parts.seasons.open(scopeOf(board));
    const submission = { score: Math.max(-SCORE_MAX, Math.min(SCORE_MAX, score)), at: this.#parts.clock.now() };
    const standing = await this.#parts.records.change(board, season.n, accountId, (before, record) => {
      const effects = record?.effects ?? [];
      if (effectId !== undefined && effects.includes(effectId)) return "keep";
      const known = effectId === undefined ? effects : [...effects, effectId].slice(-EFFECTS_KEPT);
      return { standing: submitted(before, submission, board), effects: known };
    });
    return this.#own(board, season, accountId, standing!);
  }

  /**
   * What a match that was rated has brought its player on a board; nothing is submitted, for the match has done it.
   *
   * @throws Refusal `leaderboard_not_found`, `match_not_found` where it was not rated (yet) or the player was not in it
   */
  async ofMatch(boardId: string, accountId: string, matchId: string): Promise<RecordView> {
    const board = this.#board(boardId);
    const row = await this.#parts.matches.find(matchId);
    const isOf = board.feed.from === "matches" && row?.ladder === board.feed.ladder;
    if (!isOf || row.state === "pending" || !row.players.some((one) => one.accountId === accountId)) {
      throw refusal("match_not_found");
    }
    const season = await this.#season(board, row.season);
    const standing = standingOf(await this.#parts.store.find(board.id, season.n, accountId), board);
    if (!standing) throw refusal("match_not_found");
    return this.#own(board, season, accountId, standing);
  }

  async #own(board: Board, season: SeasonDoc, accountId: string, standing: Standing): Promise<RecordView> {
    const { index, names } = this.#parts;
    const place = await index.rank(listOf(board.id, season.n), accountId).catch(() => null);
    const name = (await names([accountId])).get(accountId) ?? "Unknown";
    const own = { id: accountId, key: keyOf(standing.score, board), at: standing.at };
    // 0 while the board is loading: the score is kept, its rank is not known yet.
    return { rank: place === null ? 0 : place + 1, name, ...viewOf(own, board) };
  }

  /** Whose services may submit to it; null: those of every game. @throws Refusal `leaderboard_not_found` */
  gameOf(boardId: string): string | null {
    return this.#board(boardId).gameId;
  }

  #board(id: string): Board {
    const board = this.#parts.rules.boards.find((one) => one.id === id);
    if (!board) throw refusal("leaderboard_not_found");
    return board;
  }

  async #season(board: Board, number: number | undefined): Promise<SeasonDoc> {
    const { seasons } = this.#parts;
    const season = await (number === undefined ? seasons.open(scopeOf(board)) : seasons.find(scopeOf(board), number));
    if (!season) throw refusal("season_not_found");
    return season;
  }

  async #live(board: Board, season: SeasonDoc): Promise<Lists> {
    const { index } = this.#parts;
    const list = listOf(board.id, season.n);
    const away = () => Promise.reject(refusal("leaderboard_loading"));
    if ((await index.loadedTo(list).catch(() => null)) === null) throw refusal("leaderboard_loading");
    return {
      size: () => index.size(list).catch(away),
      rank: (id) => index.rank(list, id).catch(away),
      range: (from, count) => index.range(list, from, count).catch(away),
      after: (position, count) => index.after(list, position, count).catch(away),
    };
  }

  /** The ranks of an archived season stand in its records. */
  #archived({ id: board }: Board, { n: season }: SeasonDoc): Lists {
    const { store } = this.#parts;
    const range = async (from: number, count: number) =>
      (await store.ranked(board, season, from + 1, count)).map(({ accountId, key, at }) => ({
        id: accountId,
        key,
        at,
      }));
    const rank = async (accountId: string) => {
      const record = await store.find(board, season, accountId);
      return record?.rank === undefined ? null : record.rank - 1;
    };
    return {
      ...{ range, rank },
      size: () => store.lastRank(board, season),
      async after(position, count) {
        // Nobody moves any more, so whoever the position names is there; but a person may have been erased.
        const from = (await rank(position.id)) ?? refuseCursor();
        return { from: from + 1, items: await range(from + 1, count) };
      },
    };
  }
}

/** One season of a board, live or archived. */
interface Lists {
  size(): Promise<number>;
  rank(id: string): Promise<number | null>;
  range(from: number, count: number): Promise<readonly Ranked[]>;
  after(position: Ranked, count: number): Promise<Stretch>;
}

async function stretchOf(
  lists: Lists,
  { limit, position, around }: { limit: number; position: Position | undefined; around: string | undefined },
): Promise<Stretch> {
  if (position) return lists.after(position, limit);
  if (around === undefined) return { from: 0, items: await lists.range(0, limit) };
  const place = await lists.rank(around);
  if (place === null) return { from: 0, items: [] };
  // In the middle, but for those near the top.
  const from = Math.max(0, place - Math.floor((limit - 1) / 2));
  return { from, items: await lists.range(from, limit) };
}

function viewOf({ id, key, at }: Ranked, board: Board): Pick<RecordView, "playerId" | "score" | "achievedAt"> {
  return { playerId: id, score: keyOf(key, board), achievedAt: new Date(at).toISOString() };
}

function refuseCursor(): never {
  throw refusal("validation_failed", undefined, [{ path: "cursor", message: "not a cursor of this list" }]);
}
