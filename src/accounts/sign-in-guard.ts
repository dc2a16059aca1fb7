import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { type DelayPolicy, type Failures, waitOf } from "./delay.rules.ts";

const QUARTER_HOUR_MS = 15 * 60_000;
/** One person who mistypes. */
const BY_LOGIN: DelayPolicy = { free: 5, cap: QUARTER_HOUR_MS };
/** One address that tries many accounts; a school or a café shares one. */
const BY_ADDRESS: DelayPolicy = { free: 50, cap: QUARTER_HOUR_MS };
const KEYS_MAX = 100_000;
const FORGET_MS = 24 * 3600_000;

export interface SignInGuard {
  /**
   * Runs one attempt. It counts as failed from the start, so that attempts side by side count each; success takes it
   * back. Attempts refused here count for nothing.
   *
   * @param login whatever names the account, existing or not
   * @param block the caller's block of addresses
   * @throws Refusal `sign_in_delayed` with the seconds to wait
   */
  attempt<T>(login: string, block: string, work: () => Promise<T>): Promise<T>;
}

/**
 * Growing delays after failed sign-ins, by account and block of addresses together, and by block alone. Never by account
 * alone: then anybody could lock anybody out.
 */
export function createSignInGuard(clock: Clock): SignInGuard {
  const failures = new LRUCache<string, Failures>({ max: KEYS_MAX, ttl: FORGET_MS });
  return {
    async attempt(login, block, work) {
      // Hashed: what people type into a name field may be their password.
      const keys = [digest(`${login}\n${block}`), digest(block)] as const;
      const now = clock.now();
      const [one, many] = keys.map((key) => failures.get(key));
      const wait = Math.max(waitOf(one, now, BY_LOGIN), waitOf(many, now, BY_ADDRESS));
      if (wait > 0) throw delayed(wait);
      for (const key of keys) failures.set(key, { count: (failures.get(key)?.count ?? 0) + 1, at: now });
      try {
        const result = await work();
        failures.delete(keys[0]);
        takeBack(keys[1]);
        return result;
      } catch (reason) {
        if (!isFailedSignIn(reason)) for (const key of keys) takeBack(key);
        throw reason;
      }
    },
  };

  function takeBack(key: string): void {
    const known = failures.get(key);
    if (known) failures.set(key, { ...known, count: Math.max(0, known.count - 1) });
  }
}

/** No guard, for load tests. */
export const noSignInGuard: SignInGuard = { attempt: (_login, _block, work) => work() };

/** An overloaded server or a lost database says nothing about the password. */
function isFailedSignIn(reason: unknown): boolean {
  const { code } = reason as { code?: unknown };
  return code === "invalid_credentials" || code === "code_invalid";
}

function delayed(ms: number) {
  const refused = refusal("sign_in_delayed");
  refused.retryAfter = Math.ceil(ms / 1000);
  return refused;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
