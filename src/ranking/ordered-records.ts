import type { Placed, Ranked } from "./ranking-index.ts";

/** Records in a block. Twice as many would move more memory with every insertion than a second search costs. */
const BLOCK = 512;
const FIRST_CAPACITY = 1024;

/**
 * Many records in order, with their places: a counted tree of two levels. Blocks of up to 512 slot numbers lie in order;
 * a Fenwick tree over their sizes turns a block into a place and back. Everything about a slot lies in flat arrays, since
 * an object for each of a million records would cost more than all they hold.
 */
export class OrderedRecords {
  #keys = new Float64Array(FIRST_CAPACITY);
  #ats = new Float64Array(FIRST_CAPACITY);
  #versions = new Uint32Array(FIRST_CAPACITY);
  readonly #ids: string[] = [];
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #blocks: Int32Array[] = [new Int32Array(BLOCK)];
  #sizes: number[] = [0];
  /** Sums of sizes, from 1. */
  #sums = new Int32Array(2);

  get size(): number {
    return this.#slots.size;
  }

  /** False when a newer version is there already. */
  put({ id, key, at, version }: Placed): boolean {
    const known = this.#slots.get(id);
    if (known !== undefined) {
      if (this.#versions[known]! >= version) return false;
      this.#versions[known] = version;
      if (this.#keys[known] === key && this.#ats[known] === at) return true;
      this.#unlink(known);
    }
    const slot = known ?? this.#newSlot(id, version);
    this.#keys[slot] = key;
    this.#ats[slot] = at;
    this.#link(slot);
    return true;
  }

  /** False when nobody of this name is there, or a newer version is. */
  remove(id: string, version: number): boolean {
    const slot = this.#slots.get(id);
    if (slot === undefined || this.#versions[slot]! > version) return false;
    this.#unlink(slot);
    this.#slots.delete(id);
    this.#ids[slot] = "";
    this.#free.push(slot);
    return true;
  }

  /** The place from 0, or null. */
  rank(id: string): number | null {
    const slot = this.#slots.get(id);
    if (slot === undefined) return null;
    const own = this.#at(slot);
    const block = this.#blockOf(own);
    return this.#before(block) + this.#positionIn(block, own);
  }

  /** How many stand before the position, or exactly there. */
  upTo(position: Ranked): number {
    const block = this.#blockOf(position);
    const at = this.#positionIn(block, position);
    const slot = at < this.#sizes[block]! ? this.#blocks[block]![at]! : undefined;
    const isThere = slot !== undefined && this.#compare(slot, position) === 0;
    return this.#before(block) + at + Number(isThere);
  }

  range(from: number, count: number): Ranked[] {
    const found: Ranked[] = [];
    if (from >= this.size) return found;
    let [block, at] = this.#locate(from);
    while (found.length < count && block < this.#blocks.length) {
      if (at >= this.#sizes[block]!) {
        block += 1;
        at = 0;
      } else found.push(this.#at(this.#blocks[block]![at++]!));
    }
    return found;
  }

  #at(slot: number): Ranked {
    return { id: this.#ids[slot]!, key: this.#keys[slot]!, at: this.#ats[slot]! };
  }

  #newSlot(id: string, version: number): number {
    const slot = this.#free.pop() ?? this.#ids.length;
    if (slot >= this.#keys.length) this.#grow();
    this.#ids[slot] = id;
    this.#versions[slot] = version;
    this.#slots.set(id, slot);
    return slot;
  }

  #grow(): void {
    const capacity = this.#keys.length + (this.#keys.length >> 1);
    const [keys, ats, versions] = [new Float64Array(capacity), new Float64Array(capacity), new Uint32Array(capacity)];
    keys.set(this.#keys);
    ats.set(this.#ats);
    versions.set(this.#versions);
    this.#keys = keys;
    this.#ats = ats;
    this.#versions = versions;
  }

  #compare(slot: number, { key, at, id }: Ranked): number {
    const byKey = this.#keys[slot]! - key || this.#ats[slot]! - at;
    if (byKey !== 0) return byKey;
    const own = this.#ids[slot]!;
    return own < id ? -1 : Number(own > id);
  }

  /** The first block whose last record is not before the position; else the last block. */
  #blockOf(position: Ranked): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(this.#blocks[middle]![this.#sizes[middle]! - 1]!, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where in the block the first record stands that is not before the position. */
  #positionIn(block: number, position: Ranked): number {
    const slots = this.#blocks[block]!;
    let low = 0;
    let high = this.#sizes[block]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compare(slots[middle]!, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #link(slot: number): void {
    const own = this.#at(slot);
    let block = this.#blockOf(own);
    if (this.#sizes[block] === BLOCK) {
      this.#split(block);
      block = this.#blockOf(own);
    }
    const at = this.#positionIn(block, own);
    const slots = this.#blocks[block]!;
    slots.copyWithin(at + 1, at, this.#sizes[block]!);
    slots[at] = slot;
    this.#sizes[block]! += 1;
    this.#add(block, 1);
  }

  #unlink(slot: number): void {
    const own = this.#at(slot);
    const block = this.#blockOf(own);
    const at = this.#positionIn(block, own);
    this.#blocks[block]!.copyWithin(at, at + 1, this.#sizes[block]!);
    this.#sizes[block]! -= 1;
    if (this.#sizes[block] === 0 && this.#blocks.length > 1) {
      this.#blocks.splice(block, 1);
      this.#sizes.splice(block, 1);
      this.#sumAgain();
    } else this.#add(block, -1);
  }

  #split(block: number): void {
    const left = this.#blocks[block]!;
    const right = new Int32Array(BLOCK);
    // At the end of the last block most of a sorted load goes on: then it stays full.
    const keep = block === this.#blocks.length - 1 ? BLOCK - (BLOCK >> 3) : BLOCK >> 1;
    right.set(left.subarray(keep));
    this.#blocks.splice(block + 1, 0, right);
    this.#sizes.splice(block, 1, keep, BLOCK - keep);
    this.#sumAgain();
  }

  #add(block: number, by: number): void {
    for (let i = block + 1; i < this.#sums.length; i += i & -i) this.#sums[i]! += by;
  }

  #sumAgain(): void {
    const count = this.#sizes.length;
    if (this.#sums.length !== count + 1) this.#sums = new Int32Array(count + 1);
    else this.#sums.fill(0);
    for (let i = 1; i <= count; i++) {
      this.#sums[i]! += this.#sizes[i - 1]!;
      const parent = i + (i & -i);
      if (parent <= count) this.#sums[parent]! += this.#sums[i]!;
    }
  }

  /** How many records the blocks before this one hold. */
  #before(block: number): number {
    let sum = 0;
    for (let i = block; i > 0; i -= i & -i) sum += this.#sums[i]!;
    return sum;
  }

  /** The block and the position in it of the record at a place. */
  #locate(place: number): [block: number, position: number] {
    let at = 0;
    let left = place;
    let step = 1;
    while (step * 2 < this.#sums.length) step *= 2;
    for (; step > 0; step >>= 1) {
      const next = at + step;
      if (next < this.#sums.length && this.#sums[next]! <= left) {
        at = next;
        left -= this.#sums[next]!;
      }
    }
    return [at, left];
  }
}
