import { randomBytes } from "node:crypto";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { counterOf, type LimitCounters, toTaken } from "./limits.ts";

/** Counters of one process, lost with it. */
export function memoryCounters(): LimitCounters {
  const buckets = new Map<string, RateLimiterMemory>();
  const salt = randomBytes(16);

  function bucketOf(name: string, points: number, seconds: number): RateLimiterMemory {
    let limiter = buckets.get(name);
    if (limiter === undefined) {
      limiter = new RateLimiterMemory({ points, duration: seconds });
      buckets.set(name, limiter);
    }
    return limiter;
  }

  return {
    async take(bucket, key, points, seconds) {
      try {
        return toTaken(true, await bucketOf(bucket, points, seconds).consume(counterOf(salt, key)));
      } catch (rejected) {
        if (!(rejected instanceof RateLimiterRes)) throw rejected;
        return toTaken(false, rejected);
      }
    },
  };
}
