import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { RankingIndex } from "./ranking-index.ts";
import type { RecordStore } from "./records.store.ts";
import { listOf, type Records } from "./records.ts";

/** Records read and put into the index at a time: what is between two pages belongs to everybody else. */
const PAGE = 1000;
/** What was written by a process whose clock is behind, or was on its way, is looked for again: in ms. */
const OVERLAP_MS = 60_000;
/** How often a shared index is asked whether it missed something, in ms. */
const CATCH_UP_EVERY_MS = 30_000;

export interface BoardLoaderParts {
  readonly store: RecordStore;
  readonly records: Records;
  readonly index: RankingIndex;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes the index of the boards from the database: at the start, and whenever it was lost. */
export class BoardLoader {
  readonly #parts: BoardLoaderParts;

  constructor(parts: BoardLoaderParts) {
    this.#parts = parts;
  }

  /** Sees to it that the list is loaded and, where several write to it, that it has missed nothing. */
  async refresh(board: string, season: number): Promise<void> {
    const { index, clock } = this.#parts;
    const loadedTo = await index.loadedTo(listOf(board, season));
    if (loadedTo === null) await this.#load(board, season);
    else if (index.isShared && clock.now() - loadedTo >= CATCH_UP_EVERY_MS)
      await this.#catchUp(board, season, loadedTo);
  }

  async #load(board: string, season: number): Promise<void> {
    const { store, records, index, clock, log } = this.#parts;
    const began = clock.now();
    let cursor: string | undefined;
    let count = 0;
    for (;;) {
      const page = await store.page(board, season, PAGE, cursor);
      if (!(await records.show(page))) return;
      count += page.length;
      if (page.length < PAGE) break;
      cursor = page.at(-1)!._id;
    }
    await index.loaded(listOf(board, season), began);
    if (count > 0) log.info({ board, season, records: count, ms: clock.now() - began }, "leaderboard loaded");
  }

  async #catchUp(board: string, season: number, loadedTo: number): Promise<void> {
    const { store, records, index, clock } = this.#parts;
    const now = clock.now();
    let from = loadedTo - OVERLAP_MS;
    for (;;) {
      const page = await store.changed(board, season, from, PAGE);
      if (!(await records.show(page))) return;
      if (page.length < PAGE) break;
      const last = page.at(-1)!.u;
      // A page of one instant would come again for ever.
      from = last > from ? last : from + 1;
    }
    await index.loaded(listOf(board, season), now);
  }
}
