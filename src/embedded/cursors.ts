import { Long } from "bson";
import type { Doc } from "./bson.ts";
import { RawDocuments } from "./command.ts";
import { CommandError } from "./errors.ts";

/** A reply is cut here, well below the 48 MB message limit of drivers. */
const MAX_BATCH_BYTES = 12 * 1024 * 1024;
const FIRST_BATCH_DOCUMENTS = 101;

export interface CursorLimits {
  maxOpen: number;
  /** Bytes one cursor may keep for later batches. */
  maxBytesEach: number;
  maxBytesTotal: number;
  idleMs: number;
}

export const CURSOR_LIMITS: CursorLimits = {
  maxOpen: 128,
  maxBytesEach: 64 * 1024 * 1024,
  maxBytesTotal: 256 * 1024 * 1024,
  idleMs: 10 * 60 * 1000,
};

interface OpenCursor {
  namespace: string;
  rows: Uint8Array[];
  at: number;
  bytes: number;
  usedAt: number;
}

/** Results that did not fit the first batch, kept encoded in memory until they are fetched, killed or idle too long. */
export class Cursors {
  readonly #limits: CursorLimits;
  readonly #now: () => number;
  readonly #open = new Map<bigint, OpenCursor>();
  #nextId = 1n;
  #bytes = 0;

  constructor(now: () => number, limits: CursorLimits = CURSOR_LIMITS) {
    this.#now = now;
    this.#limits = limits;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The reply to a find or aggregate: a first batch, and a cursor when there is more. */
  firstReply(namespace: string, rows: Uint8Array[], batchSize: number | undefined, single = false): Doc {
    const count = batchLength(rows, 0, batchSize ?? FIRST_BATCH_DOCUMENTS);
    const more = count < rows.length && !single;
    const id = more ? this.#keep(namespace, rows, count) : 0n;
    const firstBatch = new RawDocuments(count < rows.length ? rows.slice(0, count) : rows);
    return { cursor: { firstBatch, id: Long.fromBigInt(id), ns: namespace }, ok: 1 };
  }

  /** The next batch. Throws code 43 for a cursor that is gone. */
  nextReply(id: bigint, namespace: string, batchSize: number | undefined): Doc {
    const cursor = this.#open.get(id);
    if (!cursor || cursor.namespace !== namespace) {
      throw new CommandError("CursorNotFound", `cursor id ${id} not found`);
    }
    const count = batchLength(cursor.rows, cursor.at, batchSize || Number.POSITIVE_INFINITY);
    const batch = cursor.rows.slice(cursor.at, cursor.at + count);
    // Delivered rows are released at once; a slow reader should hold only what it still has to read.
    cursor.rows.fill(RELEASED, cursor.at, cursor.at + count);
    cursor.at += count;
    cursor.usedAt = this.#now();
    const bytes = byteLength(batch, 0);
    cursor.bytes -= bytes;
    this.#bytes -= bytes;
    const finished = cursor.at >= cursor.rows.length;
    if (finished) this.kill(id);
    return {
      cursor: { nextBatch: new RawDocuments(batch), id: Long.fromBigInt(finished ? 0n : id), ns: namespace },
      ok: 1,
    };
  }

  kill(id: bigint): boolean {
    const cursor = this.#open.get(id);
    if (!cursor) return false;
    this.#bytes -= cursor.bytes;
    return this.#open.delete(id);
  }

  killNamespace(namespace: string): void {
    for (const [id, cursor] of this.#open) if (cursor.namespace === namespace) this.kill(id);
  }

  expire(): void {
    const oldest = this.#now() - this.#limits.idleMs;
    for (const [id, cursor] of this.#open) if (cursor.usedAt < oldest) this.kill(id);
  }

  #keep(namespace: string, rows: Uint8Array[], from: number): bigint {
    const bytes = byteLength(rows, from);
    if (this.#open.size >= this.#limits.maxOpen) this.expire();
    if (this.#open.size >= this.#limits.maxOpen) throw overLimit(`${this.#limits.maxOpen} cursors are open`);
    if (bytes > this.#limits.maxBytesEach) throw overLimit(`the result holds ${bytes} bytes for one cursor`);
    if (this.#bytes + bytes > this.#limits.maxBytesTotal) throw overLimit("open cursors hold too much memory together");
    const id = this.#nextId++;
    this.#bytes += bytes;
    this.#open.set(id, { namespace, rows: rows.slice(from), at: 0, bytes, usedAt: this.#now() });
    return id;
  }
}

const RELEASED = new Uint8Array(0);

function overLimit(reason: string): CommandError {
  return new CommandError(
    "QueryExceededMemoryLimit",
    `cursor limit of the embedded database: ${reason}; read in smaller pages, or close cursors`,
  );
}

function byteLength(rows: Uint8Array[], from: number): number {
  let bytes = 0;
  for (let i = from; i < rows.length; i++) bytes += rows[i]!.length;
  return bytes;
}

function batchLength(rows: Uint8Array[], from: number, wanted: number): number {
  let count = 0;
  for (let bytes = 0; from + count < rows.length && count < wanted && bytes < MAX_BATCH_BYTES; count++) {
    bytes += rows[from + count]!.length;
  }
  return count;
}
