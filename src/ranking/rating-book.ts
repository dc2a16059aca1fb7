import { afterMatch, carried, submissionOf, submitted, unplayed } from "./figures.rules.ts";
import type { MatchRow } from "./match-row.ts";
import type { MatchStore } from "./matches.store.ts";
import {
  BEGINNER,
  type Board,
  type Ladder,
  type RankingRules,
  type RatingFigures,
  type Skill,
  type Standing,
} from "./ranking-types.rules.ts";
import { type RatingDoc, type RatingStore, ratingId } from "./ratings.store.ts";
import type { Records } from "./records.ts";

/** Matches read at a time. */
const PAGE = 200;

export interface RatingBookParts {
  readonly rules: RankingRules;
  readonly matches: MatchStore;
  readonly ratings: RatingStore;
  readonly records: Records;
}

/**
 * What matches come to: ratings and boards. Every write is conditional on what was read, so that of two who think that it
 * is their duty one fails and looks again; a match that is in already is not added a second time.
 */
export class RatingBook {
  readonly #parts: RatingBookParts;

  constructor(parts: RatingBookParts) {
    this.#parts = parts;
  }

  /** What everybody is rated at now, by account; who has not played is a beginner. */
  async skills(ladder: Ladder, season: number, accountIds: readonly string[]): Promise<Map<string, Skill>> {
    const last = await this.#parts.ratings.newestOf(ladder.id, season, accountIds);
    const skillOf = (id: string): Skill => {
      const doc = last.get(id);
      return doc ? carried(doc, doc.season, season, ladder) : BEGINNER;
    };
    return new Map(accountIds.map((id) => [id, skillOf(id)]));
  }

  /** Adds a match to the ratings and boards of those who played; once, however often it is called. */
  async add(row: MatchRow): Promise<void> {
    await Promise.all(row.players.map(({ accountId }) => this.#rate(row, accountId)));
    for (const board of this.#boards(row.ladder)) {
      await Promise.all(row.players.map(({ accountId }) => this.#submit(row, accountId, board)));
    }
  }

  /**
   * Makes an account's rating and standings again from its matches of the season, but for one.
   *
   * @param n up to this place of the ladder everything is in them
   */
  async remake(row: MatchRow, accountId: string, n: number): Promise<void> {
    const { ladder, season } = row;
    const boards = this.#boards(ladder);
    const standings = new Map<Board, Standing | null>(boards.map((board) => [board, null]));
    let figures: RatingFigures | undefined;
    let at = row.endedAt;
    for await (const one of this.#matchesOf(accountId, ladder, season)) {
      if (one._id === row._id || one.state === "reversed") continue;
      figures = afterMatch(figures ?? unplayed(BEGINNER), one, accountId);
      at = one.endedAt;
      for (const board of boards) {
        const submission = submissionOf(one, accountId, board);
        if (submission) standings.set(board, submitted(standings.get(board) ?? null, submission, board));
      }
    }
    await this.#rerate({ ladder, season, accountId, n, at }, figures);
    for (const [board, standing] of standings) {
      await this.#parts.records.change(board, season, accountId, () => ({ standing, n }));
    }
  }

  async #rate(row: MatchRow, accountId: string): Promise<void> {
    const { ratings } = this.#parts;
    const { ladder, season, n, endedAt: at } = row;
    const doc = await ratings.find(ladder, season, accountId);
    if (doc && doc.n >= n) return;
    const figures = afterMatch(doc ? figuresOf(doc) : unplayed(BEGINNER), row, accountId);
    await this.#put({
      _id: ratingId(ladder, season, accountId),
      ladder,
      season,
      accountId,
      ...figures,
      n,
      at,
      v: doc?.v ?? 0,
    });
  }

  async #rerate(
    { ladder, season, accountId, n, at }: Pick<RatingDoc, "ladder" | "season" | "accountId" | "n" | "at">,
    figures: RatingFigures | undefined,
  ): Promise<void> {
    const { ratings } = this.#parts;
    const doc = await ratings.find(ladder, season, accountId);
    const _id = ratingId(ladder, season, accountId);
    if (figures) await this.#put({ _id, ladder, season, accountId, ...figures, n, at, v: doc?.v ?? 0 });
    else if (doc && !(await ratings.remove(doc))) throw new Error(`rating ${doc._id} was changed by somebody else`);
  }

  async #put(doc: RatingDoc): Promise<void> {
    if (!(await this.#parts.ratings.put(doc))) throw new Error(`rating ${doc._id} was changed by somebody else`);
  }

  async #submit(row: MatchRow, accountId: string, board: Board): Promise<void> {
    const submission = submissionOf(row, accountId, board);
    if (!submission) return;
    await this.#parts.records.change(board, row.season, accountId, (standing, record) =>
      (record?.n ?? 0) >= row.n ? "keep" : { standing: submitted(standing, submission, board), n: row.n },
    );
  }

  #boards(ladder: string): readonly Board[] {
    return this.#parts.rules.boards.filter(({ feed }) => feed.from === "matches" && feed.ladder === ladder);
  }

  async *#matchesOf(accountId: string, ladder: string, season: number): AsyncGenerator<MatchRow> {
    let n = 0;
    for (;;) {
      const page = await this.#parts.matches.ofAccount(accountId, ladder, season, n, PAGE);
      yield* page;
      if (page.length < PAGE) return;
      n = page.at(-1)!.n;
    }
  }
}

function figuresOf({ mu, sigma, games, wins, draws, losses, abandoned }: RatingDoc): RatingFigures {
  return { mu, sigma, games, wins, draws, losses, abandoned };
}
