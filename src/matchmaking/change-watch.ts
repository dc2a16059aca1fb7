import type { Logger } from "../log.ts";

/** How often the database is asked what other processes have changed. */
const POLL_MS = 500;
/** Documents that are asked about together. */
const PAGE = 1000;
/** Documents that are watched; whoever waits for one more is told at once how it stands. */
const WATCHED_MAX = 50_000;

/** The version of what is no more. */
const GONE = Number.POSITIVE_INFINITY;

type Listener = () => void;

/** Documents that count their changes. */
interface Versioned {
  versions(ids: readonly string[]): Promise<readonly { readonly _id: string; readonly version: number }[]>;
}

/**
 * Tells of changes of documents, whichever process made them. Only those that somebody waits for are asked about, all of
 * them together, so that a thousand long polls are one query.
 */
export class ChangeWatch {
  readonly #store: Versioned;
  readonly #log: Logger;
  readonly #watched = new Map<string, { version: number; readonly listeners: Set<Listener> }>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Versioned, log: Logger) {
    this.#store = store;
    this.#log = log;
  }

  /** @param version the one that the listener knows @returns what stops it */
  watch(id: string, version: number, listener: Listener): () => void {
    if (this.#watched.size >= WATCHED_MAX) queueMicrotask(listener);
    const watched = this.#watched.get(id) ?? { version, listeners: new Set<Listener>() };
    this.#watched.set(id, watched);
    watched.version = Math.min(watched.version, version);
    watched.listeners.add(listener);
    this.#timer ??= setTimeout(() => void this.#poll(), POLL_MS).unref();
    return () => {
      watched.listeners.delete(listener);
      if (watched.listeners.size === 0 && this.#watched.get(id) === watched) this.#watched.delete(id);
    };
  }

  /** This process has changed these: nobody need wait for the next question. */
  changed(ids: readonly string[]): void {
    for (const id of ids) this.#tell(id);
  }

  /** Nobody is kept waiting any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.changed([...this.#watched.keys()]);
    this.#watched.clear();
  }

  #tell(id: string): void {
    for (const listener of [...(this.#watched.get(id)?.listeners ?? [])]) listener();
  }

  #note(id: string, version: number): void {
    const watched = this.#watched.get(id);
    if (!watched || watched.version >= version) return;
    watched.version = version;
    this.#tell(id);
  }

  async #poll(): Promise<void> {
    const ids = [...this.#watched.keys()];
    try {
      for (let from = 0; from < ids.length; from += PAGE) {
        const page = ids.slice(from, from + PAGE);
        const found = new Map((await this.#store.versions(page)).map(({ _id, version }) => [_id, version]));
        for (const id of page) this.#note(id, found.get(id) ?? GONE);
      }
    } catch (error) {
      this.#log.warn({ error: String(error) }, "changes not read");
    }
    this.#timer = this.#watched.size > 0 ? setTimeout(() => void this.#poll(), POLL_MS).unref() : undefined;
  }
}
