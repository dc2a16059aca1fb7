import { Redis, type RedisOptions } from "ioredis";
import type { Logger } from "../log.ts";

/** How long one command may take before it has failed. */
const COMMAND_MS = 750;
/** How often a silent connection is asked whether it still leads to anybody. */
const PING_EVERY_MS = 500;
/** Delays between attempts to connect: Redis is back for everybody soon after it is back. */
const RETRY_FIRST_MS = 50;
const RETRY_LAST_MS = 500;
/** How long a start waits for Redis before it goes on without. */
const START_MS = 2000;

export interface RedisLinkOptions {
  /** redis:// or rediss://; never logged, for it may hold a password. */
  readonly url: string;
  /** What Redis shows of these connections to an operator. */
  readonly name: string;
  readonly log: Logger;
}

/**
 * This process's connections to Redis. What is asked while Redis is away fails at once, never queues, and what is asked
 * of a Redis that hangs fails within `COMMAND_MS`: nobody who plays depends on an answer, and whoever joins would
 * rather be told to try again.
 */
export class RedisLink {
  /** For everything but subscriptions. Every command may reject; whoever sends one must expect that. */
  readonly commands: Redis;
  readonly #log: Logger;
  readonly #connections: Redis[] = [];
  readonly #listeners: { readonly up: Set<() => void>; readonly down: Set<() => void> } = {
    up: new Set(),
    down: new Set(),
  };
  readonly #pings: NodeJS.Timeout;
  #closed = false;

  private constructor({ url, name, log }: RedisLinkOptions) {
    this.#log = log;
    this.commands = new Redis(url, { ...OPTIONS, connectionName: name });
    this.adopt(this.commands);
    this.#pings = setInterval(() => {
      for (const connection of this.#connections) void this.#check(connection);
    }, PING_EVERY_MS);
    this.#pings.unref();
  }

  /** Resolves when Redis answers, and after two seconds even if it does not: then this process begins without it. */
  static async open(options: RedisLinkOptions): Promise<RedisLink> {
    const link = new RedisLink(options);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, START_MS);
      link.commands.once("ready", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    return link;
  }

  /** True while every connection can be used. */
  get isUp(): boolean {
    return this.#connections.every(({ status }) => status === "ready");
  }

  /** Watches over, and in the end closes, one more connection. */
  adopt(connection: Redis): void {
    this.#connections.push(connection);
    let told = false;
    // Only the message: errors of ioredis carry the command's arguments, and those of AUTH are the password.
    const tell = (error: Error) => {
      if (!told && !this.#closed) this.#log.warn({ error: error.message }, "redis is away");
      told = true;
    };
    connection.on("error", tell);
    connection.on("ready", () => {
      if (told) this.#log.info("redis is back");
      told = false;
      for (const listener of this.#listeners.up) listener();
    });
    connection.on("close", () => {
      tell(new Error("connection closed"));
      for (const listener of this.#listeners.down) listener();
    });
  }

  /** @returns what ends it. Called whenever a connection can be used, for the first time or again; must not throw. */
  onUp(listener: () => void): () => void {
    this.#listeners.up.add(listener);
    return () => this.#listeners.up.delete(listener);
  }

  /** @returns what ends it. Called whenever a connection was lost or could not be made; must not throw. */
  onDown(listener: () => void): () => void {
    this.#listeners.down.add(listener);
    return () => this.#listeners.down.delete(listener);
  }

  /** Whatever still waits for an answer fails. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#pings);
    for (const connection of this.#connections) {
      connection.disconnect();
      // A peer that hangs never confirms the end.
      connection.stream?.destroy();
    }
  }

  /**
   * Cuts a connection from which nothing comes: a peer that hangs, or a cable that was pulled, would keep it for a quarter
   * of an hour, and every command would wait for its own timeout.
   */
  async #check(connection: Redis): Promise<void> {
    if (connection.status !== "ready") return;
    const { stream } = connection;
    const read = stream.bytesRead;
    try {
      await connection.ping();
    } catch {
      // When this process itself was stopped its timers fire first; the answer lies in the socket and is read next.
      await new Promise(setImmediate);
      if (stream.bytesRead === read) stream.destroy();
    }
  }
}

const OPTIONS: RedisOptions = {
  commandTimeout: COMMAND_MS,
  connectTimeout: COMMAND_MS,
  enableOfflineQueue: false,
  // A lost connection fails what waits for its answers: whether it took effect is not known, so nothing is sent twice.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Done by who subscribed: the one of ioredis leaves a rejection behind when it fails.
  autoResubscribe: false,
  retryStrategy: (attempt) => Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** (attempt - 1)),
  disableClientInfo: true,
};
