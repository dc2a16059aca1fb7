import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import type { RedisLink } from "../infra/redis.ts";
import type { Clock } from "../lib/clock.ts";
import { within } from "../lib/within.ts";
import type { SessionCache } from "./session-cache.ts";

/** Stamps and answers last so long without being asked for, in s. */
const KEPT_S = 3600;
/** Larger answers are not worth their place; they are read again. */
const VALUE_MAX = 256 * 1024;
/** A change waits for its stamp no longer than this: who plays must not notice a Redis that hangs. */
const STAMP_MS = 250;
/** A session that changes again within this time is busy: it is marked as not to be kept, instead of stamped each time. */
const BUSY_WITHIN_MS = 1000;
/** How long the mark lasts in Redis, and for how much of that it is relied upon here. */
const BUSY_MS = 10_000;
const BUSY_TRUSTED_MS = 5000;
/** Sessions of which this process remembers when it stamped them; the others are stamped as if they were not busy. */
const REMEMBERED_MAX = 50_000;
/** After Redis was away: longer than any process takes to come back to it, and to void what it could not stamp. */
const DISTRUST_MS = 2000;
const RETRY_MS = 500;

const BUSY = "busy";
/** Part of every stamp: a new one makes all of them worthless. */
const ERA = "ver-era";
const stampKey = (sessionId: string) => `ver:${sessionId}`;
const valueKey = (sessionId: string) => `session:${sessionId}`;

interface Scripts {
  sessionStamp(stampKey: string, eraKey: string, fresh: string, seconds: number): Promise<[era: string, own: string]>;
}

/** KEYS stamp, era. ARGV a fresh stamp for a session that has none, seconds. The era, and the session's own stamp. */
const STAMP = `
local own = redis.call('GET', KEYS[1])
if not own then
  own = ARGV[1]
  redis.call('SET', KEYS[1], own, 'EX', ARGV[2])
elseif own ~= '${BUSY}' then
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return { redis.call('GET', KEYS[2]) or '', own }
`;

/** When this process stamped a session, under which fence, and until when its mark holds; times in monotonic ms. */
interface Stamped {
  readonly at: number;
  readonly busyUntil: number;
  readonly fence: number;
}

/**
 * The second tier, in the Redis that the processes share. Redis away, or just back, means no cache: whatever could not be
 * stamped meanwhile is made up for by a new era, begun by everybody who noticed.
 */
export class RedisSessionCache implements SessionCache {
  readonly #link: RedisLink;
  readonly #redis: Redis & Scripts;
  readonly #clock: Clock;
  readonly #missed: () => void;
  readonly #stamped = new LRUCache<string, Stamped>({ max: REMEMBERED_MAX });
  readonly #stops: readonly (() => void)[];
  #distrustUntil = Number.NEGATIVE_INFINITY;
  #isEraOver = false;
  /** How often changes went unstamped: an era that was begun before the last of them does not void it. */
  #losses = 0;
  #retry: NodeJS.Timeout | undefined;

  /** @param missed called for every change that was not stamped in time */
  constructor(link: RedisLink, clock: Clock, missed: () => void) {
    link.commands.defineCommand("sessionStamp", { numberOfKeys: 2, lua: STAMP });
    this.#link = link;
    this.#redis = link.commands as Redis & Scripts;
    this.#clock = clock;
    this.#missed = missed;
    this.#isEraOver = !link.isUp;
    this.#stops = [link.onDown(() => this.#lost()), link.onUp(() => void this.#beginEra())];
  }

  async stamp(sessionId: string): Promise<string | null> {
    if (!this.#link.isUp || this.#isEraOver || this.#clock.monotonic() < this.#distrustUntil) return null;
    try {
      const [era, own] = await this.#redis.sessionStamp(stampKey(sessionId), ERA, fresh(), KEPT_S);
      return own === BUSY ? null : `${era}.${own}`;
    } catch {
      return null;
    }
  }

  async get(sessionId: string, stamp: string): Promise<string | undefined> {
    const kept = await this.#redis.getex(valueKey(sessionId), "EX", KEPT_S).catch(() => null);
    return kept?.startsWith(`${stamp}\n`) ? kept.slice(stamp.length + 1) : undefined;
  }

  async put(sessionId: string, stamp: string, value: string): Promise<void> {
    if (value.length > VALUE_MAX) return;
    await this.#redis.set(valueKey(sessionId), `${stamp}\n${value}`, "EX", KEPT_S).catch(() => undefined);
  }

  changed(sessionId: string, fence?: number): Promise<void> {
    if (fence !== undefined) return this.#played(sessionId, fence);
    // Before the stamp takes the place of a mark that others rely upon.
    this.#stamped.delete(sessionId);
    return this.#stampWithin(this.#redis.set(stampKey(sessionId), fresh(), "EX", KEPT_S));
  }

  async #played(sessionId: string, fence: number): Promise<void> {
    const now = this.#clock.monotonic();
    const known = this.#stamped.get(sessionId);
    // Under another fence somebody else has had it since, and stamped it.
    const before = known?.fence === fence ? known : undefined;
    if (before && now < before.busyUntil) return;
    const isBusy = before !== undefined && now - before.at < BUSY_WITHIN_MS;
    // Counted from before the command is sent: Redis begins to count later.
    const stamped = { at: now, busyUntil: isBusy ? now + BUSY_TRUSTED_MS : 0, fence };
    const key = stampKey(sessionId);
    const sent = isBusy ? this.#redis.set(key, BUSY, "PX", BUSY_MS) : this.#redis.set(key, fresh(), "EX", KEPT_S);
    const note = () => {
      // A change that came meanwhile was sent later, and has taken the place of the mark.
      if (this.#stamped.get(sessionId) === known) this.#stamped.set(sessionId, stamped);
    };
    await this.#stampWithin(sent.then(note));
  }

  async #stampWithin(stamped: Promise<unknown>): Promise<void> {
    try {
      await within(STAMP_MS, stamped);
    } catch {
      this.#missed();
      this.#lost();
      await this.#beginEra();
    }
  }

  async forgetAll(): Promise<void> {
    this.#endEra();
    await this.#beginEra();
  }

  close(): void {
    for (const stop of this.#stops) stop();
    clearTimeout(this.#retry);
  }

  /** What others changed without being able to say so is unknown, and marks of this process may be gone. */
  #lost(): void {
    this.#stamped.clear();
    this.#endEra();
  }

  #endEra(): void {
    this.#isEraOver = true;
    this.#losses += 1;
  }

  async #beginEra(): Promise<void> {
    if (!this.#isEraOver || !this.#link.isUp) return; // otherwise when the link is up
    const losses = this.#losses;
    try {
      await this.#redis.set(ERA, fresh());
      this.#distrustUntil = this.#clock.monotonic() + DISTRUST_MS;
      if (this.#losses === losses) this.#isEraOver = false;
    } catch {
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.#beginEra(), RETRY_MS).unref();
    }
  }
}

function fresh(): string {
  return randomBytes(9).toString("base64url");
}
