import { ADMIN_COMMANDS } from "./admin-commands.ts";
import { type Doc, isDocument, isEmpty } from "./bson.ts";
import { Catalog, type Collection } from "./catalog.ts";
import type { Command, Context, Handler } from "./command.ts";
import { CURSOR_LIMITS, type CursorLimits, Cursors } from "./cursors.ts";
import { Documents } from "./documents.ts";
import { CommandError, unsupported } from "./errors.ts";
import { HANDSHAKE_COMMANDS } from "./handshake-commands.ts";
import { describePlan, type Plan } from "./planner.ts";
import { READ_COMMANDS } from "./read-commands.ts";
import { Reader } from "./reads.ts";
import { ScanLog } from "./scan-log.ts";
import { Store, type StoreOptions } from "./store.ts";
import { sweepExpired } from "./ttl.ts";
import { refuseCollation, WRITE_COMMANDS } from "./write-commands.ts";

export type Log = (level: "info" | "warn" | "error", message: string, fields: Record<string, unknown>) => void;

export interface EngineOptions extends StoreOptions {
  log: Log;
  now?: () => number;
  cursorLimits?: CursorLimits;
}

const HANDLERS = new Map<string, Handler>(
  Object.entries({ ...HANDSHAKE_COMMANDS, ...READ_COMMANDS, ...WRITE_COMMANDS, ...ADMIN_COMMANDS }),
);

const SLOW_COMMAND_MS = 50;
const SQLITE_FULL = 13;

/** Executes commands against the store. Synchronous and single-threaded, so every command is atomic and serial. */
export class Engine {
  readonly store: Store;
  readonly counters = {
    commands: 0,
    batches: 0,
    commits: 0,
    failedCommits: 0,
    slowCommands: 0,
    slowScans: 0,
    expired: 0,
  };
  readonly #context: Context;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #scans: ScanLog;
  readonly #startedAt: number;
  #versionAtBegin = 0;

  /** Opens the file. Throws DataDirectoryInUse when another owner holds it. */
  constructor(options: EngineOptions) {
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#startedAt = this.#now();
    this.#scans = new ScanLog(options.log);
    this.store = new Store(options);
    const catalog = new Catalog(this.store);
    this.#context = {
      store: this.store,
      catalog,
      reader: new Reader(catalog, (...scan) => this.#observeScan(...scan)),
      documents: new Documents(catalog),
      cursors: new Cursors(this.#now, options.cursorLimits ?? CURSOR_LIMITS),
      now: this.#now,
      serverStatus: () => this.status(),
    };
  }

  #observeScan(collection: Collection, filter: Doc, plan: Plan, examined: number, rejected: number): void {
    if (
      this.#scans.observe(collection.namespace, filter, describePlan(plan), plan.index === null, examined, rejected)
    ) {
      this.counters.slowScans++;
    }
  }

  /**
   * Runs commands that arrived together as one SQLite transaction and returns their replies. Throws when the
   * transaction could not be committed: then nothing may be answered, because nothing is durable.
   */
  runBatch(commands: readonly Command[]): Doc[] {
    this.counters.batches++;
    this.counters.commands += commands.length;
    const writers = commands.filter((command) => HANDLERS.get(command.name)?.writes).length;
    if (writers === 0) return commands.map((command) => this.#answer(command, "none"));
    this.store.prepare("BEGIN IMMEDIATE").run();
    this.#versionAtBegin = this.#context.catalog.version;
    try {
      const replies = commands.map((command) => this.#answer(command, writers === 1 ? "whole" : "savepoint"));
      // A lone writer that failed has ended the transaction already.
      if (this.store.inTransaction) {
        this.store.prepare("COMMIT").run();
        this.counters.commits++;
      }
      return replies;
    } catch (error) {
      this.counters.failedCommits++;
      this.#abandon();
      throw error;
    }
  }

  #abandon(): void {
    if (this.store.inTransaction) this.store.db.exec("ROLLBACK");
    this.#context.catalog.reload();
  }

  #answer(command: Command, undo: "none" | "whole" | "savepoint"): Doc {
    const started = performance.now();
    try {
      return this.#execute(command, HANDLERS.get(command.name)?.writes ? undo : "none");
    } finally {
      if (performance.now() - started > SLOW_COMMAND_MS) this.counters.slowCommands++;
    }
  }

  /** `undo`: how to take back a write command that fails halfway. */
  #execute(command: Command, undo: "none" | "whole" | "savepoint"): Doc {
    const { inTransaction } = this.store;
    const { version } = this.#context.catalog;
    if (undo === "savepoint") this.store.prepare("SAVEPOINT command").run();
    try {
      const reply = this.#dispatch(command);
      if (undo === "savepoint") this.store.prepare("RELEASE command").run();
      return reply;
    } catch (error) {
      // A full disk or an I/O error makes SQLite roll back everything by itself; then the whole batch is lost.
      if (inTransaction && !this.store.inTransaction) throw error;
      if (undo !== "none") this.#undo(undo, version);
      return this.#errorReply(command, error);
    }
  }

  #undo(undo: "whole" | "savepoint", version: number): void {
    this.store.db.exec(undo === "whole" ? "ROLLBACK" : "ROLLBACK TO command; RELEASE command");
    // A read earlier in the batch may have indexed ids, and a rollback of everything takes that back as well.
    const kept = undo === "whole" ? this.#versionAtBegin : version;
    if (this.#context.catalog.version !== kept) this.#context.catalog.reload();
  }

  #dispatch(command: Command): Doc {
    const { name, body } = command;
    const handler = HANDLERS.get(name);
    refuseTransactions(body);
    if (!handler) {
      throw new CommandError("CommandNotFound", `no such command: '${name.slice(0, 100)}' (embedded database)`);
    }
    refuseCollation(body);
    refuseVariables(body);
    return handler.run(this.#context, command);
  }

  #errorReply(command: Command, error: unknown): Doc {
    if (error instanceof CommandError) {
      return { ok: 0, errmsg: error.message, code: error.code, codeName: error.codeName, ...error.extra };
    }
    const { errcode, message = String(error) } = error as { errcode?: number; message?: string };
    this.#log("error", "embedded database: a command failed unexpectedly", {
      command: command.name,
      error: error instanceof Error ? (error.stack ?? message) : message,
    });
    if (errcode === SQLITE_FULL) return { ok: 0, errmsg: "the disk is full", code: 14031, codeName: "OutOfDiskSpace" };
    return { ok: 0, errmsg: `internal error: ${message}`, code: 8, codeName: "UnknownError" };
  }

  /** Deletes expired documents of every TTL index, in chunks that let commands run in between. */
  async sweepExpired(): Promise<number> {
    this.#context.cursors.expire();
    const removed = await sweepExpired(this.#context);
    this.counters.expired += removed;
    return removed;
  }

  status(): Doc {
    return {
      host: "embedded",
      version: "7.0.0",
      process: "embedded",
      uptime: (this.#now() - this.#startedAt) / 1000,
      localTime: new Date(this.#now()),
      cursorsOpen: this.#context.cursors.size,
      collections: this.#context.catalog.all().length,
      fileBytes: this.store.fileBytes(),
      ...this.counters,
    };
  }

  /** Completes the indexes and releases the file. */
  close(): void {
    try {
      for (const collection of this.#context.catalog.all()) this.#context.catalog.indexIds(collection);
    } catch (error) {
      // The rows are durable, and whoever opens the file next finds their ids again.
      this.#log("warn", "embedded database: ids were left unindexed at close", { error: String(error) });
    }
    this.store.close();
  }
}

/** Ignoring variables would make `$$name` undefined, and with it the filter wrong. */
function refuseVariables(body: Doc): void {
  if (isDocument(body.let) && !isEmpty(body.let)) throw unsupported("the option let");
}

// Code 20 would be rewritten by drivers into a misleading message about retryable writes.
function refuseTransactions(body: Doc): void {
  if (body.startTransaction === undefined && body.autocommit === undefined && body.txnNumber === undefined) return;
  throw new CommandError(
    "OperationNotSupportedInTransaction",
    "Multi-document transactions are not supported by the embedded database; change one document with one conditional update",
  );
}
