/** What is remembered of failed sign-ins under one key. */
export interface Failures {
  readonly count: number;
  /** Ms since the epoch of the last one. */
  readonly at: number;
}

export interface DelayPolicy {
  /** Failures that cost nothing yet. */
  readonly free: number;
  /** No wait is longer, in ms: an attacker must not be able to keep the owner out for ever. */
  readonly cap: number;
}

const FIRST_DELAY_MS = 1000;

/** How long after the last failure the next attempt must wait, in ms: doubling from one second up to the cap. */
export function delayOf(count: number, { free, cap }: DelayPolicy): number {
  if (count < free) return 0;
  // Beyond 2^20 the cap rules anyway.
  return Math.min(cap, FIRST_DELAY_MS * 2 ** Math.min(20, count - free));
}

/** Ms still to wait at `now`; 0 when an attempt may be made. */
export function waitOf(failures: Failures | undefined, now: number, policy: DelayPolicy): number {
  if (!failures) return 0;
  // A wall clock that was set back must not lengthen the wait.
  const passed = Math.max(0, now - failures.at);
  return Math.max(0, delayOf(failures.count, policy) - passed);
}
