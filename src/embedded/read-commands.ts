import { Long } from "bson";
import { aggregate, planOfPipeline } from "./aggregate.ts";
import { type Doc, decode, encode, isDocument, isEmpty, toInteger } from "./bson.ts";
import {
  type Context,
  collectionName,
  documentArgument,
  filterArgument,
  findCollection,
  type Handler,
} from "./command.ts";
import { badValue, CommandError, unsupported } from "./errors.ts";
import { EMPTY_ARRAY, encodeKey } from "./keystring.ts";
import { compileFilter } from "./matcher.ts";
import { indexValues } from "./paths.ts";
import { describePlan, planQuery } from "./planner.ts";
import { compileProjection } from "./projection.ts";
import { parseSort } from "./sort.ts";

export function batchSize(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const size = toInteger(value, -1);
  if (size < 0) throw badValue("batchSize must be a non-negative integer");
  return size;
}

function count(value: unknown, name: string): number {
  const n = toInteger(value, 0);
  if (n < 0) throw badValue(`${name} must not be negative`);
  return n;
}

const find: Handler["run"] = (context, command) => {
  const { body } = command;
  for (const option of ["tailable", "awaitData", "returnKey", "showRecordId", "min", "max"]) {
    if (body[option]) throw unsupported(`the find option ${option}`);
  }
  const collection = findCollection(context, command);
  const filter = filterArgument(body.filter);
  const project = compileProjection(documentArgument(body.projection));
  const options = {
    sort: documentArgument(body.sort),
    skip: count(body.skip, "skip"),
    limit: Math.abs(toInteger(body.limit, 0)),
    hint: body.hint,
  };
  if (!collection) compileFilter(filter);
  const rows = collection ? context.reader.rows(collection, filter, options) : [];
  const raw = rows.map((row) => (project ? encode(project(row.doc ?? decode(row.raw))) : row.raw));
  const single = body.singleBatch === true || toInteger(body.limit, 0) < 0;
  return context.cursors.firstReply(`${command.db}.${collectionName(command)}`, raw, batchSize(body.batchSize), single);
};

function cursorId(value: unknown): bigint {
  if (value instanceof Long) return value.toBigInt();
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw new CommandError("TypeMismatch", "a cursor id must be a 64-bit integer");
}

const getMore: Handler["run"] = (context, { db, body }) =>
  context.cursors.nextReply(cursorId(body.getMore), `${db}.${String(body.collection)}`, batchSize(body.batchSize));

const killCursors: Handler["run"] = (context, { body }) => {
  const ids = Array.isArray(body.cursors) ? body.cursors : [];
  const killed = ids.filter((id) => context.cursors.kill(cursorId(id)));
  const missing = ids.filter((id) => !killed.includes(id));
  return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
};

const countCommand: Handler["run"] = (context, command) => {
  const { body } = command;
  const collection = findCollection(context, command);
  if (!collection) return { n: 0, ok: 1 };
  const all = context.reader.count(collection, filterArgument(body.query), body.hint);
  const left = Math.max(0, all - count(body.skip, "skip"));
  const limit = Math.abs(toInteger(body.limit, 0));
  return { n: limit > 0 ? Math.min(left, limit) : left, ok: 1 };
};

const distinct: Handler["run"] = (context, command) => {
  const { body } = command;
  if (typeof body.key !== "string") throw new CommandError("TypeMismatch", "distinct needs a key");
  const collection = findCollection(context, command);
  const path = body.key.split(".");
  const values = new Map<string, unknown>();
  for (const row of collection
    ? context.reader.rows(collection, filterArgument(body.query), { hint: body.hint })
    : []) {
    for (const value of indexValues(row.doc ?? decode(row.raw), path).values) {
      if (value === undefined || value === EMPTY_ARRAY) continue;
      const key = encodeKey(value).toString("latin1");
      if (!values.has(key)) values.set(key, value);
    }
  }
  const sorted = [...values].sort(([a], [b]) => (a < b ? -1 : 1));
  return { values: sorted.map(([, value]) => value), ok: 1 };
};

const explain: Handler["run"] = (context, { db, body }) => {
  const inner = documentArgument(body.explain) ?? {};
  const [name] = Object.keys(inner);
  const target = name === undefined ? undefined : inner[name];
  if (typeof target !== "string") throw badValue("explain needs a command on a collection");
  const collection = context.catalog.find(db, target);
  const { filter, sort } = explained(inner);
  const plan = collection && planQuery(collection, filter, parseSort(sort), inner.hint);
  const stage = plan?.index
    ? { stage: "IXSCAN", indexName: plan.index.name, keyPattern: plan.index.spec.key, multikey: plan.index.multikey }
    : { stage: collection ? "COLLSCAN" : "EOF" };
  const winningPlan = { ...stage, sorted: plan ? plan.order !== null : true, ranges: plan?.ranges?.length ?? 0 };
  return {
    queryPlanner: {
      namespace: `${db}.${target}`,
      winningPlan,
      summary: plan ? describePlan(plan) : "EOF",
      rejectedPlans: [],
    },
    ok: 1,
  };
};

function explained(inner: Doc): { filter: Doc; sort: Doc | undefined } {
  if (Array.isArray(inner.pipeline)) return planOfPipeline(inner.pipeline.filter(isDocument));
  const [statement] = [inner.updates, inner.deletes].flatMap((list) => (Array.isArray(list) ? list : []));
  const filter = isDocument(statement) ? statement.q : (inner.filter ?? inner.query);
  return { filter: filterArgument(filter), sort: documentArgument(inner.sort) };
}

const aggregateCommand: Handler["run"] = (context, command) => {
  const { db, body } = command;
  const { pipeline } = body;
  if (!Array.isArray(pipeline) || !pipeline.every((stage) => isDocument(stage) && !isEmpty(stage))) {
    throw new CommandError("TypeMismatch", "'pipeline' must be an array of stages");
  }
  if (body.explain === true) return explain(context, { ...command, body: { explain: body } });
  const docs = aggregate(context, db, typeof body.aggregate === "string" ? body.aggregate : null, pipeline, body.hint);
  const namespace = `${db}.${typeof body.aggregate === "string" ? body.aggregate : "$cmd.aggregate"}`;
  const size = isDocument(body.cursor) ? batchSize(body.cursor.batchSize) : undefined;
  return context.cursors.firstReply(namespace, docs, size);
};

function read(run: (context: Context, command: Parameters<Handler["run"]>[1]) => Doc): Handler {
  return { writes: false, run };
}

export const READ_COMMANDS: Record<string, Handler> = {
  find: read(find),
  getMore: read(getMore),
  killCursors: read(killCursors),
  count: read(countCommand),
  distinct: read(distinct),
  aggregate: read(aggregateCommand),
  explain: read(explain),
};
