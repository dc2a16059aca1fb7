import { randomUUID } from "node:crypto";
import { chmodSync, closeSync, mkdirSync, openSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import { Worker } from "node:worker_threads";
import { DataDirectoryInUse } from "./errors.ts";
import { socketDirFor } from "./socket-path.ts";
import type { EmbeddedStats, ListenAt, WorkerMessage, WorkerRequest, WorkerSettings } from "./worker-protocol.ts";

export type { EmbeddedStats } from "./worker-protocol.ts";
export { DataDirectoryInUse };

export interface EmbeddedOptions {
  /** Data directory, created with mode 0700. ":memory:" keeps nothing. */
  dir: string;
  /**
   * Where other processes reach it: a socket at this path, or TCP at this address, without authentication; port 0 takes
   * a free one. By default a socket that only this user's processes can find and open.
   */
  listen?: { readonly socketFile: string } | { readonly host: string; readonly port: number };
  /** FULL (default) survives power loss; NORMAL may lose the last commits to one, never to a crash of the process. */
  synchronous?: "FULL" | "NORMAL";
  /** Milliseconds between sweeps of TTL indexes. Default 60,000. */
  ttlSweepMs?: number;
  log?: (level: "info" | "warn" | "error", message: string, fields: Record<string, unknown>) => void;
  /** The worker died unexpectedly: the caller ends the process. Called at most once, and not on close(). */
  onDeath?: (error: Error) => void;
}

export interface EmbeddedDatabase {
  /** Ends with a slash; the caller appends the database name. */
  readonly uri: string;
  /** Writes a consistent copy while the database stays open. Refuses an existing file. */
  backup(file: string): Promise<void>;
  /** Runs the TTL sweep now and returns how many documents it removed. */
  sweepExpired(): Promise<number>;
  stats(): Promise<EmbeddedStats>;
  /** Answers what has arrived, checkpoints, releases the lock and removes the socket. Idempotent. */
  close(): Promise<void>;
}

const MEMORY = ":memory:";
const FILE = "data.sqlite";

/**
 * Starts a MongoDB-wire server over a data directory, in a worker thread. mongoose and the official driver connect
 * to `uri`. Rejects with DataDirectoryInUse when another process, or this one, has the directory open already.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const { file, identity, compileCacheDir } = prepareDirectory(options.dir);
  const settings: WorkerSettings = {
    file,
    synchronous: options.synchronous ?? "FULL",
    ttlSweepMs: options.ttlSweepMs ?? 60_000,
    listen: options.listen ?? privateListener(identity),
    compileCacheDir,
  };
  const host = new WorkerHost(settings, options);
  const uri = await host.ready;
  return {
    uri,
    backup: async (target) => void (await host.ask({ kind: "backup", file: resolve(target) })),
    sweepExpired: async () => (await host.ask({ kind: "sweep" })) as number,
    stats: async () => (await host.ask({ kind: "stats" })) as EmbeddedStats,
    close: () => host.close(),
  };
}

/** Windows has no unix sockets that Node.js could protect. */
function privateListener(identity: string): ListenAt {
  return process.platform === "win32" ? { host: "127.0.0.1", port: 0 } : { socketDir: socketDirFor(identity) };
}

function prepareDirectory(dir: string): { file: string; identity: string; compileCacheDir: string | null } {
  if (dir === MEMORY) return { file: MEMORY, identity: randomUUID(), compileCacheDir: null };
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  chmodSync(dir, 0o700);
  // Two spellings of one directory must not get two sockets.
  const real = realpathSync(dir);
  // SQLite would create it readable by everyone, and gives its journal the same mode.
  closeSync(openSync(join(real, FILE), "a", 0o600));
  return { file: join(real, FILE), identity: real, compileCacheDir: join(real, "compile-cache") };
}

type Ask = WorkerRequest extends infer R ? (R extends { id: number } ? Omit<R, "id"> : never) : never;

/** Owns the worker thread: its start, its questions, its end. */
class WorkerHost {
  readonly ready: Promise<string>;
  readonly #worker: Worker;
  readonly #options: EmbeddedOptions;
  readonly #pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #state: "starting" | "open" | "closing" | "ended" = "starting";
  #fault: Error | null = null;
  #closed: Promise<void> | null = null;

  constructor(settings: WorkerSettings, options: EmbeddedOptions) {
    this.#options = options;
    this.#worker = new Worker(new URL("./worker-boot.mjs", import.meta.url), {
      workerData: settings,
      name: "embedded-database",
    });
    this.ready = new Promise((resolve, reject) => {
      this.#worker.on("message", (message: WorkerMessage) => {
        if (message.type === "ready") {
          this.#state = "open";
          resolve(message.uri);
        } else if (message.type === "failed") {
          reject(message.inUse ? new DataDirectoryInUse(options.dir) : new Error(message.message));
        } else {
          this.#receive(message);
        }
      });
      this.#worker.on("exit", () => {
        reject(this.#fault ?? new Error("the embedded database ended before it was ready"));
      });
    });
    this.#worker.on("error", (error) => {
      this.#fault = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", (code) => this.#ended(code));
  }

  #receive(message: WorkerMessage): void {
    if (message.type === "log") {
      this.#options.log?.(message.level, message.message, message.fields);
    } else if (message.type === "done" || message.type === "error") {
      const waiting = this.#pending.get(message.id);
      this.#pending.delete(message.id);
      if (message.type === "done") waiting?.resolve(message.value);
      else waiting?.reject(new Error(message.message));
    }
  }

  ask(request: Ask): Promise<unknown> {
    if (this.#state !== "open") return Promise.reject(new Error("the embedded database is closed"));
    return this.#post(request);
  }

  #post(request: Ask): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#pending.set(id, { resolve, reject });
      this.#worker.postMessage({ id, ...request });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    if (this.#state !== "open") return;
    this.#state = "closing";
    try {
      await this.#post({ kind: "close" });
    } finally {
      await this.#worker.terminate();
    }
  }

  /** Exit is the one event every death ends with; 'error' may come before it, or not at all. */
  #ended(code: number): void {
    const before = this.#state;
    this.#state = "ended";
    const error = this.#fault ?? new Error(`the embedded database thread ended with code ${code}`);
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    if (before === "open") this.#options.onDeath?.(error);
  }
}
