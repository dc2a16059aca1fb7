import { createHash, randomBytes } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { RequestHandler, Response } from "express";
import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { refusal } from "../errors.ts";

/** Addresses share this many counters, so a flood from many addresses cannot fill the memory. */
const BUCKETS = 65_536;

export type RateLimit = (options: { points: number; seconds: number }) => RequestHandler;

/**
 * Limits by address: `points` requests in every `seconds`, told by RateLimit-* headers, then 429 `rate_limited`.
 * Every middleware made so counts on its own.
 */
export const rateLimit: RateLimit = ({ points, seconds }) => {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  // Salted, so that nobody can choose an address that shares a counter with somebody else's.
  const salt = randomBytes(16);
  return async (req, res, next) => {
    const digest = createHash("sha256")
      .update(salt)
      .update(addressKey(req.ip ?? ""))
      .digest();
    try {
      describe(res, points, await limiter.consume(digest.readUInt32BE() % BUCKETS));
    } catch (rejected) {
      if (!(rejected instanceof RateLimiterRes)) throw rejected;
      describe(res, points, rejected);
      res.setHeader("Retry-After", secondsLeft(rejected));
      throw refusal("rate_limited");
    }
    next();
  };
};

/** Limits by a key that cannot be made up, such as an account: refuses as `rate_limited` beyond `points`. */
export function limitByKey({ points, seconds }: { points: number; seconds: number }): (key: string) => Promise<void> {
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  return async (key) => {
    await limiter.consume(key).catch((rejected: unknown) => {
      throw rejected instanceof RateLimiterRes ? refusal("rate_limited") : rejected;
    });
  };
}

/** What stands in its place under RATE_LIMIT=off. */
export const noRateLimit: RateLimit = () => (_req, _res, next) => next();

function describe(res: Response, points: number, state: RateLimiterRes): void {
  res.setHeader("RateLimit-Limit", points);
  res.setHeader("RateLimit-Remaining", Math.max(0, state.remainingPoints));
  res.setHeader("RateLimit-Reset", secondsLeft(state));
}

function secondsLeft(state: RateLimiterRes): number {
  return Math.max(1, Math.ceil(state.msBeforeNext / 1000));
}

/** The part of an address that one customer holds: a whole IPv4 address, the /64 of an IPv6 one. */
export function addressKey(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "").replace(/%.*$/, "");
  if (isIPv4(plain) || !isIPv6(plain)) return plain;
  const [head = "", tail] = plain.toLowerCase().split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(":")}::/64`;
}
