import type { Owners } from "../sessions/owners.ts";
import type { LeaseStore } from "./lease.store.ts";

export interface LeaseParts {
  readonly store: LeaseStore;
  readonly owners: Owners;
  /** False while this process's own word may be out of date (L10). */
  readonly mayAct: () => boolean;
}

/**
 * A duty that one process of the cluster has at a time: the one lease primitive. It lasts as long as its holder lives,
 * and the registry says who does; a lease with a clock of its own would be a second opinion about that. Whoever writes by
 * it writes conditionally on `term`, as with every lock: a holder may be stopped between the question and the write.
 */
export class Lease {
  readonly #name: string;
  readonly #parts: LeaseParts;

  constructor(name: string, parts: LeaseParts) {
    this.#name = name;
    this.#parts = parts;
  }

  /** The term under which this process has the duty now, taken if nobody living has it; null when somebody else does. */
  async hold(): Promise<number | null> {
    const { store, owners, mayAct } = this.#parts;
    const { self } = owners;
    if (self === null || !mayAct()) return null;
    const { holder, term } = (await store.find(this.#name)) ?? { holder: null, term: 0 };
    if (holder === self) return this.#ifStill(self, term);
    if (holder !== null && (await owners.lives(holder))) return null;
    return (await store.take(this.#name, term, self)) ? this.#ifStill(self, term + 1) : null;
  }

  /** Gives the duty up, so that another takes it at once. */
  async release(): Promise<void> {
    const { self } = this.#parts.owners;
    if (self !== null) await this.#parts.store.release(this.#name, self);
  }

  /** The answer may have lain about while the process was stopped. */
  #ifStill(self: string, term: number): number | null {
    return this.#parts.owners.self === self && this.#parts.mayAct() ? term : null;
  }
}
