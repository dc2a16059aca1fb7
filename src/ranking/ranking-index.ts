/** One season of one board, as its index knows it: `<board>|<season>`. */
export type ListName = string;

export interface Ranked {
  readonly id: string;
  /** Ascending keys are ranks. */
  readonly key: number;
  /** Milliseconds since the epoch: of equal keys the earlier is first, of equal times the smaller id. */
  readonly at: number;
}

export interface Placed extends Ranked {
  /** Of the record that it shows: an older version never takes the place of a newer one. */
  readonly version: number;
}

/** Some of a list, in order. */
export interface Stretch {
  /** The place of the first of them, from 0. */
  readonly from: number;
  readonly items: readonly Ranked[];
}

/**
 * Who is where on the boards: the records in order. MongoDB is the truth; this is made from it, and made again wherever it
 * is lost. Every method may reject while what holds it is away.
 */
export interface RankingIndex {
  /** True when several processes share it: then one of them loads it, and sees to it that it misses nothing. */
  readonly isShared: boolean;
  /** Up to when the list holds everything that was written, in ms since the epoch; null while it was not loaded. */
  loadedTo(list: ListName): Promise<number | null>;
  loaded(list: ListName, to: number): Promise<void>;
  put(list: ListName, records: readonly Placed[]): Promise<void>;
  /** Takes somebody out, unless a newer version is there. */
  remove(list: ListName, id: string, version: number): Promise<void>;
  /** Takes somebody out without a trace. */
  forget(list: ListName, id: string): Promise<void>;
  /** How many there are. */
  size(list: ListName): Promise<number>;
  /** The place from 0, or null for those who have none. */
  rank(list: ListName, id: string): Promise<number | null>;
  range(list: ListName, from: number, count: number): Promise<readonly Ranked[]>;
  /** Those who stand behind this position now, whether anybody has it or not. */
  after(list: ListName, position: Ranked, count: number): Promise<Stretch>;
  drop(list: ListName): Promise<void>;
}
