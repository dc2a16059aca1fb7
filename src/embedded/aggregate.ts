import { type Doc, decode, encode, firstKey, isDocument, toInteger } from "./bson.ts";
import type { Collection } from "./catalog.ts";
import type { Context } from "./command.ts";
import { badValue, CommandError, unsupported } from "./errors.ts";
import { guarded, type Mentions, mentionedFields, mingo, refuseDecimals, refuseScripts } from "./expressions.ts";
import { compileFilter } from "./matcher.ts";
import type { Row } from "./reads.ts";
import { BoundedSorter, parseSort } from "./sort.ts";

/** Encoded bytes a pipeline may read; decoded they take several times as much. */
const MAX_INPUT_BYTES = 128 * 1024 * 1024;

const SERVED = new Set([
  "$addFields",
  "$bucket",
  "$bucketAuto",
  "$count",
  "$facet",
  "$group",
  "$limit",
  "$lookup",
  "$match",
  "$project",
  "$replaceRoot",
  "$replaceWith",
  "$sample",
  "$set",
  "$setWindowFields",
  "$skip",
  "$sort",
  "$sortByCount",
  "$unionWith",
  "$unset",
  "$unwind",
]);

interface Head {
  filter: Doc;
  sort: Doc | undefined;
  skip: number;
  limit: number;
  rest: Doc[];
}

/** Runs a pipeline; its leading $match, $sort, $skip and $limit use indexes. Returns encoded documents. */
export function aggregate(
  context: Context,
  db: string,
  name: string | null,
  pipeline: Doc[],
  hint: unknown,
): Uint8Array[] {
  checkStages(pipeline);
  if (name === null) throw unsupported("an aggregation without a collection");
  const collection = context.catalog.find(db, name);
  const head = splitHead(pipeline);
  const counted = collection && countShortcut(context, collection, head, hint);
  if (counted) return counted;
  const { filter, sort, skip, limit, rest } = head;
  const options = { sort, skip, limit, hint, maxBytes: rest.length > 0 ? MAX_INPUT_BYTES : undefined };
  const rows = collection ? context.reader.rows(collection, filter, withoutUndefined(options)) : [];
  if (rest.length === 0) return rows.map((row) => row.raw);
  return runStages(context, db, rows.map(decodeRow), rest).map(encode);
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function decodeRow(row: Row): Doc {
  return row.doc ?? decode(row.raw);
}

/** What an index can do for a pipeline, for explain. */
export function planOfPipeline(pipeline: Doc[]): { filter: Doc; sort: Doc | undefined } {
  return splitHead(pipeline);
}

function splitHead(pipeline: Doc[]): Head {
  const head: Head = { filter: {}, sort: undefined, skip: 0, limit: 0, rest: [...pipeline] };
  const next = (stage: string) =>
    head.rest[0] && firstKey(head.rest[0]) === stage ? head.rest.shift()![stage] : undefined;
  const matches: Doc[] = [];
  for (let match = next("$match"); match !== undefined; match = next("$match")) {
    if (!isDocument(match)) throw badValue("the match filter must be an expression in an object");
    matches.push(match);
  }
  head.filter = matches.length === 1 ? matches[0]! : matches.length > 1 ? { $and: matches } : {};
  const sort = next("$sort");
  if (isDocument(sort)) head.sort = sort;
  head.skip = toInteger(next("$skip"), 0);
  head.limit = toInteger(next("$limit"), 0);
  return head;
}

/** `[{$match}, {$group: {_id: null, n: {$sum: 1}}}]` is how drivers count; the reader does it without decoding. */
function countShortcut(context: Context, collection: Collection, head: Head, hint: unknown): Uint8Array[] | null {
  const group = head.rest.length === 1 ? head.rest[0]!.$group : undefined;
  if (!isDocument(group) || head.sort) return null;
  const [id, field, more] = Object.keys(group);
  if (id !== "_id" || field === undefined || more !== undefined) return null;
  const sum = group[field];
  if (isDocument(group._id) || typeof group._id === "string" || !isDocument(sum) || sum.$sum !== 1) return null;
  const left = Math.max(0, context.reader.count(collection, head.filter, hint) - head.skip);
  const n = head.limit > 0 ? Math.min(left, head.limit) : left;
  return n > 0 ? [encode({ _id: group._id, [field]: n })] : [];
}

function checkStages(pipeline: Doc[]): void {
  refuseScripts(pipeline);
  for (const stage of pipeline) {
    const name = firstKey(stage);
    if (Object.keys(stage).length !== 1) throw badValue("a pipeline stage must contain exactly one field");
    if (!SERVED.has(name)) throw unsupported(`the aggregation stage ${name}`);
    const body = stage[name];
    if (name === "$facet" && isDocument(body)) {
      for (const inner of Object.values(body)) if (Array.isArray(inner)) checkStages(inner.filter(isDocument));
    } else if (isDocument(body) && Array.isArray(body.pipeline)) {
      checkStages(body.pipeline.filter(isDocument));
    }
  }
}

/** Stages run in segments: ours for $match and $sort, whose comparison the library gets wrong for some types. */
function runStages(context: Context, db: string, input: Doc[], stages: Doc[]): Doc[] {
  const mentions = mentionedFields(stages);
  for (const doc of input) refuseDecimals(doc, mentions);
  let docs = input;
  let pending: Doc[] = [];
  const flush = () => {
    if (pending.length > 0) docs = runLibrary(context, db, docs, pending, mentions);
    pending = [];
  };
  for (const [i, stage] of stages.entries()) {
    const { $match, $sort } = stage;
    if (isDocument($match)) {
      flush();
      docs = docs.filter(compileFilter($match));
    } else if (isDocument($sort)) {
      flush();
      docs = sortDocs(docs, $sort, toInteger(stages[i + 1]?.$limit, 0));
    } else {
      pending.push(stage);
    }
  }
  flush();
  return docs;
}

function sortDocs(docs: Doc[], spec: Doc, limit: number): Doc[] {
  const sorter = new BoundedSorter<Doc>(parseSort(spec), limit);
  for (const doc of docs) sorter.add(doc, doc);
  const sorted = sorter.finish();
  return limit > 0 ? sorted.slice(0, limit) : sorted;
}

function runLibrary(context: Context, db: string, docs: Doc[], stages: Doc[], mentions: Mentions): Doc[] {
  const aggregator = new (mingo().Aggregator)(stages, {
    scriptEnabled: false,
    collectionResolver: (name: string) => foreign(context, db, name, mentions),
  });
  const result = guarded(() => aggregator.run<Doc>(docs));
  return result.map((doc) => {
    if (!isDocument(doc)) throw new CommandError("FailedToParse", "the pipeline did not produce documents");
    return doc;
  });
}

/** $lookup and $unionWith read the whole foreign collection. */
function foreign(context: Context, db: string, name: string, mentions: Mentions): Doc[] {
  const collection = context.catalog.find(db, name);
  if (!collection) return [];
  const docs = context.reader.rows(collection, {}, { maxBytes: MAX_INPUT_BYTES }).map(decodeRow);
  for (const doc of docs) refuseDecimals(doc, mentions);
  return docs;
}
