import { createHash, randomBytes } from "node:crypto";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { LimitCounters, Taken } from "./limits.ts";

/** The keys of a bucket share this many counters, so that a flood from many addresses cannot fill the memory. */
const COUNTERS = 65_536;

/** Counters of one process, lost with it. */
export function memoryCounters(): LimitCounters {
  const buckets = new Map<string, RateLimiterMemory>();
  // Salted, so that nobody can choose a key that shares a counter with somebody else's.
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
      const counter = createHash("sha256").update(salt).update(key).digest().readUInt32BE() % COUNTERS;
      try {
        return toTaken(true, await bucketOf(bucket, points, seconds).consume(counter));
      } catch (rejected) {
        if (!(rejected instanceof RateLimiterRes)) throw rejected;
        return toTaken(false, rejected);
      }
    },
  };
}

function toTaken(allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken {
  return { allowed, remaining: remainingPoints, resetMs: msBeforeNext };
}
