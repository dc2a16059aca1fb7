import { ErrorCode, matchMaker } from "@colyseus/core";
import { RedisPresence } from "@colyseus/redis-presence";
import type { Redis } from "ioredis";
import type { RedisLink } from "./redis.ts";

/** Colyseus's answer to a remote call that failed, as its IPC writes it. */
const IPC_ERROR = 1;
const LOST = JSON.stringify({ code: ErrorCode.MATCHMAKE_UNHANDLED, message: "unavailable: the answer was lost" });
const HEALTH_CHECK = "healthcheck";

type Callback = Parameters<RedisPresence["subscribe"]>[1];

/**
 * Colyseus's presence, for a Redis that may go away. Colyseus starts many of these calls without waiting for them, and
 * some inside promises that a rejection would leave pending for ever. So none of those that it uses rejects: while Redis is
 * away nobody else is known and nobody hears. What must be known to be true, such as where a room is, the driver tells.
 */
export class SafeRedisPresence extends RedisPresence {
  readonly #link: RedisLink;
  readonly #missed: () => void;
  /** Calls of other processes' rooms whose answers are on their way. */
  readonly #asked = new Set<string>();
  readonly #watches: readonly (() => void)[];

  /** @param missed called for everything that was not said, or not heard, because Redis was away */
  constructor(link: RedisLink, missed: () => void) {
    super(link.commands);
    this.#link = link;
    this.#missed = missed;
    link.adopt(this.sub as Redis);
    this.#watches = [link.onDown(() => this.#giveUpAnswers()), link.onUp(() => this.#countMe())];
  }

  override async subscribe(topic: string, callback: Callback): Promise<this> {
    // The listener stays in any case: it is heard as soon as the connection is back.
    await this.#attempt(super.subscribe(topic, callback), undefined);
    return this;
  }

  override async unsubscribe(topic: string, callback?: Callback): Promise<this> {
    this.#asked.delete(topic);
    await this.#attempt(super.unsubscribe(topic, callback), undefined);
    return this;
  }

  override async publish(topic: string, data: unknown): Promise<void> {
    const answerTo = topicOfAnswer(topic, data);
    if (answerTo) this.#asked.add(answerTo);
    try {
      await super.publish(topic, data);
    } catch {
      this.#missed();
      if (answerTo) this.#giveUp(answerTo);
    }
  }

  override channels(pattern?: string): Promise<string[]> {
    return this.#attempt(super.channels(pattern), []);
  }

  override exists(key: string): Promise<boolean> {
    return this.#attempt(super.exists(key), false);
  }

  override hset(key: string, field: string, value: string): Promise<boolean> {
    return this.#attempt(super.hset(key, field, value), false);
  }

  override hdel(key: string, field: string): Promise<boolean> {
    return this.#attempt(super.hdel(key, field), false);
  }

  override hgetall(key: string): Promise<Record<string, string>> {
    return this.#attempt(super.hgetall(key), {});
  }

  /** While nobody can be counted everybody is alone. Not the stock one: it throws out of a callback. */
  override async hincrbyex(key: string, field: string, value: number, seconds: number): Promise<number> {
    const counted = this.#link.commands.multi().hincrby(key, field, value).expire(key, seconds).exec();
    const results = await this.#attempt(counted, null);
    const count = results?.[0]?.[1];
    return typeof count === "number" ? count : 1;
  }

  /** The link closes the connections; quitting one that leads nowhere would reject unheard. */
  override shutdown(): void {
    for (const stop of this.#watches) stop();
    this.subscriptions.removeAllListeners();
  }

  protected override resubscribeAll(): void {
    const topics = this.subscriptions.eventNames().filter((topic) => typeof topic === "string");
    if (topics.length === 0) return;
    const sub = this.sub as Redis;
    // A server that still loads its data refuses: the next connection tries again.
    sub.subscribe(...topics).catch(() => sub.stream?.destroy());
  }

  async #attempt<T>(command: Promise<T>, otherwise: T): Promise<T> {
    try {
      return await command;
    } catch {
      this.#missed();
      return otherwise;
    }
  }

  /** A Redis that came back empty does not know that this process takes rooms. */
  #countMe(): void {
    if (matchMaker.presence === this) void matchMaker.stats.persist(true);
  }

  /** Whoever waits would wait for two seconds, and then take the other process for dead. */
  #giveUpAnswers(): void {
    for (const topic of [...this.#asked]) this.#giveUp(topic);
  }

  #giveUp(topic: string): void {
    this.#asked.delete(topic);
    this.subscriptions.emit(topic, [IPC_ERROR, LOST]);
  }
}

/**
 * Where the answer to a call of another process's room will be heard. None for a health check: one that got no answer
 * because the connection broke would pass for a death.
 */
function topicOfAnswer(topic: string, data: unknown): string | undefined {
  if (!/^(\$|p:)/.test(topic) || !Array.isArray(data)) return undefined;
  const [method, requestId] = data as [unknown, unknown];
  return method === HEALTH_CHECK || typeof requestId !== "string" ? undefined : `ipc:${requestId}`;
}
