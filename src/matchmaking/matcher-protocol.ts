import type { Pass } from "./matchmaking.rules.ts";
import type { Candidate, Decision, Explanation, QueueRules } from "./matchmaking-types.rules.ts";
import type { PoolRefusal } from "./pool.rules.ts";

/** A candidate that the pool did not take in. */
export interface Refused {
  readonly ticket: string;
  readonly why: PoolRefusal;
}

export interface Decided extends Decision {
  /** Milliseconds of the worker's time. */
  readonly tookMs: number;
}

/** What the worker can be asked, and what each answers. */
export interface MatcherCalls {
  open(rules: QueueRules): null;
  close(queue: string): null;
  put(queue: string, candidates: readonly Candidate[]): readonly Refused[];
  remove(queue: string, tickets: readonly string[]): number;
  decide(queue: string, pass: Pass): Decided;
  explain(queue: string, ticket: string, at: Pick<Pass, "now" | "regions">): Explanation | null;
}

export interface MatcherRequest {
  readonly id: number;
  readonly call: keyof MatcherCalls;
  readonly args: readonly unknown[];
}

export type MatcherAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly fault: string };
