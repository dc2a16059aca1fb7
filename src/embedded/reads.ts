import { ObjectId } from "bson";
import { type Doc, decode, isEmpty } from "./bson.ts";
import type { Catalog, Collection } from "./catalog.ts";
import { CommandError } from "./errors.ts";
import type { IndexDef } from "./index-def.ts";
import { compileFilter, type Predicate } from "./matcher.ts";
import { type KeyRange, type Plan, planQuery, rangesOf } from "./planner.ts";
import { BoundedSorter, parseSort, type SortPart } from "./sort.ts";
import type { SqlValue, Store } from "./store.ts";

export interface Row {
  rid: number;
  raw: Uint8Array;
  /** Present when the row had to be decoded anyway. */
  doc: Doc | null;
}

export interface ReadOptions {
  sort?: Doc | undefined;
  skip?: number;
  /** 0: no limit. */
  limit?: number;
  hint?: unknown;
  /** Rows beyond this many bytes fail with code 292. */
  maxBytes?: number;
}

/** Told after every read how many documents it looked at. */
export type ScanObserver = (
  collection: Collection,
  filter: Doc,
  plan: Plan,
  examined: number,
  rejected: number,
) => void;

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Finds rows: plan, scan, filter, sort, window. */
export class Reader {
  readonly #catalog: Catalog;
  readonly #store: Store;
  readonly #observe: ScanObserver;

  constructor(catalog: Catalog, observe: ScanObserver) {
    this.#catalog = catalog;
    this.#store = catalog.store;
    this.#observe = observe;
  }

  /** The matching rows in the requested order. Bounded by bytes, since a result is held in memory. */
  rows(collection: Collection, filter: Doc, options: ReadOptions = {}): Row[] {
    const sort = parseSort(options.sort);
    const plan = planQuery(collection, filter, sort, options.hint);
    const { skip = 0, limit = 0 } = options;
    const found = this.#matching(collection, filter, plan);
    const budget = new ByteBudget(options.maxBytes ?? DEFAULT_MAX_BYTES);
    return plan.order === null ? sorted(found, sort, skip, limit, budget) : inOrder(found, skip, limit, budget);
  }

  first(collection: Collection, filter: Doc, options: ReadOptions = {}): Row | undefined {
    return this.rows(collection, filter, { ...options, limit: 1 })[0];
  }

  /** Row ids only: an update of many must not hold all its documents. */
  rowIds(collection: Collection, filter: Doc, hint?: unknown): number[] {
    const plan = planQuery(collection, filter, [], hint);
    return Array.from(this.#matching(collection, filter, plan), (row) => row.rid);
  }

  byId(collection: Collection, rid: number): Row | undefined {
    const row = this.#store.get(`SELECT doc FROM ${collection.table} WHERE rid=?`, rid);
    return row && { rid, raw: row[0] as Uint8Array, doc: null };
  }

  count(collection: Collection, filter: Doc, hint?: unknown): number {
    // The index is small; the table would have to be read with all its documents.
    if (isEmpty(filter))
      return this.#scalar(`SELECT count(*) FROM ${collection.idIndex.table}`) + collection.unindexed.size;
    const plan = planQuery(collection, filter, [], hint);
    const { index } = plan;
    if (index && !index.isId && !index.multikey && (plan.exact || isCovered(filter, plan))) {
      const sql = `SELECT count(*) FROM ${index.table} WHERE k>=? AND k<?`;
      return rangesOf(plan).reduce((sum, { low, high }) => sum + this.#scalar(sql, low, high), 0);
    }
    let n = 0;
    for (const _row of this.#matching(collection, filter, plan)) n++;
    return n;
  }

  #scalar(sql: string, ...values: SqlValue[]): number {
    return this.#store.get(sql, ...values)![0] as number;
  }

  *#matching(collection: Collection, filter: Doc, plan: Plan): Iterable<Row> {
    const test: Predicate | null = plan.exact ? null : compileFilter(filter);
    let examined = 0;
    let rejected = 0;
    try {
      for (const [rid, raw] of this.#scan(collection, plan)) {
        examined++;
        const doc = test ? decode(raw as Uint8Array) : null;
        if (test && !test(doc!)) rejected++;
        else yield { rid: rid as number, raw: raw as Uint8Array, doc };
      }
    } finally {
      this.#observe(collection, filter, plan, examined, rejected);
    }
  }

  *#scan(collection: Collection, plan: Plan): Iterable<SqlValue[]> {
    const { table } = collection;
    const { index } = plan;
    const order = plan.order === "backward" ? "DESC" : "ASC";
    if (!index) {
      yield* this.#store.iterate(`SELECT rid, doc FROM ${table} ORDER BY rid ${order}`);
      return;
    }
    // CROSS JOIN pins the order of the loops: the index first, one lookup per key.
    const sql = `SELECT c.rid, c.doc FROM ${index.table} x CROSS JOIN ${table} c ON c.rid=x.rid
      WHERE x.k>=? AND x.k<? ORDER BY x.k ${order}${index.unique ? "" : `, x.rid ${order}`}`;
    // Points find keys that wait for the index in memory; a range needs them in their order.
    if (index.isId && plan.prefix === 0) this.#catalog.indexIds(collection);
    const ranges = rangesOf(plan);
    const seen = index.multikey || ranges.length > 1 ? new Set<number>() : null;
    for (const range of ranges) {
      for (const row of this.#rowsIn(collection, index, range, sql)) {
        if (seen?.has(row[0] as number)) continue;
        seen?.add(row[0] as number);
        yield row;
      }
    }
  }

  #rowsIn(
    { table, unindexed }: Collection,
    index: IndexDef,
    { low, high }: KeyRange,
    sql: string,
  ): Iterable<SqlValue[]> {
    const rid = index.isId ? unindexed.rid(low) : undefined;
    if (rid === undefined) return this.#store.iterate(sql, low, high);
    return this.#store.all(`SELECT rid, doc FROM ${table} WHERE rid=?`, rid);
  }
}

class ByteBudget {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(row: Row): void {
    this.#left -= row.raw.length;
    if (this.#left >= 0) return;
    throw new CommandError(
      "QueryExceededMemoryLimit",
      "the result is too large for the embedded database to hold in memory; use a filter, a limit or an indexed sort",
    );
  }

  give(rows: Row[]): void {
    for (const row of rows) this.#left += row.raw.length;
  }
}

function inOrder(found: Iterable<Row>, skip: number, limit: number, budget: ByteBudget): Row[] {
  const out: Row[] = [];
  let skipped = 0;
  for (const row of found) {
    if (skipped < skip) {
      skipped++;
      continue;
    }
    budget.take(row);
    out.push(row);
    if (limit > 0 && out.length >= limit) break;
  }
  return out;
}

function sorted(found: Iterable<Row>, sort: SortPart[], skip: number, limit: number, budget: ByteBudget): Row[] {
  const sorter = new BoundedSorter<Row>(sort, limit > 0 ? skip + limit : 0);
  for (const row of found) {
    budget.take(row);
    budget.give(sorter.add(row.doc ?? decode(row.raw), row));
  }
  return sorter.finish().slice(skip, limit > 0 ? skip + limit : undefined);
}

const RANGE_OPERATORS = new Set(["$gt", "$gte", "$lt", "$lte"]);

/** `{score: {$gt: 10}}` on an index that starts with score: the keys alone answer how many. */
function isCovered(filter: Doc, plan: Plan): boolean {
  const [[, condition], more] = Object.entries(filter) as [[string, unknown], unknown];
  if (more !== undefined || plan.prefix !== 0 || !plan.bounded || plan.index!.partial || plan.index!.sparse)
    return false;
  const ops = Object.keys(condition as Doc);
  const oneEach = ops.length === 1 || (ops.length === 2 && ops[0]!.slice(0, 3) !== ops[1]!.slice(0, 3));
  return (
    oneEach && ops.every((op) => RANGE_OPERATORS.has(op)) && Object.values(condition as Doc).every(isExactBound(ops))
  );
}

/** Bounds that the scanned keys express in full. NaN sorts below all numbers, so a lone upper bound would count it. */
function isExactBound(ops: string[]): (value: unknown) => boolean {
  const hasLow = ops.some((op) => op.startsWith("$gt"));
  return (value) => {
    if (typeof value === "number") return hasLow && !Number.isNaN(value);
    return typeof value === "string" || value instanceof Date || value instanceof ObjectId;
  };
}
