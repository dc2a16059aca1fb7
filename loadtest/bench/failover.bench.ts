import { pause, type ServerProcess } from "../../test/support/server.ts";
import { ClusterCrowd } from "./cluster-crowd.ts";
import { percentile } from "./figures.ts";

export const name = "failover";

const PROCESSES = 3;
/** Clients whose return is measured for each kind of death; the long mode asks for 200 and more. */
const SAMPLES = Number(process.env.FAILOVER_SAMPLES ?? 60);
/** Three players and a spectator at each table. */
const SEATS = 3;
const TABLES = 5;
/** More rounds than this mean that nobody comes back. */
const ROUNDS_MAX = 100;
/** Within this time a balancer that asks for a process's health every half second has given it up, and cut its clients. */
const GIVEN_UP_MS = 1500;

/**
 * How long clients of the stock SDK are without their room when its process dies: killed, so that its port is closed, or
 * stopped, so that it accepts connections and never answers; then a balancer must cut them off, for no client of a
 * WebSocket notices. Counted from the death until they are in the room again.
 */
export async function run(): Promise<Record<string, unknown>> {
  const crowd = await ClusterCrowd.gather(PROCESSES);
  try {
    const killed = await sample(crowd, async (victim) => {
      await victim.stop("SIGKILL");
      return () => victim.start();
    });
    const stopped = await sample(crowd, async (victim) => {
      victim.signal("SIGSTOP");
      await pause(GIVEN_UP_MS);
      crowd.balancer.giveUp(victim.port);
      return async () => {
        victim.signal("SIGCONT");
        crowd.balancer.include(victim.port);
      };
    });
    return { kill: report("killed ", killed), stop: report("stopped", stopped), lost: crowd.lost };
  } finally {
    await crowd.leave();
  }
}

type Strike = (victim: ServerProcess) => Promise<() => Promise<void>>;

/** Each round strikes the process that has made all tables of the round. */
async function sample(crowd: ClusterCrowd, strike: Strike): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; times.length < SAMPLES && round < ROUNDS_MAX; round++) {
    const victim = crowd.cluster.servers[round % PROCESSES]!;
    const others = crowd.everybody.length;
    for (let table = 0; table < TABLES; table++) await crowd.open(victim, SEATS);
    await crowd.settled();
    crowd.takeReturns();
    const struck = crowd.everybody.slice(others);
    const since = performance.now();
    const mend = await strike(victim);
    for (const { backAt } of await crowd.returned(struck)) times.push(backAt - since);
    await mend();
    await crowd.dismiss();
  }
  return times;
}

function report(how: string, times: readonly number[]): Record<string, number> {
  const [p50, p99, max] = [50, 99, 100].map((percent) => Math.round(percentile(times, percent))) as [
    number,
    number,
    number,
  ];
  process.stdout.write(`  ${how}  back after p50 ${p50} ms  p99 ${p99} ms  max ${max} ms  (${times.length} clients)\n`);
  return { p50, p99, max, n: times.length };
}
