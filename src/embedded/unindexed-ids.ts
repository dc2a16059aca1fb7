import type { Buffer } from "node:buffer";

const MAX_IDS = 1024;
const MAX_KEY_BYTES = 1024 * 1024;

/**
 * The `_id` keys of one collection that are stored with their documents, but not in the index yet. The catalog writes
 * them there in bulk, before this outgrows its bound: sorted, they touch a page of the index once and not once each.
 */
export class UnindexedIds {
  readonly #rids = new Map<string, number>();
  #keyBytes = 0;

  get size(): number {
    return this.#rids.size;
  }

  /** 1,024 keys, or 1 MB of them. */
  get isFull(): boolean {
    return this.#rids.size >= MAX_IDS || this.#keyBytes >= MAX_KEY_BYTES;
  }

  add(key: Buffer, rid: number): void {
    this.#rids.set(key.toString("latin1"), rid);
    this.#keyBytes += key.length;
  }

  /** The row that holds the key, if it is among them. */
  rid(key: Buffer): number | undefined {
    return this.#rids.size === 0 ? undefined : this.#rids.get(key.toString("latin1"));
  }

  clear(): void {
    this.#rids.clear();
    this.#keyBytes = 0;
  }
}
