import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { ListName, Placed, RankingIndex } from "./ranking-index.ts";
import type { Board, Standing } from "./ranking-types.rules.ts";
import { type RecordDoc, type RecordStore, recordId } from "./records.store.ts";

/** Attempts to change a record that others change at the same time. */
const ATTEMPTS = 16;

export function listOf(board: string, season: number): ListName {
  return `${board}|${season}`;
}

/** Ascending keys are ranks. Never -0, which sorts apart from 0 in some places and not in others. */
export function keyOf(score: number, { sort }: Pick<Board, "sort">): number {
  return sort === "asc" || score === 0 ? score : -score;
}

export function placed({ accountId, key, at, v }: RecordDoc): Placed {
  return { id: accountId, key, at, version: v };
}

/** What a change makes of a record; `keep`: nothing changes. */
export type Change = (standing: Standing | null, record: RecordDoc | null) => NextRecord | "keep";

export interface NextRecord {
  /** Null: there is nothing any more. */
  readonly standing: Standing | null;
  /** The place of the last match that is in it. */
  readonly n?: number;
  readonly effects?: readonly string[];
}

export interface RecordsParts {
  readonly store: RecordStore;
  readonly index: RankingIndex;
  readonly clock: Clock;
  /** The index could not be told; it will find out. */
  readonly onMissed: () => void;
}

/** Records of boards: durable first, then in the index. */
export class Records {
  readonly #parts: RecordsParts;

  constructor(parts: RecordsParts) {
    this.#parts = parts;
  }

  /**
   * Changes what an account has in a season of a board; durable when this resolves.
   *
   * @throws Refusal `unavailable` when too many change it at once
   */
  async change(board: Board, season: number, accountId: string, change: Change): Promise<Standing | null> {
    const { store, clock } = this.#parts;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const record = await store.find(board.id, season, accountId);
      const before = standingOf(record, board);
      const next = change(before, record);
      if (next === "keep") return before;
      const { standing, n = record?.n ?? 0, effects = record?.effects ?? [] } = next;
      if (!standing && !record) return null;
      const doc: RecordDoc = {
        ...{ _id: recordId(board.id, season, accountId), board: board.id, season, accountId },
        ...{ key: keyOf(standing?.score ?? 0, board), at: standing?.at ?? 0, count: standing?.count ?? 0 },
        ...{ n, effects, u: clock.now(), v: record?.v ?? 0 },
      };
      if (!(await store.put(doc))) continue;
      await this.show([{ ...doc, v: doc.v + 1 }]);
      return standing;
    }
    throw refusal("unavailable");
  }

  /** Puts records of one list into the index. False when it could not be told: then the loader tells it later. */
  async show(records: readonly RecordDoc[]): Promise<boolean> {
    const [first] = records;
    if (!first) return true;
    const { index, onMissed } = this.#parts;
    const list = listOf(first.board, first.season);
    try {
      const [kept, gone] = [records.filter(({ count }) => count > 0), records.filter(({ count }) => count === 0)];
      await index.put(list, kept.map(placed));
      for (const { accountId, v } of gone) await index.remove(list, accountId, v);
      return true;
    } catch {
      onMissed();
      return false;
    }
  }
}

export function standingOf(record: RecordDoc | null, board: Pick<Board, "sort">): Standing | null {
  if (!record || record.count === 0) return null;
  const { key, at, count } = record;
  return { score: keyOf(key, board), at, count };
}
