import type { Pool } from "./pool.rules.ts";

const END = -1;

/**
 * For each region, the tickets that would play there, linked in the order of their ratings. Who was taken is unlinked, so
 * that a walk never passes over the dead: late seeds would else walk over everybody who was matched before them.
 */
export class Neighbours {
  readonly #pool: Pool;
  readonly #slots: number;
  readonly #above: Int32Array;
  readonly #below: Int32Array;

  /** @param pool settled and opened */
  constructor(pool: Pool) {
    this.#pool = pool;
    this.#slots = pool.lives.length;
    this.#above = new Int32Array(this.#slots * pool.regions.length).fill(END);
    this.#below = new Int32Array(this.#slots * pool.regions.length).fill(END);
    for (let region = 0; region < pool.regions.length; region++) this.#link(region);
  }

  /** The next ticket of a region with a higher rating, or -1. */
  above(slot: number, region: number): number {
    return this.#above[region * this.#slots + slot]!;
  }

  below(slot: number, region: number): number {
    return this.#below[region * this.#slots + slot]!;
  }

  /** A ticket was given its match, or its seat: it leaves the pool. */
  take(slot: number, now: number): void {
    this.#unlink(slot);
    this.#pool.waited(slot, now);
    this.#pool.vacate(slot);
  }

  #unlink(slot: number): void {
    for (let region = 0; region < this.#pool.regions.length; region++) {
      const from = region * this.#slots;
      const above = this.#above[from + slot]!;
      const below = this.#below[from + slot]!;
      if (above !== END) this.#below[from + above] = below;
      if (below !== END) this.#above[from + below] = above;
    }
  }

  #link(region: number): void {
    const from = region * this.#slots;
    const { byRating, inRegions, lives } = this.#pool;
    let last = END;
    for (const slot of byRating) {
      if (lives[slot] === 0 || ((inRegions[slot]! >>> region) & 1) === 0) continue;
      this.#below[from + slot] = last;
      if (last !== END) this.#above[from + last] = slot;
      last = slot;
    }
  }
}
