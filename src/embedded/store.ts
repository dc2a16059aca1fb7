import { DatabaseSync, type StatementSync } from "node:sqlite";
import { DataDirectoryInUse } from "./errors.ts";

/** A value SQLite takes and gives: keys and documents are bytes, row ids are integers. */
export type SqlValue = number | string | Uint8Array | null;

const FORMAT = "2";

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS m_info(k TEXT PRIMARY KEY, v TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS m_coll(id INTEGER PRIMARY KEY AUTOINCREMENT, db TEXT NOT NULL, name TEXT NOT NULL,
    opts BLOB NOT NULL, indexed INTEGER NOT NULL DEFAULT 0, UNIQUE(db, name));
  CREATE TABLE IF NOT EXISTS m_idx(tbl INTEGER PRIMARY KEY AUTOINCREMENT, coll INTEGER NOT NULL, name TEXT NOT NULL,
    spec BLOB NOT NULL, multikey INTEGER NOT NULL DEFAULT 0, UNIQUE(coll, name));
  INSERT OR IGNORE INTO m_info VALUES('format', '${FORMAT}');
`;

export interface StoreOptions {
  file: string;
  synchronous: "FULL" | "NORMAL";
  cacheMb: number;
}

/**
 * Pages in the write-ahead log before they are copied into the database file, 16 MB. SQLite's own 1,000 would copy the
 * same few hot pages of a journal every dozen commits, in the middle of one of them.
 */
const CHECKPOINT_PAGES = 4000;

/** The SQLite file: one connection, one exclusive lock, one cache of prepared statements. */
export class Store {
  readonly db: DatabaseSync;
  readonly file: string;
  #statements = new Map<string, StatementSync>();

  /** Opens and locks. Throws DataDirectoryInUse when another owner holds the lock. */
  constructor(options: StoreOptions) {
    this.file = options.file;
    this.db = new DatabaseSync(options.file);
    try {
      this.#configure(options);
    } catch (error) {
      this.db.close();
      throw isBusy(error) ? new DataDirectoryInUse(options.file) : error;
    }
  }

  #configure({ synchronous, cacheMb }: StoreOptions): void {
    // Order matters: exclusive before WAL keeps the WAL index in memory instead of a shared file.
    this.db.exec(`PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous};
      PRAGMA cache_size=-${cacheMb * 1024}; PRAGMA temp_store=MEMORY; PRAGMA journal_size_limit=67108864;
      PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES};`);
    // The write takes the lock now, so that a second owner fails here and not at its first command.
    this.db.exec(`BEGIN IMMEDIATE; ${SCHEMA} COMMIT;`);
    const format = this.get("SELECT v FROM m_info WHERE k='format'")?.[0];
    if (format !== FORMAT) {
      throw new Error(
        `the data file ${this.file} has format ${String(format)}; this version reads only format ${FORMAT}`,
      );
    }
  }

  /** A cached statement whose rows are arrays. Table names are ours, never a client's, so text is safe to build. */
  prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** After DDL: statements that name a dropped table would fail at their next use. */
  forgetStatements(): void {
    this.#statements.clear();
  }

  run(sql: string, ...values: SqlValue[]): { changes: number; lastId: number } {
    const { changes, lastInsertRowid } = this.prepare(sql).run(...values);
    return { changes: Number(changes), lastId: Number(lastInsertRowid) };
  }

  get(sql: string, ...values: SqlValue[]): SqlValue[] | undefined {
    // setReturnArrays changes the shape at run time; the declarations know only objects.
    return this.prepare(sql).get(...values) as unknown as SqlValue[] | undefined;
  }

  all(sql: string, ...values: SqlValue[]): SqlValue[][] {
    return this.prepare(sql).all(...values) as unknown as SqlValue[][];
  }

  iterate(sql: string, ...values: SqlValue[]): Iterable<SqlValue[]> {
    return this.prepare(sql).iterate(...values) as unknown as Iterable<SqlValue[]>;
  }

  get inTransaction(): boolean {
    return this.db.isTransaction;
  }

  fileBytes(): number {
    const [pages] = this.get("PRAGMA page_count") ?? [0];
    const [size] = this.get("PRAGMA page_size") ?? [0];
    return Number(pages) * Number(size);
  }

  close(): void {
    try {
      this.db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } finally {
      this.#statements.clear();
      this.db.close();
    }
  }
}

function isBusy(error: unknown): boolean {
  // 5 is SQLITE_BUSY, 6 SQLITE_LOCKED; extended codes carry them in the low byte.
  const code = (error as { errcode?: number }).errcode;
  return code !== undefined && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
