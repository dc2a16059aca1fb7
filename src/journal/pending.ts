import type { Json } from "../lib/canonical.ts";
import { BATCH_BYTES, type Batch, ENTRY_BYTES, entryText, type RulesVersion, sealBatch, tickText } from "./batch.ts";
import { CORE, type Draft, type Entry, TICK, type TickInputs } from "./game.ts";

/** What one order may write; several orders share a batch. */
const ORDER_BYTES = 4 * ENTRY_BYTES;
/** What a batch's body holds besides its entries. */
const HEAD_BYTES = 512;

/** Entries that have evolved and are not sealed into a batch yet, with their canonical texts. */
export class Pending {
  readonly entries: Entry[] = [];
  readonly #texts: string[] = [];
  #bytes = 0;

  /** True when another order's entries might not fit. */
  get isFull(): boolean {
    return HEAD_BYTES + this.#bytes + ORDER_BYTES > BATCH_BYTES;
  }

  keep({ entry, text, size }: Encoded): void {
    this.entries.push(entry);
    this.#texts.push(text);
    this.#bytes += size;
  }

  seal(head: { sessionId: string; prev: string; fence: number; rules: RulesVersion }): Batch {
    return sealBatch(head, this.entries, this.#texts);
  }
}

/** An entry with its canonical text, and what that takes up in a batch. */
export interface Encoded {
  readonly entry: Entry;
  readonly text: string;
  readonly size: number;
}

/** What the drafts of one order have in common; `seq` is that of the entry before them. */
export interface Heading {
  readonly seq: number;
  readonly at: number;
  readonly seat: number | null;
  readonly actionId: string | undefined;
  /** Revealed by the entry that ends the session. */
  readonly seed: string;
}

/** The drafts of one order as numbered entries; null when they are larger than an order may be. */
export function encodeOrder(drafts: readonly Draft[], heading: Heading): Encoded[] | null {
  const encoded = drafts.map((draft, index) => {
    const { seq, at, seat, actionId, seed } = heading;
    const data = draft.type === CORE.ended ? { ...draft.data, seed } : draft.data;
    const own = actionId === undefined ? {} : { actionId };
    const entry: Entry = { seq: seq + index + 1, at, seat, type: draft.type, data, ...own };
    return withSize(entry, entryText(entry));
  });
  const fits = encoded.every(({ size }) => size <= ENTRY_BYTES);
  return fits && encoded.reduce((sum, { size }) => sum + size, 0) <= ORDER_BYTES ? encoded : null;
}

/** One tick of a real-time game; null when it decided more than an entry can hold. */
export function encodeTick(seq: number, at: number, facts: readonly Draft[], inputs: TickInputs): Encoded | null {
  const data = facts.length === 0 ? { in: inputs } : { facts: facts as unknown as Json, in: inputs };
  const entry: Entry = { seq, at, seat: null, type: TICK, data };
  const encoded = withSize(entry, tickText(entry, facts, inputs));
  return encoded.size <= ENTRY_BYTES ? encoded : null;
}

function withSize(entry: Entry, text: string): Encoded {
  return { entry, text, size: Buffer.byteLength(text) + 1 };
}
