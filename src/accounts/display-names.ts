import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { AccountStore } from "./accounts.store.ts";

const CACHE_SIZE = 10_000;
/** How long another process's change of a name may stay unseen, in ms. */
const CACHE_MS = 60_000;

/** The names that others see. */
export interface DisplayNames {
  /** Of accounts, for those that exist. */
  of(ids: readonly string[]): Promise<Map<string, string>>;
  /** The account is called so from now on; undefined when it is no more. */
  note(id: string, name: string | undefined): void;
}

export function createDisplayNames(store: Pick<AccountStore, "names">): DisplayNames {
  const cache = new LRUCache<string, string>({ max: CACHE_SIZE, ttl: CACHE_MS });
  return {
    async of(ids) {
      const found = new Map<string, string>();
      const missing = new Set<string>();
      for (const id of ids) {
        const name = cache.get(id);
        if (name === undefined) missing.add(id);
        else found.set(id, name);
      }
      if (missing.size === 0) return found;
      for (const { _id, name } of await store.names([...missing])) {
        cache.set(_id, name);
        found.set(_id, name);
      }
      return found;
    },

    note(id, name) {
      if (name === undefined) cache.delete(id);
      else cache.set(id, name);
    },
  };
}

/** Short enough to say aloud; ids tell accounts apart, names need not. */
export function madeUpName(kind: "Guest" | "Player"): string {
  return `${kind} ${randomBytes(2).toString("hex").toUpperCase()}`;
}
