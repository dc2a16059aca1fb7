import { LRUCache } from "lru-cache";
import { refusal } from "../errors.ts";
import { Flights } from "../lib/flights.ts";

/** Sessions that one account may host at a time, whatever their type. */
export const HOSTED_MAX = 100;
const KNOWN_MAX = 10_000;
const KNOWN_MS = 60_000;

/** Refuses as `session_quota` an account that hosts too many sessions that have not ended. */
export type Quota = (accountId: string) => Promise<void>;

/**
 * @param hosted how many sessions of the account have not ended, counted up to a number
 *
 * Counted as rarely as is safe: whoever has n may make max - n before anybody needs to count again.
 */
export function sessionQuota(hosted: (accountId: string, atMost: number) => Promise<number>, max = HOSTED_MAX): Quota {
  const credits = new LRUCache<string, number>({ max: KNOWN_MAX, ttl: KNOWN_MS });
  const counting = new Flights<void>();

  async function count(accountId: string): Promise<void> {
    credits.set(accountId, max - (await hosted(accountId, max)));
  }

  return async (accountId) => {
    // One count for all who come together: by a count of its own, each would have all that is left.
    if (!credits.get(accountId)) await counting.join(accountId, "", () => count(accountId));
    const credit = credits.get(accountId) ?? 0;
    if (credit <= 0) throw refusal("session_quota");
    credits.set(accountId, credit - 1, { noUpdateTTL: true });
  };
}
