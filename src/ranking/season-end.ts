import type { Logger } from "../log.ts";
import type { BoardLoader } from "./board-loader.ts";
import type { RankingIndex } from "./ranking-index.ts";
import type { Board, RankingRules } from "./ranking-types.rules.ts";
import { type RecordStore, recordId } from "./records.store.ts";
import { keyOf, listOf } from "./records.ts";
import type { SeasonDoc } from "./seasons.store.ts";
import { type Seasons, scopeOf } from "./seasons.ts";

/** Ranks written at a time. */
const PAGE = 500;
const TOP = 3;

/** A season is over, and its ranks are final. */
export interface SeasonEnded {
  readonly board: string;
  readonly season: number;
  readonly records: number;
  readonly top: readonly { readonly accountId: string; readonly score: number }[];
}

export interface SeasonEndParts {
  readonly rules: RankingRules;
  readonly seasons: Seasons;
  readonly store: RecordStore;
  readonly index: RankingIndex;
  readonly loader: BoardLoader;
  readonly log: Logger;
  /** At least once for each board and season. */
  readonly onEnded: (ended: SeasonEnded) => void;
}

/** Archives seasons that are over: the final rank goes into each record, and the index lets go of them. */
export class SeasonEnd {
  readonly #parts: SeasonEndParts;

  constructor(parts: SeasonEndParts) {
    this.#parts = parts;
  }

  async work(): Promise<void> {
    const { seasons, loader } = this.#parts;
    // Until then it is read from the index, which a restart may have emptied.
    for (const season of await seasons.closing()) {
      for (const { id } of this.#boardsOf(season)) await loader.refresh(id, season.n);
    }
    for (const season of await seasons.toArchive()) await this.#archive(season);
  }

  async #archive(season: SeasonDoc): Promise<void> {
    const { seasons, index, log } = this.#parts;
    const boards = this.#boardsOf(season);
    for (const board of boards) if ((await index.loadedTo(listOf(board.id, season.n))) === null) return;
    for (const board of boards) this.#parts.onEnded(await this.#rankAll(board, season.n));
    await seasons.archived(season);
    // Only now: whoever reads goes by the season's state.
    for (const board of boards) await index.drop(listOf(board.id, season.n));
    log.info({ scope: season.scope, season: season.n }, "season archived");
  }

  async #rankAll(board: Board, season: number): Promise<SeasonEnded> {
    const { store, index } = this.#parts;
    const list = listOf(board.id, season);
    const top = (await index.range(list, 0, TOP)).map(({ id: accountId, key }) => ({
      accountId,
      score: keyOf(key, board),
    }));
    let from = 0;
    for (;;) {
      const page = await index.range(list, from, PAGE);
      await store.setRanks(page.map(({ id }, at) => ({ id: recordId(board.id, season, id), rank: from + at + 1 })));
      from += page.length;
      if (page.length < PAGE) return { board: board.id, season, records: from, top };
    }
  }

  #boardsOf({ scope }: SeasonDoc): readonly Board[] {
    return this.#parts.rules.boards.filter((board) => scopeOf(board) === scope);
  }
}
