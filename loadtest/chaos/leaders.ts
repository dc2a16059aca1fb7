import { TestCluster } from "../../test/support/cluster.ts";
import { LeaderKills } from "../../test/support/leader-kills.ts";

const SHOWN = 10;

/**
 * The fault run against matchmaking: bots are matched and play on several processes, while whoever leads their queue is
 * killed at random points of a match's way. Prints one JSON object on stdout.
 *
 * @returns whether every promise was kept
 */
export async function runLeaders(processes: number, kills: number): Promise<boolean> {
  const started = performance.now();
  const cluster = await TestCluster.start(processes);
  try {
    const onKill = (kill: number) => process.stderr.write(`${new Date().toISOString()} ${kill}/${kills}\n`);
    const { faults, ...figures } = await new LeaderKills(cluster).run(kills, onKill);
    for (const text of faults.slice(0, SHOWN)) process.stderr.write(`${text}\n`);
    const seconds = Math.round((performance.now() - started) / 1000);
    process.stdout.write(`${JSON.stringify({ processes, kills, ...figures, faults: faults.length, seconds })}\n`);
    return faults.length === 0;
  } finally {
    await cluster.dispose();
  }
}
