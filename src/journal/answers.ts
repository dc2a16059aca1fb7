import { type ErrorCode, Refusal, refusal } from "../errors.ts";
import type { ActionAnswer } from "./action-window.ts";
import type { Entry } from "./game.ts";

/** Where an order took effect; `entries` are those it wrote (none for a repeat). */
export interface Reply extends ActionAnswer {
  readonly entries: readonly Entry[];
  /** The state's hashes around the decision, for those who asked for them. */
  readonly hashes?: { readonly before: string; readonly after: string };
}

export interface Waiter {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (reason: Refusal) => void;
}

/** Answers that may not leave before everything up to their `seq` is durable. */
export class Answers {
  #held: { waiter: Waiter; seq: number; answer: Reply | Refusal }[] = [];

  /** Gives the answer now if `durableSeq` allows it, and keeps it otherwise. */
  give(waiter: Waiter, seq: number, answer: Reply | Refusal, durableSeq: number): void {
    if (seq > durableSeq) this.#held.push({ waiter, seq, answer });
    else settle(waiter, answer);
  }

  releaseUpTo(durableSeq: number): void {
    const held = this.#held;
    this.#held = held.filter(({ seq }) => seq > durableSeq);
    for (const { waiter, seq, answer } of held) if (seq <= durableSeq) settle(waiter, answer);
  }

  rejectAll(code: ErrorCode): void {
    for (const { waiter } of this.#held.splice(0)) waiter.reject(refusal(code));
  }
}

function settle(waiter: Waiter, answer: Reply | Refusal): void {
  if (answer instanceof Refusal) waiter.reject(answer);
  else waiter.resolve(answer);
}
