import { Buffer } from "node:buffer";
import { type Doc, encode, isDocument, isEmpty } from "./bson.ts";
import type { Collection } from "./catalog.ts";
import { badValue } from "./errors.ts";
import type { IndexDef, IndexPart } from "./index-def.ts";
import { encodeKey, successor } from "./keystring.ts";
import { type Bound, collectDemands, type Demands, excludesMissing, type FieldDemand } from "./predicates.ts";
import type { SortPart } from "./sort.ts";
import { matchesType } from "./types.ts";

/** Index keys from `low` up to, not including, `high`. */
export interface KeyRange {
  low: Buffer;
  high: Buffer;
}

export interface Plan {
  /** null: read every document. */
  index: IndexDef | null;
  /** null: the whole index. */
  ranges: KeyRange[] | null;
  /** The scan delivers the requested order, forwards or backwards; null: sort afterwards. */
  order: "forward" | "backward" | null;
  /** Every scanned document matches: the filter need not be tested. */
  exact: boolean;
  /** Leading fields of the index bound by equality or $in. */
  prefix: number;
  /** The field after the prefix is bound by a range. */
  bounded: boolean;
}

const MAX_RANGES = 1000;
const EVERYTHING: KeyRange = { low: Buffer.alloc(0), high: Buffer.from([0xff]) };

/** Chooses how to read a collection: the index with the longest equality prefix, then range, then sort order. */
export function planQuery(collection: Collection, filter: Doc, sort: readonly SortPart[], hint?: unknown): Plan {
  const demands = collectDemands(filter);
  const hinted = resolveHint(collection, hint);
  let best: Plan | null = null;
  let bestScore = 0;
  if (hinted !== "natural") {
    for (const index of hinted ? [hinted] : [collection.idIndex, ...collection.indexes]) {
      if (!isUsable(index, demands)) continue;
      const plan = planIndex(index, demands, sort);
      const score = scorePlan(plan, sort);
      if (score > bestScore || (hinted && !best)) [best, bestScore] = [plan, score];
    }
  }
  if (hinted && hinted !== "natural" && !best) throw badValue("the hinted index cannot serve this filter");
  return best ?? scanAll(filter, sort);
}

function scanAll(filter: Doc, sort: readonly SortPart[]): Plan {
  const [only] = sort;
  const natural = sort.length === 1 && only!.field === "$natural";
  const order = sort.length === 0 ? "forward" : natural ? (only!.direction > 0 ? "forward" : "backward") : null;
  return { index: null, ranges: null, order, exact: isEmpty(filter), prefix: 0, bounded: false };
}

function resolveHint(collection: Collection, hint: unknown): IndexDef | "natural" | null {
  if (hint === undefined || hint === null || (isDocument(hint) && isEmpty(hint))) return null;
  if (isDocument(hint) && "$natural" in hint) return "natural";
  const found = [collection.idIndex, ...collection.indexes].find((index) =>
    typeof hint === "string"
      ? index.name === hint
      : isDocument(hint) && encode(index.spec.key as Doc).equals(encode(hint)),
  );
  if (!found) throw badValue("error processing query: hint provided does not correspond to an existing index");
  return found;
}

function isUsable(index: IndexDef, demands: Demands): boolean {
  if (index.partial)
    return impliesPartial(index.spec.partialFilterExpression as Doc, demands) && coversSparse(index, demands);
  return coversSparse(index, demands);
}

/** A sparse index lacks documents that have none of its fields; some demand must rule those out. */
function coversSparse(index: IndexDef, demands: Demands): boolean {
  if (!index.sparse) return true;
  return index.parts.some(({ field }) => {
    const demand = demands.fields.get(field);
    return demand !== undefined && excludesMissing(demand);
  });
}

/** True when each condition of the partial index is among the filter's own, or follows from an equality. */
function impliesPartial(expression: Doc, demands: Demands): boolean {
  return Object.entries(expression).every(([field, wanted]) => {
    const demand = demands.fields.get(field);
    if (
      demands.conditions.some(([name, have]) => name === field && encode({ v: have }).equals(encode({ v: wanted })))
    ) {
      return true;
    }
    if (!demand || !isDocument(wanted) || Object.keys(wanted).length !== 1) return false;
    if (wanted.$exists === true) return excludesMissing(demand);
    if ("$eq" in wanted)
      return demand.equals !== undefined && encodeKey(demand.equals.value).equals(encodeKey(wanted.$eq));
    return "$type" in wanted && demand.equals !== undefined && matchesType(demand.equals.value, wanted.$type);
  });
}

function planIndex(index: IndexDef, demands: Demands, sort: readonly SortPart[]): Plan {
  let points: Buffer[] = [Buffer.alloc(0)];
  let prefix = 0;
  let single = true;
  for (const part of index.parts) {
    const demand = demands.fields.get(part.field);
    const values = demand?.equals ? [demand.equals.value] : demand?.anyOf;
    if (!values || points.length * values.length > MAX_RANGES) break;
    if (!demand?.equals) single = false;
    points = extend(points, values, part.descending);
    prefix++;
  }
  const next = index.parts[prefix];
  const demand = next && demands.fields.get(next.field);
  const bounded = demand && (demand.low || demand.high) ? rangeOf(demand, next, index.multikey) : null;
  const usedFields = single ? prefix : 0;
  return {
    index,
    ranges: bounded ? prefixed(points, bounded) : prefix > 0 ? points.map(pointRange) : null,
    order: orderOf(index, sort, single ? prefix : -1),
    exact: demands.complete && single && !bounded && usedFields === demands.fields.size && prefix > 0,
    prefix,
    bounded: bounded !== null,
  };
}

function extend(points: Buffer[], values: unknown[], descending: boolean): Buffer[] {
  const keys = values.map((value) => encodeKey(value, descending));
  return points.flatMap((point) => keys.map((key) => (point.length === 0 ? key : Buffer.concat([point, key]))));
}

function pointRange(key: Buffer): KeyRange {
  return { low: key, high: successor(key) };
}

function prefixed(points: Buffer[], bounds: KeyRange | "none"): KeyRange[] {
  if (bounds === "none") return [];
  return points.map((point) => ({
    low: Buffer.concat([point, bounds.low]),
    high: Buffer.concat([point, bounds.high]),
  }));
}

/** The keys of one index part that a range allows; "none" when its two ends are of different types. */
function rangeOf(demand: FieldDemand, part: IndexPart, multikey: boolean): KeyRange | "none" {
  const { low } = demand;
  // {a: [1, 9]} meets {$gt: 5, $lt: 3} with different elements: over arrays only one end may bound the scan.
  const high = multikey && low ? undefined : demand.high;
  const type = encodeKey((low ?? high)!.value)[0]!;
  if (low && high && encodeKey(high.value)[0] !== type) return "none";
  const from = edge(low, type, part.descending);
  const to = edge(high, type, part.descending);
  const [first, last] = part.descending ? [to, from] : [from, to];
  return {
    low: first.inclusive ? first.key : successor(first.key),
    high: last.inclusive ? successor(last.key) : last.key,
  };
}

/** An open end still stops at the type: {$gt: 5} says nothing about strings. */
function edge(bound: Bound | undefined, type: number, descending: boolean): { key: Buffer; inclusive: boolean } {
  if (bound) return { key: encodeKey(bound.value, descending), inclusive: bound.inclusive };
  return { key: Buffer.from([descending ? ~type & 0xff : type]), inclusive: true };
}

/** `prefix`: how many leading fields are constant in the scan, or -1 when it visits several points. */
function orderOf(index: IndexDef, sort: readonly SortPart[], prefix: number): Plan["order"] {
  if (sort.length === 0) return "forward";
  if (index.multikey || prefix < 0) return null;
  const constant = new Set(index.parts.slice(0, prefix).map((part) => part.field));
  const wanted = sort.filter(({ field }) => !constant.has(field));
  if (wanted.length > index.parts.length - prefix) return null;
  let order: Plan["order"] = null;
  for (const [i, part] of wanted.entries()) {
    const have = index.parts[prefix + i]!;
    if (have.field !== part.field) return null;
    const needed = have.descending === part.direction < 0 ? "forward" : "backward";
    if (order !== null && order !== needed) return null;
    order = needed;
  }
  return order ?? "forward";
}

function scorePlan(plan: Plan, sort: readonly SortPart[]): number {
  const index = plan.index!;
  const ordered = sort.length > 0 && plan.order !== null;
  if (plan.ranges === null) return ordered ? 3 : 0;
  const pinned = index.unique && plan.prefix === index.parts.length;
  return (pinned ? 1000 : 0) + plan.prefix * 10 + (plan.bounded ? 5 : 0) + (ordered ? 3 : 0);
}

export function rangesOf(plan: Plan): KeyRange[] {
  return plan.ranges ?? [EVERYTHING];
}

/** For explain and the log of slow scans. */
export function describePlan(plan: Plan): string {
  if (!plan.index) return "COLLSCAN";
  return `IXSCAN ${plan.index.name}${plan.ranges ? ` (${plan.ranges.length} ranges)` : " (whole index)"}`;
}
