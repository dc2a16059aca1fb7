/**
 * Who may play with whom, by rating: everybody is inside the window of everybody. Two numbers say so for any number of
 * members, because the narrowest reach to either side is all that a newcomer has to respect.
 */
export class Circle {
  #lowest = Number.POSITIVE_INFINITY;
  #highest = Number.NEGATIVE_INFINITY;
  /** How far down and up every member's window reaches. */
  #down = Number.NEGATIVE_INFINITY;
  #up = Number.POSITIVE_INFINITY;

  /** How far apart the lowest and the highest member are. */
  get spread(): number {
    return Math.max(0, this.#highest - this.#lowest);
  }

  admits(rating: number, window: number): boolean {
    const isReached = rating >= this.#down && rating <= this.#up;
    return isReached && rating - window <= this.#lowest && rating + window >= this.#highest;
  }

  add(rating: number, window: number): void {
    this.#lowest = Math.min(this.#lowest, rating);
    this.#highest = Math.max(this.#highest, rating);
    this.#down = Math.max(this.#down, rating - window);
    this.#up = Math.min(this.#up, rating + window);
  }
}
