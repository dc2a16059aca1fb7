/** Something that can be looked at, and that says when it changes. */
export interface Observable<T> {
  readonly value: T;
  /** Calls back at every change, not now. Returns what ends it. */
  subscribe(changed: (value: T) => void): () => void;
}

/** Tells its listeners, in the order in which they came. */
export class Signal<A extends unknown[]> {
  readonly #listeners = new Set<(...args: A) => void>();

  /** Returns what ends it. */
  on(listener: (...args: A) => void): () => void {
    // Wrapped, so that the same function may listen twice and each time ends on its own.
    const own = (...args: A) => listener(...args);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  emit(...args: A): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(...args);
      } catch (error) {
        // As an event handler's: reported, but it must not keep the others from hearing, nor an action from being sent.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

/** An observable together with the right to change it. */
export class Changeable<T> implements Observable<T> {
  readonly #changes = new Signal<[T]>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  subscribe(changed: (value: T) => void): () => void {
    return this.#changes.on(changed);
  }

  set(value: T): void {
    this.#value = value;
    this.#changes.emit(value);
  }
}
