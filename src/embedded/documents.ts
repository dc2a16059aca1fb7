import type { Buffer } from "node:buffer";
import { ObjectId } from "bson";
import { asBuffer, type Doc, decode, encode, MAX_DOCUMENT_BYTES } from "./bson.ts";
import { MalformedBson, validateDocument } from "./bson-validate.ts";
import type { Catalog, Collection } from "./catalog.ts";
import { badValue, CommandError } from "./errors.ts";
import { type IndexDef, indexKeys } from "./index-def.ts";
import { encodeKey } from "./keystring.ts";
import { isPattern } from "./matcher.ts";
import { rawId, withLeadingId } from "./raw-id.ts";

/** Writes documents and keeps every index in step. Each call either changes everything it should or throws first. */
export class Documents {
  readonly #catalog: Catalog;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /**
   * Stores one document given as BSON. A missing `_id` is generated, a misplaced one moved to the front, without
   * decoding; only secondary indexes need the decoded document. Throws code 11000 for a duplicate key.
   */
  insert(collection: Collection, bytes: Buffer): void {
    const raw = withLeadingId(bytes);
    if (raw.length > MAX_DOCUMENT_BYTES) throw tooLarge("object to insert too large");
    const key = rawId(raw) ?? checkedIdKey(decode(raw)._id);
    if (collection.indexes.length === 0) this.#insertPlain(collection, key, raw);
    else this.#insertIndexed(collection, key, raw, decode(raw));
  }

  /** The same for a document that is decoded already (an upsert). Returns it with `_id` first. */
  insertDoc(collection: Collection, doc: Doc): Doc {
    const { _id, ...rest } = doc;
    const ordered: Doc = { _id: "_id" in doc ? _id : new ObjectId(), ...rest };
    const raw = encode(ordered);
    checkComputed(raw);
    const key = checkedIdKey(ordered._id);
    if (collection.indexes.length === 0) this.#insertPlain(collection, key, raw);
    else this.#insertIndexed(collection, key, raw, ordered);
    return ordered;
  }

  /** Appends the row alone: a page of the `_id` index for each document would be most of what a commit writes. */
  #insertPlain(collection: Collection, key: Buffer, raw: Buffer): void {
    const { insertSql, unindexed } = collection;
    const rid = collection.lastRid + 1;
    if (
      unindexed.rid(key) !== undefined ||
      this.#catalog.store.prepare(insertSql).run(rid, key, raw, key).changes === 0
    ) {
      throw duplicate(collection, collection.idIndex, decode(raw));
    }
    collection.lastRid = rid;
    this.#catalog.addUnindexed(collection, key, rid);
  }

  #insertIndexed(collection: Collection, key: Buffer, raw: Buffer, doc: Doc): void {
    const { store } = this.#catalog;
    // Every unique key is probed before the first write, so that a refused document leaves nothing to undo.
    if (store.get(`SELECT 1 FROM ${collection.idIndex.table} WHERE k=?`, key)) {
      throw duplicate(collection, collection.idIndex, doc);
    }
    const keys = this.#keysOf(collection, doc);
    this.#probe(collection, keys, -1, doc);
    const rid = ++collection.lastRid;
    store.run(`INSERT INTO ${collection.table}(rid, id, doc) VALUES(?, ?, ?)`, rid, key, raw);
    this.#addKeys(collection.idIndex, [key], rid);
    for (const [i, index] of collection.indexes.entries()) this.#addKeys(index, keys[i]!, rid);
  }

  /** Stores `after` in place of `before`. Returns false when the bytes did not change. */
  replace(collection: Collection, rid: number, oldRaw: Uint8Array, before: Doc, after: Doc): boolean {
    const raw = encode(after);
    if (raw.equals(asBuffer(oldRaw))) return false;
    checkComputed(raw);
    const { store } = this.#catalog;
    const oldKeys = this.#keysOf(collection, before);
    const newKeys = this.#keysOf(collection, after);
    this.#probe(collection, newKeys, rid, after);
    store.run(`UPDATE ${collection.table} SET doc=? WHERE rid=?`, raw, rid);
    for (const [i, index] of collection.indexes.entries()) {
      this.#removeKeys(index, without(oldKeys[i]!, newKeys[i]!), rid);
      this.#addKeys(index, without(newKeys[i]!, oldKeys[i]!), rid);
    }
    return true;
  }

  remove(collection: Collection, rid: number, doc: () => Doc): void {
    if (collection.indexes.length > 0) {
      const keys = this.#keysOf(collection, doc());
      for (const [i, index] of collection.indexes.entries()) this.#removeKeys(index, keys[i]!, rid);
    }
    const { table, idIndex } = collection;
    // A row that is gone could not take its waiting key back, and "beyond `indexed`" would no longer say who waits.
    this.#catalog.indexIds(collection);
    this.#catalog.store.run(`DELETE FROM ${idIndex.table} WHERE k=(SELECT id FROM ${table} WHERE rid=?)`, rid);
    this.#catalog.store.run(`DELETE FROM ${table} WHERE rid=?`, rid);
  }

  /** Fills a new index from the documents. Throws code 11000 when they break its uniqueness. */
  build(collection: Collection, index: IndexDef): void {
    const { store } = this.#catalog;
    for (const [rid, raw] of store.iterate(`SELECT rid, doc FROM ${collection.table}`)) {
      const doc = decode(raw as Uint8Array);
      const keys = indexKeys(index, doc, () => this.#catalog.markMultikey(index));
      this.#probeIndex(collection, index, keys, -1, doc);
      this.#addKeys(index, keys, rid as number);
    }
  }

  #keysOf(collection: Collection, doc: Doc): Buffer[][] {
    return collection.indexes.map((index) => indexKeys(index, doc, () => this.#catalog.markMultikey(index)));
  }

  #probe(collection: Collection, keys: Buffer[][], rid: number, doc: Doc): void {
    for (const [i, index] of collection.indexes.entries()) this.#probeIndex(collection, index, keys[i]!, rid, doc);
  }

  #probeIndex(collection: Collection, index: IndexDef, keys: Buffer[], rid: number, doc: Doc): void {
    if (!index.unique) return;
    for (const key of keys) {
      const row = this.#catalog.store.get(`SELECT rid FROM ${index.table} WHERE k=?`, key);
      if (row && row[0] !== rid) throw duplicate(collection, index, doc);
    }
  }

  #addKeys(index: IndexDef, keys: Buffer[], rid: number): void {
    const sql = `INSERT INTO ${index.table}(k, rid) VALUES(?, ?)`;
    for (const key of keys) this.#catalog.store.run(sql, key, rid);
  }

  #removeKeys(index: IndexDef, keys: Buffer[], rid: number): void {
    const sql = `DELETE FROM ${index.table} WHERE k=? AND rid=?`;
    for (const key of keys) this.#catalog.store.run(sql, key, rid);
  }
}

function without(keys: Buffer[], others: Buffer[]): Buffer[] {
  if (keys.length === 1 && others.length === 1) return keys[0]!.equals(others[0]!) ? [] : keys;
  const known = new Set(others.map((key) => key.toString("latin1")));
  return keys.filter((key) => !known.has(key.toString("latin1")));
}

function checkedIdKey(id: unknown): Buffer {
  if (Array.isArray(id) || isPattern(id) || id === undefined) {
    const type = Array.isArray(id) ? "array" : id === undefined ? "undefined" : "regex";
    throw badValue(`The '_id' value cannot be of type ${type}`);
  }
  return encodeKey(id);
}

/** What a client sends was checked at the door; what an update makes of it may have grown too large or too deep since. */
function checkComputed(raw: Buffer): void {
  if (raw.length > MAX_DOCUMENT_BYTES) throw tooLarge("Resulting document after update is larger than 16777216");
  try {
    validateDocument(raw, 0, raw.length, false);
  } catch (error) {
    if (error instanceof MalformedBson) throw badValue(`the resulting document is refused: ${error.message}`);
    throw error;
  }
}

function tooLarge(message: string): CommandError {
  return new CommandError("BSONObjectTooLarge", message);
}

function duplicate(collection: Collection, index: IndexDef, doc: Doc): CommandError {
  const keyValue: Doc = {};
  for (const { field, path } of index.parts) {
    let value: unknown = doc;
    for (const segment of path) value = (value as Doc | undefined | null)?.[segment];
    keyValue[field] = value ?? null;
  }
  const shown = Object.entries(keyValue).map(([field, value]) => `${field}: ${show(value)}`);
  const message = `E11000 duplicate key error collection: ${collection.namespace} index: ${index.name} dup key: { ${shown.join(", ")} }`;
  return new CommandError("DuplicateKey", message, { keyPattern: index.spec.key, keyValue });
}

function show(value: unknown): string {
  if (value instanceof ObjectId) return `ObjectId('${value.toHexString()}')`;
  if (value instanceof Date) return `new Date(${value.getTime()})`;
  return JSON.stringify(value) ?? "null";
}
