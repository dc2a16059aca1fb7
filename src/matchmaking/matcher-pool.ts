import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Decided, MatcherAnswer, MatcherCalls, MatcherRequest, Refused } from "./matcher-protocol.ts";
import type { Pass } from "./matchmaking.rules.ts";
import type { Candidate, Explanation, QueueRules } from "./matchmaking-types.rules.ts";

/** Candidates or tickets a message: what is sent is copied by this thread, which has sockets to serve. */
const CHUNK = 500;
/** Matches a pass, unless the caller asks for more or fewer: reading the answer is this thread's work too. */
const MATCHES_PER_PASS = 500;
/** The young generation: a pass that matches everybody makes objects for everybody, and collects them seldom so. */
const YOUNG_MB = 64;

export interface MatcherPoolOptions {
  /** The thread ended by itself; what it held is lost, and is rebuilt from the tickets in a new one. Called at most once. */
  readonly onDeath?: (error: Error) => void;
}

/**
 * The pools of the queues that this process leads, in a thread of their own: a pass over 100,000 tickets takes a quarter of a
 * second, which no socket of this process has to wait for. Calls are answered in the order they were made in.
 */
export class MatcherPool {
  readonly #worker: Worker;
  readonly #asked = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #fault: Error | null = null;
  #state: "open" | "ending" | "ended" = "open";

  constructor({ onDeath }: MatcherPoolOptions = {}) {
    this.#worker = new Worker(new URL("./matcher-worker.ts", import.meta.url), {
      name: "matcher",
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    // It keeps the process only while it owes an answer.
    this.#worker.unref();
    this.#worker.on("message", (answer: MatcherAnswer) => this.#receive(answer));
    this.#worker.on("error", (error) => {
      this.#fault = error instanceof Error ? error : new Error(String(error));
    });
    this.#worker.on("exit", (code) => this.#ended(code, onDeath));
  }

  /** An empty pool for a queue; one that was there is forgotten. */
  async open(rules: QueueRules): Promise<void> {
    await this.#ask("open", rules);
  }

  async close(queue: string): Promise<void> {
    await this.#ask("close", queue);
  }

  /** Takes candidates in, replacing those of the same id; answers whom it did not take. In chunks, with turns between. */
  async put(queue: string, candidates: readonly Candidate[]): Promise<readonly Refused[]> {
    const refused: Refused[] = [];
    for (let from = 0; from < candidates.length; from += CHUNK) {
      refused.push(...(await this.#ask("put", queue, candidates.slice(from, from + CHUNK))));
      await turn();
    }
    return refused;
  }

  /** Takes tickets out; answers how many were there. A pass asked for after this does not match them. */
  async remove(queue: string, tickets: readonly string[]): Promise<number> {
    let removed = 0;
    for (let from = 0; from < tickets.length; from += CHUNK) {
      removed += await this.#ask("remove", queue, tickets.slice(from, from + CHUNK));
    }
    return removed;
  }

  /** One pass. What it names has left the pool: whoever is not placed is put in again, with the same `since`. */
  decide(queue: string, pass: Pass): Promise<Decided> {
    return this.#ask("decide", queue, { ...pass, atMost: pass.atMost ?? MATCHES_PER_PASS });
  }

  /** Why a ticket waits; null when it does not. */
  explain(queue: string, ticket: string, at: Pick<Pass, "now" | "regions">): Promise<Explanation | null> {
    return this.#ask("explain", queue, ticket, at);
  }

  /** Ends the thread; what was asked and not answered is rejected. Idempotent. */
  async end(): Promise<void> {
    if (this.#state === "open") this.#state = "ending";
    await this.#worker.terminate();
  }

  #ask<Call extends keyof MatcherCalls>(
    call: Call,
    ...args: Parameters<MatcherCalls[Call]>
  ): Promise<ReturnType<MatcherCalls[Call]>> {
    if (this.#state !== "open") return Promise.reject(new Error("the matcher's thread has ended"));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.ref();
      this.#worker.postMessage({ id, call, args } satisfies MatcherRequest);
    });
  }

  #receive(answer: MatcherAnswer): void {
    const asked = this.#asked.get(answer.id);
    this.#asked.delete(answer.id);
    if (this.#asked.size === 0) this.#worker.unref();
    if ("fault" in answer) asked?.reject(new Error(answer.fault));
    else asked?.resolve(answer.value);
  }

  #ended(code: number, onDeath?: (error: Error) => void): void {
    const isDeath = this.#state === "open";
    this.#state = "ended";
    const error = this.#fault ?? new Error(`the matcher's thread ended with code ${code}`);
    for (const { reject } of this.#asked.values()) reject(error);
    this.#asked.clear();
    if (isDeath) onDeath?.(error);
  }
}
