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
