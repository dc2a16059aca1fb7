/** Work on its way, so that those who ask for the same together share it. */
export class Flights<T> {
  readonly #flights = new Map<string, { readonly stamp: string; readonly work: Promise<T> }>();

  /**
   * @param stamp what the asker knows of the subject: work that was begun by somebody who knew less, or nothing at all
   *   (null), is not shared
   */
  join(key: string, stamp: string | null, begin: () => Promise<T>): Promise<T> {
    if (stamp === null) return begin();
    const running = this.#flights.get(key);
    if (running?.stamp === stamp) return running.work;
    const work = begin();
    const flight = { stamp, work };
    this.#flights.set(key, flight);
    const done = () => void (this.#flights.get(key) === flight && this.#flights.delete(key));
    work.then(done, done);
    return work;
  }

  /** Who asks from now on begins anew. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}
