import { type Refusal, refusal } from "../errors.ts";

/** Calls that may wait for answers at a time. No healthy server comes near; one that does must not fill its memory. */
const WAITING_MAX = 10_000;
/** Between a broken connection and "away", in ms: by then the driver has a new one, or has failed to get one. */
const GRACE_MS = 1000;
/** What a refused caller is told to wait, in seconds: a dependency that is back is noticed within that time. */
const RETRY_AFTER_S = 1;

/** Why a call was refused: it came while open, it waited when that began, or too many waited already. */
export type BreakerRefusal = "open" | "waiting" | "full";

/**
 * Keeps callers from waiting for a dependency that is away. It does not count failures: whoever watches the dependency
 * says when it is lost and found, by probes of its own, so that no caller is a probe, a slow answer is not taken for an
 * outage, and an outage is noticed without any calls.
 */
export class Breaker {
  readonly #onRefused: (why: BreakerRefusal) => void;
  readonly #waiting = new Set<(reason: Refusal) => void>();
  #grace: NodeJS.Timeout | undefined;
  #isOpen = false;

  constructor(onRefused: (why: BreakerRefusal) => void) {
    this.#onRefused = onRefused;
  }

  /** True while every call is refused. */
  get isOpen(): boolean {
    return this.#isOpen;
  }
  /** Calls that wait for an answer. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * The dependency cannot be reached.
   *
   * @param sure it has been silent for so long that there is nothing to wait for; otherwise it has a second to come back
   */
  lost(sure: boolean): void {
    if (this.#isOpen) return;
    if (sure) this.#open();
    else this.#grace ??= setTimeout(() => this.#open(), GRACE_MS).unref();
  }

  /** It answers again. */
  found(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#isOpen = false;
  }

  /**
   * The same store behind the breaker: while it is open, and for whoever waits when it opens, methods reject with the
   * refusal `unavailable`. What was sent by then may still take effect.
   *
   * @param bare methods that go past it, because they bound their waiting themselves or answer with a stream
   */
  around<T extends object>(store: T, bare: readonly (keyof T)[] = []): T {
    const passed = new Set<PropertyKey>(bare);
    const guarded = Object.entries(store).map(([name, member]) =>
      typeof member !== "function" || passed.has(name)
        ? [name, member]
        : [name, (...args: unknown[]) => this.#call(() => Reflect.apply(member, store, args) as Promise<unknown>)],
    );
    return Object.fromEntries(guarded) as T;
  }

  #call<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isOpen) return Promise.reject(this.#refuse("open"));
    if (this.#waiting.size >= WAITING_MAX) return Promise.reject(this.#refuse("full"));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    void answerOf(work)
      .then(resolve, reject)
      .finally(() => this.#waiting.delete(reject));
    return promise;
  }

  #open(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
    this.#isOpen = true;
    for (const reject of this.#waiting) reject(this.#refuse("waiting"));
    this.#waiting.clear();
  }

  #refuse(why: BreakerRefusal): Refusal {
    this.#onRefused(why);
    const refused = refusal("unavailable");
    refused.retryAfter = RETRY_AFTER_S;
    return refused;
  }
}

/** Also what throws before it has a promise is an answer. */
async function answerOf<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
