import type { Redis } from "ioredis";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { within } from "../lib/within.ts";
import { counterOf, type LimitCounters, toTaken } from "./limits.ts";

/** A call waits for its count no longer than this: a limiter protects the service and must not become what stops it. */
const WAIT_MS = 250;

export interface RedisCountersParts {
  readonly redis: Redis;
  /** The same in every process, and secret: it decides which keys share a counter. */
  readonly salt: Uint8Array;
  /** Counts for this process alone while Redis is away: limits get looser then, and never close the service. */
  readonly fallback: LimitCounters;
  /** Called for every call that the fallback counted. */
  readonly missed: () => void;
}

/** Counters that all processes of a cluster share. */
export function redisCounters({ redis, salt, fallback, missed }: RedisCountersParts): LimitCounters {
  const buckets = new Map<string, RateLimiterRedis>();

  function bucketOf(name: string, points: number, seconds: number): RateLimiterRedis {
    let limiter = buckets.get(name);
    if (limiter === undefined) {
      const keyPrefix = `limit:${name}`;
      limiter = new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: seconds });
      buckets.set(name, limiter);
    }
    return limiter;
  }

  return {
    async take(bucket, key, points, seconds) {
      const counter = counterOf(salt, key);
      try {
        return toTaken(true, await within(WAIT_MS, bucketOf(bucket, points, seconds).consume(counter)));
      } catch (reason) {
        if (reason instanceof RateLimiterRes) return toTaken(false, reason);
        missed();
        return fallback.take(bucket, key, points, seconds);
      }
    },
  };
}
