import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import { type Clock, systemClock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import type { AccountDoc, AccountStore } from "./accounts.store.ts";
import type { Role, Tokens } from "./tokens.ts";

const NAME_CACHE_SIZE = 10_000;
/** How long another process's change of a name may stay unseen, in ms. */
const NAME_CACHE_MS = 60_000;

/** An account as its owner sees it. */
export interface Account {
  readonly id: string;
  readonly kind: AccountDoc["kind"];
  readonly name: string;
  readonly roles: readonly Role[];
  /** ISO 8601. */
  readonly createdAt: string;
}

export interface SignedIn {
  readonly account: Account;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly tokenType: "Bearer";
}

export interface Accounts {
  /** Always a new account, stored before it is answered; the device id is only a label on its token. */
  createGuest(deviceId: string): Promise<SignedIn>;
  find(id: string): Promise<Account | null>;
  /** The names of accounts, for those that exist. */
  names(ids: readonly string[]): Promise<Map<string, string>>;
}

export function createAccounts(parts: { store: AccountStore; tokens: Tokens; clock?: Clock }): Accounts {
  const { store, tokens, clock = systemClock } = parts;
  const cache = new LRUCache<string, string>({ max: NAME_CACHE_SIZE, ttl: NAME_CACHE_MS });

  return {
    async createGuest(deviceId) {
      const now = clock.now();
      const doc = {
        _id: uuid7(now),
        kind: "guest",
        name: guestName(),
        state: "active",
        createdAt: new Date(now),
      } as const;
      await store.insert(doc);
      cache.set(doc._id, doc.name);
      const account = toAccount(doc);
      const accessToken = await tokens.issue(account, deviceId);
      return { account, accessToken, expiresIn: tokens.ttl, tokenType: "Bearer" };
    },

    async find(id) {
      const doc = await store.find(id);
      return doc && toAccount(doc);
    },

    async names(ids) {
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
  };
}

/** Short enough to say aloud; ids tell accounts apart, names need not. */
function guestName(): string {
  return `Guest ${randomBytes(2).toString("hex").toUpperCase()}`;
}

function toAccount(doc: AccountDoc): Account {
  return { id: doc._id, kind: doc.kind, name: doc.name, roles: ["player"], createdAt: doc.createdAt.toISOString() };
}
