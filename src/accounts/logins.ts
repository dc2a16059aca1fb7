import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { AccountStore } from "./accounts.store.ts";
import type { LoginStore } from "./logins.store.ts";

/** After this long a login that its account does not name is what a crash between two writes left. */
const ABANDONED_MS = 60_000;

export interface Logins {
  /** The account that signs in so, or null. */
  find(id: string): Promise<string | null>;
  /**
   * Takes all of them for an account that is about to name them, or none.
   *
   * @throws Refusal `username_taken` or `email_taken`
   */
  claim(ids: readonly string[], accountId: string): Promise<void>;
  release(ids: readonly string[], accountId: string): Promise<void>;
}

/** Names and addresses, each of one account. A login is claimed before its account names it: a crash leaves it unused. */
export function createLogins(parts: { store: LoginStore; accounts: AccountStore; clock: Clock }): Logins {
  const { store, accounts, clock } = parts;

  async function claimOne(id: string, accountId: string): Promise<boolean> {
    const at = new Date(clock.now());
    if (await store.claim(id, accountId, at)) return true;
    const holder = await store.find(id);
    if (holder && !(await isAbandoned(id, holder))) return false;
    if (holder) await store.release(id, holder.accountId);
    return store.claim(id, accountId, at);
  }

  async function isAbandoned(id: string, holder: { accountId: string; createdAt: Date }): Promise<boolean> {
    if (clock.now() - holder.createdAt.getTime() < ABANDONED_MS) return false;
    const account = await accounts.find(holder.accountId);
    return account === null || !account.logins.includes(id);
  }

  async function release(ids: readonly string[], accountId: string): Promise<void> {
    for (const id of ids) await store.release(id, accountId);
  }

  return {
    release,

    async find(id) {
      return (await store.find(id))?.accountId ?? null;
    },

    async claim(ids, accountId) {
      const claimed: string[] = [];
      for (const id of ids) {
        if (await claimOne(id, accountId)) claimed.push(id);
        else {
          await release(claimed, accountId);
          throw refusal(id.startsWith("mail:") ? "email_taken" : "username_taken");
        }
      }
    },
  };
}
