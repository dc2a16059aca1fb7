/** The most slots a key leaves room for. */
export const SLOTS_MAX = 2 ** 20;
/** Keys are clamped to this, so that key and slot fit the 53 bits of a double. */
const KEY_MAX = 2 ** 32 - 1;

/**
 * Slots in the order of an integer key. Each is one double, key * 2^20 + slot: a sort of doubles needs no comparing
 * function, and 100,000 take 10 ms instead of 100. Between two calls of `settle`, slots only come and go; `settle` sorts
 * what came, and merges it.
 */
export class SortedSlots {
  #packed = new Float64Array(0);
  #came: number[] = [];

  add(slot: number, key: number): void {
    this.#came.push(Math.max(-KEY_MAX, Math.min(KEY_MAX, Math.floor(key))) * SLOTS_MAX + slot);
  }

  /** The slots in order, by key and then by slot. `lives` tells of those that were there before, and of those that came. */
  settle(lives: Uint8Array): Int32Array {
    const came = Float64Array.from(this.#came).sort();
    this.#came = [];
    const merged = new Float64Array(this.#packed.length + came.length);
    let length = 0;
    let next = 0;
    for (const packed of this.#packed) {
      while (next < came.length && came[next]! < packed) length += keep(merged, length, came[next++]!, lives);
      length += keep(merged, length, packed, lives);
    }
    while (next < came.length) length += keep(merged, length, came[next++]!, lives);
    this.#packed = merged.subarray(0, length);
    return Int32Array.from(this.#packed, slotOf);
  }
}

function keep(into: Float64Array, at: number, packed: number, lives: Uint8Array): number {
  if (lives[slotOf(packed)] !== 1) return 0;
  into[at] = packed;
  return 1;
}

function slotOf(packed: number): number {
  return packed - Math.floor(packed / SLOTS_MAX) * SLOTS_MAX;
}
