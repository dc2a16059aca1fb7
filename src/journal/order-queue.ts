import { type ErrorCode, refusal } from "../errors.ts";
import type { Waiter } from "./answers.ts";
import type { Order } from "./orders.ts";

/** How an order wants to be answered. */
export interface CommitOptions {
  /** Only once it is durable, whatever the game says of it. */
  readonly durable?: boolean;
  /** With the state's hashes before and after it. */
  readonly hashed?: boolean;
}

export interface Queued {
  readonly order: Order;
  readonly options: CommitOptions;
  readonly waiter: Waiter;
}

const QUEUE_MAX = 512;

/** Orders that wait for their turn. The list is made when the first one comes: most sessions have none. */
export class OrderQueue {
  #waiting: Queued[] | null = null;

  get first(): Queued | undefined {
    return this.#waiting?.[0];
  }

  /** False when it is full. */
  add(queued: Queued): boolean {
    this.#waiting ??= [];
    if (this.#waiting.length >= QUEUE_MAX) return false;
    this.#waiting.push(queued);
    return true;
  }

  take(): Queued {
    const queued = this.#waiting!.shift()!;
    if (this.#waiting!.length === 0) this.#waiting = null;
    return queued;
  }

  rejectAll(code: ErrorCode): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const { waiter } of waiting) waiter.reject(refusal(code));
  }
}
