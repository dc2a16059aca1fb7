import { type Doc, decode, encode } from "./bson.ts";
import { CommandError } from "./errors.ts";
import { createIndexDef, type IndexDef, idIndex } from "./index-def.ts";
import type { SqlValue, Store } from "./store.ts";

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
  indexes: IndexDef[];
}

/** Which collections and indexes exist, cached in memory; SQLite's m_coll and m_idx are the truth. */
export class Catalog {
  readonly store: Store;
  /** Grows with every change, so that a rollback knows whether the cache went stale. */
  version = 0;
  #collections = new Map<string, Collection>();

  constructor(store: Store) {
    this.store = store;
    this.reload();
  }

  /** Reads everything again; needed after any rollback that undid a change of the catalog. */
  reload(): void {
    this.store.forgetStatements();
    this.#collections.clear();
    for (const row of this.store.all("SELECT id, db, name, opts FROM m_coll")) this.#load(row);
  }

  #load([id, db, name, opts]: SqlValue[]): Collection {
    const collection: Collection = {
      id: id as number,
      db: db as string,
      name: name as string,
      namespace: `${db}.${name}`,
      options: decode(opts as Uint8Array),
      table: `c${id}`,
      idIndex: idIndex(`c${id}`),
      indexes: this.store
        .all("SELECT tbl, spec, multikey FROM m_idx WHERE coll=? ORDER BY tbl", id as number)
        .map(([table, spec, multikey]) => createIndexDef(table as number, decode(spec as Uint8Array), multikey === 1)),
    };
    this.#collections.set(collection.namespace, collection);
    return collection;
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
    this.store.db.exec(`CREATE TABLE c${lastId}(rid INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, doc BLOB NOT NULL)`);
    return this.#load([lastId, db, name, opts]);
  }

  drop(collection: Collection): void {
    this.version++;
    for (const index of collection.indexes) this.store.db.exec(`DROP TABLE ${index.table}`);
    this.store.db.exec(`DROP TABLE ${collection.table}`);
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

  /** Registers an index and creates its empty table; the caller fills it. */
  addIndex(collection: Collection, spec: Doc): IndexDef {
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
