import { ObjectId } from "bson";
import { type Doc, decode, isDocument } from "./bson.ts";
import type { Collection } from "./catalog.ts";
import {
  type Command,
  type Context,
  collectionName,
  documentArgument,
  filterArgument,
  findCollection,
  type Handler,
  RawDocument,
  rawStatements,
  statements,
} from "./command.ts";
import { badValue, CommandError } from "./errors.ts";
import { compileProjection } from "./projection.ts";
import type { Row } from "./reads.ts";
import { applyUpdate, isReplacement, upsertBase } from "./update.ts";

const MAX_STATEMENTS = 100_000;

interface UpdateStatement {
  filter: Doc;
  update: unknown;
  arrayFilters: Doc[] | undefined;
  sort?: Doc | undefined;
  hint?: unknown;
}

/** Runs statements one by one; a refused one becomes a write error and, when ordered, ends the command. */
function eachStatement<T>(command: Command, list: T[], run: (statement: T, index: number) => void): Doc[] {
  if (list.length > MAX_STATEMENTS) throw badValue(`a command takes at most ${MAX_STATEMENTS} statements`);
  const errors: Doc[] = [];
  for (let index = 0; index < list.length; index++) {
    try {
      run(list[index]!, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push({ index, code: error.code, errmsg: error.message, ...error.extra });
      if (command.body.ordered !== false) break;
    }
  }
  return errors;
}

function writeReply(counts: Doc, errors: Doc[]): Doc {
  return errors.length > 0 ? { ...counts, writeErrors: errors, ok: 1 } : { ...counts, ok: 1 };
}

const insert: Handler["run"] = (context, command) => {
  const collection = context.catalog.ensure(command.db, collectionName(command));
  let n = 0;
  const errors = eachStatement(command, rawStatements(command, "documents"), (document) => {
    context.documents.insert(collection, document);
    n++;
  });
  return writeReply({ n }, errors);
};

const update: Handler["run"] = (context, command) => {
  let collection = findCollection(context, command);
  const upserted: Doc[] = [];
  let n = 0;
  let nModified = 0;
  const errors = eachStatement(command, statements(command, "updates"), (statement, index) => {
    refuseCollation(statement);
    const parsed = parseUpdate(statement.q, statement.u, statement);
    let matched = 0;
    if (collection) {
      const rows = statement.multi === true ? every(context, collection, parsed) : one(context, collection, parsed);
      for (const row of rows) {
        if (updateRow(context, collection, row, parsed).modified) nModified++;
        matched++;
        n++;
      }
    }
    if (matched > 0 || statement.upsert !== true) return;
    collection ??= context.catalog.ensure(command.db, collectionName(command));
    upserted.push({ index, _id: upsert(context, collection, parsed)._id });
    n++;
  });
  return writeReply(upserted.length > 0 ? { n, nModified, upserted } : { n, nModified }, errors);
};

function parseUpdate(filter: unknown, change: unknown, options: Doc): UpdateStatement {
  const { arrayFilters, sort, hint } = options;
  if (!isDocument(change) && !Array.isArray(change)) {
    throw new CommandError("FailedToParse", "an update must be a document or a pipeline");
  }
  if (options.multi === true && isReplacement(change)) {
    throw new CommandError("FailedToParse", "multi update is not supported for replacement-style update");
  }
  if (arrayFilters !== undefined && (!Array.isArray(arrayFilters) || !arrayFilters.every(isDocument))) {
    throw new CommandError("TypeMismatch", "arrayFilters must be an array of documents");
  }
  return { filter: filterArgument(filter), update: change, arrayFilters, sort: documentArgument(sort), hint };
}

function one(context: Context, collection: Collection, { filter, sort, hint }: UpdateStatement): Row[] {
  const row = context.reader.first(collection, filter, { sort, hint });
  return row ? [row] : [];
}

/** Fetched one by one: the documents of a large update are never in memory together. */
function* every(context: Context, collection: Collection, { filter, hint }: UpdateStatement): Iterable<Row> {
  for (const rid of context.reader.rowIds(collection, filter, hint)) {
    const row = context.reader.byId(collection, rid);
    if (row) yield row;
  }
}

function updateRow(
  context: Context,
  collection: Collection,
  row: Row,
  { filter, update, arrayFilters }: UpdateStatement,
): { modified: boolean; after: Doc } {
  const options = { filter, arrayFilters, inserting: false, now: context.now() };
  // Decoded twice when indexed: the update changes its copy, and the indexes compare with the original.
  const before = collection.indexes.length > 0 ? decode(row.raw) : {};
  const after = applyUpdate(row.doc ?? decode(row.raw), update, options);
  return { modified: context.documents.replace(collection, row.rid, row.raw, before, after), after };
}

function upsert(context: Context, collection: Collection, { filter, update, arrayFilters }: UpdateStatement): Doc {
  const options = { filter, arrayFilters, inserting: true, now: context.now() };
  const doc = applyUpdate(upsertBase(filter), update, options);
  return context.documents.insertDoc(collection, "_id" in doc ? doc : { _id: new ObjectId(), ...doc });
}

const remove: Handler["run"] = (context, command) => {
  const collection = findCollection(context, command);
  let n = 0;
  const errors = eachStatement(command, statements(command, "deletes"), (statement) => {
    refuseCollation(statement);
    if (!collection) return;
    const parsed = { filter: filterArgument(statement.q), update: null, arrayFilters: undefined, hint: statement.hint };
    const rows = Number(statement.limit) === 1 ? one(context, collection, parsed) : every(context, collection, parsed);
    for (const row of rows) {
      context.documents.remove(collection, row.rid, () => row.doc ?? decode(row.raw));
      n++;
    }
  });
  return writeReply({ n }, errors);
};

const findAndModify: Handler["run"] = (context, command) => {
  const { body } = command;
  if (body.remove === true) return findAndRemove(context, command);
  const project = compileProjection(documentArgument(body.fields));
  const value = (doc: Doc) => (project ? project(doc) : doc);
  const known = findCollection(context, command);
  const parsed = parseUpdate(body.query, body.update, body);
  const [row] = known ? one(context, known, parsed) : [];
  if (known && row) {
    const { after } = updateRow(context, known, row, parsed);
    const shown = body.new === true ? value(after) : project ? project(decode(row.raw)) : new RawDocument(row.raw);
    return { lastErrorObject: { n: 1, updatedExisting: true }, value: shown, ok: 1 };
  }
  if (body.upsert !== true) return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: 1 };
  const collection = context.catalog.ensure(command.db, collectionName(command));
  const created = upsert(context, collection, parsed);
  return {
    lastErrorObject: { n: 1, updatedExisting: false, upserted: created._id },
    value: body.new === true ? value(created) : null,
    ok: 1,
  };
};

function findAndRemove(context: Context, command: Command): Doc {
  const { body } = command;
  if (body.update !== undefined)
    throw new CommandError("FailedToParse", "Cannot specify both an update and remove=true");
  const project = compileProjection(documentArgument(body.fields));
  const collection = findCollection(context, command);
  const sort = documentArgument(body.sort);
  const row = collection && context.reader.first(collection, filterArgument(body.query), { sort, hint: body.hint });
  if (!row) return { lastErrorObject: { n: 0 }, value: null, ok: 1 };
  context.documents.remove(collection, row.rid, () => row.doc ?? decode(row.raw));
  const value = project ? project(decode(row.raw)) : new RawDocument(row.raw);
  return { lastErrorObject: { n: 1 }, value, ok: 1 };
}

/** Collation would change which documents match; silently ignoring it would be wrong. */
export function refuseCollation({ collation }: Doc): void {
  if (
    !isDocument(collation) ||
    Object.keys(collation).every((key) => key === "locale" && collation.locale === "simple")
  ) {
    return;
  }
  throw new CommandError("CommandNotSupported", "collation is not supported by the embedded database");
}

export const WRITE_COMMANDS: Record<string, Handler> = {
  insert: { writes: true, run: insert },
  update: { writes: true, run: update },
  delete: { writes: true, run: remove },
  findAndModify: { writes: true, run: findAndModify },
  findandmodify: { writes: true, run: findAndModify },
};
