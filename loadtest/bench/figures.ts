/** What one run of a load loop measured; latencies in ms. */
export interface Samples {
  readonly latencies: readonly number[];
  readonly seconds: number;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** Nearest rank. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
}

/** Medians over the runs: operations per second and latency percentiles. */
export function summary(runs: readonly Samples[]): string {
  const perSecond = median(runs.map(({ latencies, seconds }) => latencies.length / seconds));
  const at = (percent: number) => median(runs.map(({ latencies }) => percentile(latencies, percent))).toFixed(2);
  return `${perSecond.toFixed(0).padStart(7)}/s  p50 ${at(50)} ms  p95 ${at(95)} ms  p99 ${at(99)} ms`;
}

export function formatRatio(ratios: readonly number[]): string {
  const shown = [median(ratios), Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
  return `${shown[0]} (${shown[1]} to ${shown[2]})`;
}

/** A median and the bounds between which the true one lies. */
export interface MedianInterval {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median with its 95 % interval by order statistics: how many of n values lie below the true median is binomial,
 * whatever they are distributed like. The interval covers at least 95 %; with fewer than six values it cannot, and is
 * the whole range.
 */
export function medianInterval(values: readonly number[]): MedianInterval {
  const sorted = [...values].sort((a, b) => a - b);
  const n = sorted.length;
  // The largest number of values that may be cut off at either end.
  let cut = 0;
  let below = 0.5 ** n;
  for (let ways = 0.5 ** n; 2 * below <= 0.05 && cut < n / 2; ) {
    cut += 1;
    ways *= (n - cut + 1) / cut;
    below += ways;
  }
  const first = Math.max(0, cut - 1);
  return { median: middle(sorted), low: sorted[first] ?? Number.NaN, high: sorted[n - 1 - first] ?? Number.NaN };
}

function middle(sorted: readonly number[]): number {
  const half = sorted.length / 2;
  return (sorted[Math.floor(half)]! + sorted[Math.ceil(half) - 1]!) / 2;
}
