import type { ClusterParts } from "../infra/cluster.ts";
import type { JournalMetrics } from "../journal/journal.ts";
import type { Metrics } from "./metrics.ts";

/** Where the cluster's parts count what they do. */
export function clusterMetricsOf(metrics: Metrics): ClusterParts["metrics"] {
  return {
    tunnel: (outcome) => metrics.tunnels.inc({ outcome }),
    bytes: (direction, count) => metrics.tunnelBytes.inc({ direction }, count),
    forwarded: (outcome) => metrics.forwards.inc({ outcome }),
    deposed: () => metrics.deposed.inc(),
    moved(outcome, seconds) {
      metrics.moves.inc({ outcome });
      metrics.freeze.observe(seconds);
    },
  };
}

/** Where the journal does. */
export function journalMetricsOf(metrics: Metrics): JournalMetrics {
  return {
    appended(outcome, entries) {
      metrics.journalBatches.inc({ outcome });
      metrics.journalEntries.inc({ outcome }, entries);
    },
    flushed: (seconds) => metrics.journalAppend.observe(seconds),
  };
}
