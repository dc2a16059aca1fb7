import { type Refusal, refusal } from "../errors.ts";
import type { Ledger } from "./ledger.ts";

/** A read whose value is known and may be given away once everything it saw is durable. */
interface Taken {
  readonly give: () => void;
  readonly refuse: (reason: Refusal) => void;
}

interface Waiting {
  readonly take: (ledger: Ledger) => () => void;
  readonly refuse: (reason: Refusal) => void;
}

/**
 * Reads of a live session that may show only what is durable. They run at the moment a batch is sealed, when memory
 * holds exactly what that batch ends with, and their values wait until it is durable: so nobody has to stop playing for
 * a reader, and no stream of orders can starve one.
 */
export class SettledReads {
  #waiting: Waiting[] = [];
  #taken: Taken[] = [];

  get waits(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves with `read` of a durable state; rejects with what it throws, or `session_moved`. */
  add<T>(read: (ledger: Ledger) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ take: (ledger) => outcomeOf(() => read(ledger), resolve, reject), refuse: reject });
    });
  }

  /** A batch was sealed: nothing has evolved since. */
  take(ledger: Ledger): void {
    this.#taken = this.#waiting.splice(0).map(({ take, refuse }) => ({ give: take(ledger), refuse }));
  }

  /** The batch is durable. */
  give(): void {
    for (const { give } of this.#taken.splice(0)) give();
  }

  /** Nothing is pending: whoever waits sees the present state. */
  serveNow(ledger: Ledger): void {
    this.take(ledger);
    this.give();
  }

  refuseAll(): void {
    for (const { refuse } of [...this.#taken.splice(0), ...this.#waiting.splice(0)]) refuse(refusal("session_moved"));
  }
}

/** Reads now, and answers when called: a read that throws runs among others, and concerns only who asked. */
function outcomeOf<T>(read: () => T, resolve: (value: T) => void, reject: (error: unknown) => void): () => void {
  try {
    const value = read();
    return () => resolve(value);
  } catch (error) {
    return () => reject(error);
  }
}
