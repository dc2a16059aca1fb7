/** More than the half second that a shooter may look back, at any tick rate a room would use. */
const KEPT = 64;

/**
 * When each of the last ticks was sent, on the room's clock, which is the clock by which clients say when they saw what.
 * Clients draw others between two patches; so does this, over the same two instants.
 */
export class TickInstants {
  readonly #instants = new Float64Array(KEPT);
  #count = 0;

  /** Notes that a tick was played at `instant` (ms on the room's clock) and is about to be sent. */
  add(instant: number): void {
    this.#instants[this.#count % KEPT] = instant;
    this.#count += 1;
  }

  /**
   * How many ticks, with a fraction, lie between the tick about to be played and what was on screen at `instant`.
   * 0 when that is not known: before the first patch, or for a client that does not say.
   */
  ticksAgo(instant: number): number {
    const last = this.#count - 1;
    if (instant <= 0 || last < 0) return 0;
    const oldest = Math.max(0, this.#count - KEPT);
    for (let index = last; index >= oldest; index--) {
      const at = this.#instants[index % KEPT]!;
      if (at > instant) continue;
      if (index === last) return 1;
      const next = this.#instants[(index + 1) % KEPT]!;
      return last + 1 - index - (instant - at) / (next - at);
    }
    return KEPT;
  }
}
