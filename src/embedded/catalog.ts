import { Buffer } from "node:buffer";
import { asBuffer, type Doc, decode, encode } from "./bson.ts";
import { CommandError } from "./errors.ts";
import { createIndexDef, type IndexDef, idIndex } from "./index-def.ts";
import type { SqlValue, Store } from "./store.ts";
import { UnindexedIds } from "./unindexed-ids.ts";

const MAX_NAME_BYTES = 255;

export interface Collection {
  readonly id: number;
  readonly db: string;
  readonly name: string;
  /** "database.collection" */
  readonly namespace: string;
  readonly options: Doc;
  /** The SQLite table that holds the documents. */
  readonly table: string;
  readonly idIndex: IndexDef;
  /** Secondary indexes. While there are none, the `_id` index lags behind by `unindexed`. */
  indexes: IndexDef[];
  /** Kept here, because building the text for every document would cost more than finding its statement. */
  readonly insertSql: string;
  readonly unindexed: UnindexedIds;
  /** The highest row id in use, or a higher one. */
  lastRid: number;
}

/** Which collections and indexes exist, cached in memory; SQLite's m_coll and m_idx are the truth. */
export class Catalog {
  readonly store: Store;
  /** Grows with every change, unindexed ids among them, so that a rollback knows whether the cache went stale. */
  version = 0;
  #collections = new Map<string, Collection>();

  constructor(store: Store) {
    this.store = store;
    this.reload();
  }

  /**
   * Reads everything again; needed after any rollback that undid a change of the catalog. Unindexed ids are found by
   * the same rule then as after a crash: rows beyond the `indexed` of their collection.
   */
  reload(): void {
    this.store.forgetStatements();
    this.#collections.clear();
    for (const row of this.store.all("SELECT id, db, name, opts, indexed FROM m_coll")) this.#load(row);
  }

  #load([id, db, name, opts, indexed]: SqlValue[]): Collection {
    const collection: Collection = {
      id: id as number,
      db: db as string,
      name: name as string,
      namespace: `${db}.${name}`,
      options: decode(opts as Uint8Array),
      table: `c${id}`,
      idIndex: idIndex(`i${id}`),
      indexes: this.store
        .all("SELECT tbl, spec, multikey FROM m_idx WHERE coll=? ORDER BY tbl", id as number)
        .map(([table, spec, multikey]) => createIndexDef(table as number, decode(spec as Uint8Array), multikey === 1)),
      // One statement probes and appends. Row ids are counted here: SQLite would reuse those of deleted rows, and a
      // new row below `indexed` would never reach the index.
      insertSql: `INSERT INTO c${id}(rid, id, doc)
        SELECT ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM i${id} WHERE k=?)`,
      unindexed: new UnindexedIds(),
      lastRid: indexed as number,
    };
    this.#loadRowIds(collection);
    this.#collections.set(collection.namespace, collection);
    return collection;
  }

  #loadRowIds(collection: Collection): void {
    const { table, unindexed, lastRid } = collection;
    if (collection.indexes.length > 0) {
      collection.lastRid = this.store.get(`SELECT coalesce(max(rid), 0) FROM ${table}`)![0] as number;
      return;
    }
    for (const [rid, key] of this.store.iterate(`SELECT rid, id FROM ${table} WHERE rid>? ORDER BY rid`, lastRid)) {
      unindexed.add(asBuffer(key as Uint8Array), rid as number);
      collection.lastRid = rid as number;
    }
  }

  find(db: string, name: string): Collection | undefined {
    return this.#collections.get(`${db}.${name}`);
  }

  all(): Collection[] {
    return [...this.#collections.values()];
  }

  inDatabase(db: string): Collection[] {
    return this.all().filter((collection) => collection.db === db);
  }

  /** The collection, created if it was not there. Throws code 73 for a name MongoDB would refuse. */
  ensure(db: string, name: string, options: Doc = {}): Collection {
    const known = this.find(db, name);
    if (known) return known;
    checkNamespace(db, name);
    this.version++;
    const opts = encode(options);
    const { lastId } = this.store.run("INSERT INTO m_coll(db, name, opts) VALUES(?, ?, ?)", db, name, opts);
    this.store.db.exec(`CREATE TABLE c${lastId}(rid INTEGER PRIMARY KEY, id BLOB NOT NULL, doc BLOB NOT NULL);
      CREATE TABLE i${lastId}(k BLOB PRIMARY KEY, rid INTEGER NOT NULL) WITHOUT ROWID;`);
    return this.#load([lastId, db, name, opts, 0]);
  }

  drop(collection: Collection): void {
    this.version++;
    for (const index of collection.indexes) this.store.db.exec(`DROP TABLE ${index.table}`);
    this.store.db.exec(`DROP TABLE ${collection.idIndex.table}; DROP TABLE ${collection.table};`);
    this.store.run("DELETE FROM m_idx WHERE coll=?", collection.id);
    this.store.run("DELETE FROM m_coll WHERE id=?", collection.id);
    this.#collections.delete(collection.namespace);
    this.store.forgetStatements();
  }

  rename(collection: Collection, db: string, name: string): void {
    checkNamespace(db, name);
    this.version++;
    this.store.run("UPDATE m_coll SET db=?, name=? WHERE id=?", db, name, collection.id);
    this.reload();
  }

  /** Counts a row that was appended without an entry in the `_id` index; all that wait are indexed when it is time. */
  addUnindexed(collection: Collection, key: Buffer, rid: number): void {
    this.version++;
    collection.unindexed.add(key, rid);
    if (collection.unindexed.isFull) this.indexIds(collection);
  }

  /** Completes the `_id` index, inside the transaction if there is one. Nothing changes when it throws. */
  indexIds(collection: Collection): void {
    if (collection.unindexed.size === 0) return;
    const { store } = this;
    this.version++;
    store.prepare("SAVEPOINT index_ids").run();
    try {
      // The rows hold the keys as well, so one statement moves and sorts them without a round trip for each.
      store.run(
        `INSERT INTO ${collection.idIndex.table}(k, rid)
          SELECT id, rid FROM ${collection.table} WHERE rid>(SELECT indexed FROM m_coll WHERE id=?) ORDER BY id`,
        collection.id,
      );
      this.#setIndexed(collection);
      store.prepare("RELEASE index_ids").run();
    } catch (error) {
      if (store.inTransaction) store.db.exec("ROLLBACK TO index_ids; RELEASE index_ids");
      throw error;
    }
    collection.unindexed.clear();
  }

  #setIndexed({ id, lastRid }: Collection): void {
    this.store.run("UPDATE m_coll SET indexed=? WHERE id=?", lastRid, id);
  }

  /** Registers an index and creates its empty table; the caller fills it. From now on `_id` is indexed at once. */
  addIndex(collection: Collection, spec: Doc): IndexDef {
    this.indexIds(collection);
    this.version++;
    const { lastId } = this.store.run(
      "INSERT INTO m_idx(coll, name, spec) VALUES(?, ?, ?)",
      collection.id,
      spec.name as string,
      encode(spec),
    );
    const index = createIndexDef(lastId, spec, false);
    this.store.db.exec(
      index.unique
        ? `CREATE TABLE ${index.table}(k BLOB PRIMARY KEY, rid INTEGER NOT NULL) WITHOUT ROWID`
        : `CREATE TABLE ${index.table}(k BLOB NOT NULL, rid INTEGER NOT NULL, PRIMARY KEY(k, rid)) WITHOUT ROWID`,
    );
    collection.indexes.push(index);
    return index;
  }

  dropIndex(collection: Collection, index: IndexDef): void {
    this.version++;
    this.store.db.exec(`DROP TABLE ${index.table}`);
    this.store.run("DELETE FROM m_idx WHERE tbl=?", index.id);
    collection.indexes = collection.indexes.filter((other) => other !== index);
    // Until now `indexed` stood still, because every row was indexed with its insert.
    if (collection.indexes.length === 0) this.#setIndexed(collection);
    this.store.forgetStatements();
  }

  /** Stores a changed index specification (a TTL, by collMod). */
  respecify(collection: Collection, index: IndexDef, spec: Doc): void {
    this.version++;
    this.store.run("UPDATE m_idx SET spec=? WHERE tbl=?", encode(spec), index.id);
    const changed = createIndexDef(index.id, spec, index.multikey);
    collection.indexes = collection.indexes.map((other) => (other === index ? changed : other));
  }

  /** From now on the planner must expect several keys per document in this index. Never undone while it lives. */
  markMultikey(index: IndexDef): void {
    if (index.multikey) return;
    index.multikey = true;
    this.version++;
    this.store.run("UPDATE m_idx SET multikey=1 WHERE tbl=?", index.id);
  }
}

function checkNamespace(db: string, name: string): void {
  const reason =
    name === "" || db === ""
      ? "is empty"
      : name.includes("\0") || /[\0/\\ "$.]/.test(db)
        ? "holds a forbidden character"
        : name.includes("$") || name.startsWith(".") || name.endsWith(".")
          ? "holds a forbidden character"
          : name.startsWith("system.")
            ? "is reserved"
            : Buffer.byteLength(db) + Buffer.byteLength(name) + 1 > MAX_NAME_BYTES
              ? "is too long"
              : null;
  if (reason) throw new CommandError("InvalidNamespace", `Invalid collection name: the name ${reason}`);
}
