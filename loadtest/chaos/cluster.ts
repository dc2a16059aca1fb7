import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Planned, schedule } from "../../test/support/chaos-schedule.ts";
import { ClusterChaos, type Return, violations } from "../../test/support/cluster-chaos.ts";
import type { Kind } from "../../test/support/cluster-faults.ts";
import { FaultCluster } from "../../test/support/fault-cluster.ts";
import { xorshift } from "../arena-brain.ts";
import { percentile } from "../bench/figures.ts";

const TABLES = { dice: [2, 3, 4, 3], arena: [2, 3, 4] };
const SHOWN = 10;
const ARTIFACTS = resolve(import.meta.dirname, "../../test-artifacts");

export interface ClusterRun {
  readonly processes: number;
  readonly faults: number;
  /** Only these kinds; all when it is empty. */
  readonly only: readonly Kind[];
  /** Decides which faults come. */
  readonly seed: number;
}

/**
 * The fault run against several processes: bots play dice and arenas through a balancer while servers, Redis, the
 * database and the sockets between them break. Prints one JSON object on stdout.
 *
 * @returns whether every promise was kept
 */
export async function runCluster({ processes, faults, only, seed }: ClusterRun): Promise<boolean> {
  const started = performance.now();
  const random = xorshift(seed);
  const plan = schedule(faults, random, only);
  const cluster = await FaultCluster.start(processes);
  let chaos: ClusterChaos | undefined;
  let isClean = false;
  try {
    chaos = await ClusterChaos.on(cluster, random, TABLES);
    for (const [index, planned] of plan.entries()) {
      await chaos.suffer(planned);
      process.stderr.write(
        `${new Date().toISOString()} ${index + 1}/${faults} ${lineOf(planned, chaos.returns.at(-1)!)}\n`,
      );
    }
    const verdict = await chaos.judge();
    const lists = violations(verdict);
    for (const [kind, list] of Object.entries(lists)) {
      for (const text of list.slice(0, SHOWN)) process.stderr.write(`${kind}: ${text}\n`);
    }
    const report = {
      ...{ processes, faults, seed, kinds: countOf(plan), ...resumes(chaos.returns) },
      ...{ acknowledgements: verdict.dice.acknowledgements, matches: verdict.arena.matches },
      ...{ states: verdict.dice.states, patches: verdict.arena.patches },
      violations: Object.fromEntries(Object.entries(lists).map(([kind, list]) => [kind, list.length])),
      seconds: Math.round((performance.now() - started) / 1000),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
    isClean = Object.values(lists).every((list) => list.length === 0);
    return isClean;
  } finally {
    if (!isClean) keepLogs(cluster, seed);
    chaos?.abandon();
    await cluster.dispose();
  }
}

function keepLogs(cluster: FaultCluster, seed: number): void {
  const dir = join(ARTIFACTS, `chaos-${seed}`);
  mkdirSync(dir, { recursive: true });
  for (const [index, server] of cluster.servers.entries())
    writeFileSync(join(dir, `server-${index}.log`), server.log());
  process.stderr.write(`the servers' logs are in ${dir}\n`);
}

function lineOf({ kinds, onAcknowledgement }: Planned, { ms }: Return): string {
  const worst = ms.length > 0 ? `, ${ms.length} back within ${Math.round(Math.max(...ms))} ms` : "";
  return `${kinds.join(" and ")}${onAcknowledgement ? " on an acknowledgement" : ""}${worst}`;
}

function countOf(plan: readonly Planned[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of plan.flatMap(({ kinds }) => kinds)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** Of faults that came alone: how long the clients that lost their connection were away. */
function resumes(returns: readonly Return[]) {
  const of = (kind: Kind) => {
    const ms = returns.filter(({ kinds }) => kinds.length === 1 && kinds[0] === kind).flatMap((one) => one.ms);
    const [p50, p99, max] = [50, 99, 100].map((percent) => Math.round(percentile(ms, percent)));
    return { n: ms.length, p50, p99, max };
  };
  const resumed = returns.reduce((sum, { ms }) => sum + ms.length, 0);
  return { resumed, afterKillMs: of("kill"), afterPauseMs: of("pause"), afterDrainMs: of("drain") };
}
