import type { QueueRules } from "./matchmaking-types.rules.ts";
import { MICRO } from "./quality.rules.ts";

/** How far apart two ratings may be for a ticket that has waited so long, in 1e-6 points. */
export function ratingWindow({ rating: { start, perSecond, max } }: QueueRules, waitedMs: number): number {
  return Math.min(max, start + (perSecond * Math.max(0, waitedMs)) / 1000) * MICRO;
}

/** How far away a region may be for a ticket that has waited so long, in ms. */
export function latencyWindow({ latency: { startMs, perSecond, maxMs } }: QueueRules, waitedMs: number): number {
  return Math.min(maxMs, startMs + (perSecond * Math.max(0, waitedMs)) / 1000);
}

/** After how much waiting the rating window reaches so far, in ms; null when it never does. */
export function waitForRating({ rating: { start, perSecond, max } }: QueueRules, distance: number): number | null {
  const points = distance / MICRO;
  if (points <= start) return 0;
  if (points > max || perSecond === 0) return null;
  return ((points - start) / perSecond) * 1000;
}

/** After how much waiting the latency window reaches so far, in ms; null when it never does. */
export function waitForLatency({ latency: { startMs, perSecond, maxMs } }: QueueRules, ms: number): number | null {
  if (ms <= startMs) return 0;
  if (ms > maxMs || perSecond === 0) return null;
  return ((ms - startMs) / perSecond) * 1000;
}
