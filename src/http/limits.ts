import { createHash } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";
import type { Response } from "express";
import type { RateLimiterRes } from "rate-limiter-flexible";
import { refusal } from "../errors.ts";
import type { AnyEndpoint } from "./endpoint.ts";

/** So many calls in so many seconds. */
export interface Limit {
  readonly points: number;
  readonly seconds: number;
}

/** What is left of a limit after one more call. */
export interface Taken {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
}

/** Counts calls. Within one process, or for all processes of a cluster together. */
export interface LimitCounters {
  /** One more call by `key`; what is counted in different buckets does not mix. */
  take(bucket: string, key: string, points: number, seconds: number): Promise<Taken>;
}

/** The keys of a bucket share this many counters, so that a flood from many addresses cannot fill the memory. */
const COUNTERS = 65_536;

/** Which counter a key has. Salted, so that nobody can choose a key that shares a counter with somebody else's. */
export function counterOf(salt: Uint8Array, key: string): number {
  return createHash("sha256").update(salt).update(key).digest().readUInt32BE() % COUNTERS;
}

export function toTaken(allowed: boolean, { remainingPoints, msBeforeNext }: RateLimiterRes): Taken {
  return { allowed, remaining: remainingPoints, resetMs: msBeforeNext };
}

/** The limits that hold for every route, beside those of its own. A write is everything but a GET. */
const GENERAL = {
  address: { all: { points: 1200, seconds: 60 }, writes: { points: 300, seconds: 60 } },
  account: { all: { points: 600, seconds: 60 }, writes: { points: 240, seconds: 60 } },
} as const satisfies Record<string, Record<string, Limit>>;

/** Counts a call in all limits by one address or account; sets the RateLimit-* headers of the tightest. */
export type TakeLimits = (res: Response, endpoint: AnyEndpoint, by: "address" | "account", id: string) => Promise<void>;

/** @returns a check that refuses as `rate_limited`, with Retry-After */
export function limitCalls(counters: LimitCounters): TakeLimits {
  return async (res, endpoint, by, id) => {
    const key = by === "address" ? addressKey(id) : id;
    for (const [bucket, { points, seconds }] of limitsOf(endpoint, by)) {
      const taken = await counters.take(`${by}:${bucket}`, key, points, seconds);
      describe(res, points, taken);
      if (taken.allowed) continue;
      res.setHeader("Retry-After", secondsLeft(taken));
      throw refusal("rate_limited");
    }
  };
}

/** A limit outside of HTTP, by a key that cannot be made up, such as an account: refuses as `rate_limited`. */
export function limitByKey(counters: LimitCounters, bucket: string, limit: Limit): (key: string) => Promise<void> {
  return async (key) => {
    const { allowed } = await counters.take(bucket, key, limit.points, limit.seconds);
    if (!allowed) throw refusal("rate_limited");
  };
}

function* limitsOf(endpoint: AnyEndpoint, by: "address" | "account"): Generator<[bucket: string, limit: Limit]> {
  const { all, writes } = GENERAL[by];
  // Counted apart: a crowd behind one address must not make a server look dead.
  yield [endpoint.probe ? "probes" : "all", all];
  if (endpoint.method !== "get") yield ["writes", writes];
  for (const limit of endpoint.limits ?? []) {
    if (limit.by === by) yield [`${endpoint.id}:${limit.points}/${limit.seconds}`, limit];
  }
}

/** Several limits share three headers: the one that will be reached first has them. */
function describe(res: Response, points: number, taken: Taken): void {
  const shown = res.getHeader("RateLimit-Remaining");
  if (taken.allowed && shown !== undefined && Number(shown) <= taken.remaining) return;
  res.setHeader("RateLimit-Limit", points);
  res.setHeader("RateLimit-Remaining", Math.max(0, taken.remaining));
  res.setHeader("RateLimit-Reset", secondsLeft(taken));
}

function secondsLeft({ resetMs }: Taken): number {
  return Math.max(1, Math.ceil(resetMs / 1000));
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
