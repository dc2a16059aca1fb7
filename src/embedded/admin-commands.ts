import { type Doc, encode, isDocument, isEmpty, toInteger } from "./bson.ts";
import type { Collection } from "./catalog.ts";
import {
  type Command,
  type Context,
  collectionName,
  documentArgument,
  findCollection,
  type Handler,
} from "./command.ts";
import { CommandError, unsupported } from "./errors.ts";
import { normalizeSpec, sameIndex, sameKey } from "./index-def.ts";
import { compileFilter } from "./matcher.ts";
import { batchSize } from "./read-commands.ts";

const OK = { ok: 1 };

function existing(context: Context, command: Command): Collection {
  const collection = findCollection(context, command);
  if (collection) return collection;
  throw new CommandError("NamespaceNotFound", `ns does not exist: ${command.db}.${collectionName(command)}`);
}

const create: Handler["run"] = (context, command) => {
  const { body } = command;
  for (const option of ["capped", "timeseries", "viewOn", "validator", "clusteredIndex", "encryptedFields"]) {
    if (body[option]) throw unsupported(`the collection option ${option}`);
  }
  const name = collectionName(command);
  if (context.catalog.find(command.db, name)) {
    throw new CommandError("NamespaceExists", `Collection ${command.db}.${name} already exists.`);
  }
  context.catalog.ensure(command.db, name);
  return OK;
};

const drop: Handler["run"] = (context, command) => {
  const collection = findCollection(context, command);
  if (collection) dropCollection(context, collection);
  return OK;
};

function dropCollection(context: Context, collection: Collection): void {
  context.cursors.killNamespace(collection.namespace);
  context.catalog.drop(collection);
}

const dropDatabase: Handler["run"] = (context, { db }) => {
  for (const collection of context.catalog.inDatabase(db)) dropCollection(context, collection);
  return { dropped: db, ok: 1 };
};

const renameCollection: Handler["run"] = (context, { body }) => {
  const [from, to] = [splitNamespace(body.renameCollection), splitNamespace(body.to)];
  const source = context.catalog.find(...from);
  if (!source) throw new CommandError("NamespaceNotFound", `Source collection ${from.join(".")} does not exist`);
  const target = context.catalog.find(...to);
  if (target && body.dropTarget !== true) throw new CommandError("NamespaceExists", "target namespace exists");
  if (target && target !== source) dropCollection(context, target);
  context.cursors.killNamespace(source.namespace);
  context.catalog.rename(source, ...to);
  return OK;
};

function splitNamespace(value: unknown): [db: string, name: string] {
  const dot = typeof value === "string" ? value.indexOf(".") : -1;
  if (dot < 0) throw new CommandError("InvalidNamespace", "a full namespace, database.collection, is needed");
  return [(value as string).slice(0, dot), (value as string).slice(dot + 1)];
}

const listCollections: Handler["run"] = (context, { db, body }) => {
  const described = context.catalog.inDatabase(db).map((collection) => {
    const brief = { name: collection.name, type: "collection" };
    if (body.nameOnly === true) return brief;
    return { ...brief, options: collection.options, info: { readOnly: false }, idIndex: collection.idIndex.spec };
  });
  const filter = documentArgument(body.filter);
  const chosen = filter && !isEmpty(filter) ? described.filter(compileFilter(filter)) : described;
  return listReply(context, `${db}.$cmd.listCollections`, chosen, body);
};

const listIndexes: Handler["run"] = (context, command) => {
  const collection = existing(context, command);
  const specs = [collection.idIndex, ...collection.indexes].map((index) => index.spec);
  return listReply(context, collection.namespace, specs, command.body);
};

function listReply(context: Context, namespace: string, docs: Doc[], body: Doc): Doc {
  const size = isDocument(body.cursor) ? batchSize(body.cursor.batchSize) : undefined;
  return context.cursors.firstReply(namespace, docs.map(encode), size ?? docs.length);
}

const listDatabases: Handler["run"] = (context, { body }) => {
  const names = [...new Set(context.catalog.all().map((collection) => collection.db))].sort();
  const sizeOnDisk = context.store.fileBytes();
  const databases = names.map((name) => ({ name, sizeOnDisk, empty: false }));
  const filter = documentArgument(body.filter);
  return { databases: filter ? databases.filter(compileFilter(filter)) : databases, totalSize: sizeOnDisk, ok: 1 };
};

const createIndexes: Handler["run"] = (context, command) => {
  const requested = Array.isArray(command.body.indexes) ? command.body.indexes.filter(isDocument) : [];
  if (requested.length === 0) throw new CommandError("BadValue", "Must specify at least one index to create");
  const specs = requested.map(normalizeSpec);
  const existed = findCollection(context, command) !== undefined;
  const collection = context.catalog.ensure(command.db, collectionName(command));
  const before = collection.indexes.length + 1;
  for (const spec of specs) createIndex(context, collection, spec);
  return {
    numIndexesBefore: before,
    numIndexesAfter: collection.indexes.length + 1,
    createdCollectionAutomatically: !existed,
    ok: 1,
  };
};

function createIndex(context: Context, collection: Collection, spec: Doc): void {
  const sameName = collection.indexes.find((index) => index.name === spec.name);
  if (sameKey(spec, collection.idIndex.spec)) return;
  if (sameName) {
    if (sameIndex(sameName.spec, spec)) return;
    const message = `An existing index has the same name as the requested index. Requested index: ${spec.name}`;
    throw new CommandError("IndexKeySpecsConflict", message);
  }
  const twin = collection.indexes.find((index) => sameKey(index.spec, spec));
  if (twin) {
    throw new CommandError(
      "IndexOptionsConflict",
      `Index already exists with a different name or options: ${twin.name}`,
    );
  }
  context.documents.build(collection, context.catalog.addIndex(collection, spec));
}

const dropIndexes: Handler["run"] = (context, command) => {
  const collection = existing(context, command);
  const wanted = command.body.index;
  const chosen = collection.indexes.filter((index) => {
    if (wanted === "*") return true;
    if (Array.isArray(wanted)) return wanted.includes(index.name);
    return typeof wanted === "string"
      ? index.name === wanted
      : isDocument(wanted) && sameKey(index.spec, { key: wanted });
  });
  if (wanted === "_id_") throw new CommandError("InvalidOptions", "cannot drop _id index");
  if (chosen.length === 0 && wanted !== "*") {
    throw new CommandError("IndexNotFound", `index not found with name or key [${JSON.stringify(wanted)}]`);
  }
  const before = collection.indexes.length + 1;
  for (const index of chosen) context.catalog.dropIndex(collection, index);
  return { nIndexesWas: before, ok: 1 };
};

/** Serves one change: the time to live of an index. */
const collMod: Handler["run"] = (context, command) => {
  const collection = existing(context, command);
  const change = documentArgument(command.body.index);
  for (const option of ["validator", "viewOn", "pipeline", "capped"]) {
    if (option in command.body) throw unsupported(`collMod ${option}`);
  }
  if (!change) return OK;
  const index = collection.indexes.find((candidate) =>
    change.name === undefined
      ? isDocument(change.keyPattern) && sameKey(candidate.spec, { key: change.keyPattern })
      : candidate.name === change.name,
  );
  if (!index) throw new CommandError("IndexNotFound", "cannot find the index to change");
  if (change.expireAfterSeconds === undefined) throw unsupported("a collMod of an index other than expireAfterSeconds");
  const seconds = toInteger(change.expireAfterSeconds, -1);
  const spec = normalizeSpec({ ...index.spec, expireAfterSeconds: seconds });
  context.catalog.respecify(collection, index, spec);
  const before = index.spec.expireAfterSeconds;
  return {
    ...(before === undefined ? {} : { expireAfterSeconds_old: before }),
    expireAfterSeconds_new: seconds,
    ok: 1,
  };
};

const write = (run: Handler["run"]): Handler => ({ writes: true, run });
const read = (run: Handler["run"]): Handler => ({ writes: false, run });

export const ADMIN_COMMANDS: Record<string, Handler> = {
  create: write(create),
  drop: write(drop),
  dropDatabase: write(dropDatabase),
  renameCollection: write(renameCollection),
  createIndexes: write(createIndexes),
  dropIndexes: write(dropIndexes),
  collMod: write(collMod),
  listCollections: read(listCollections),
  listDatabases: read(listDatabases),
  listIndexes: read(listIndexes),
};
