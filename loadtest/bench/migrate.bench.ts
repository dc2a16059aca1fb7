import type { ServerProcess } from "../../test/support/server.ts";
import { ClusterCrowd } from "./cluster-crowd.ts";
import { percentile } from "./figures.ts";

export const name = "migrate";

const PROCESSES = 3;
const CLIENTS = Number(process.env.MIGRATE_CLIENTS ?? 200);
/** Three players and a spectator. */
const SEATS = 3;
const PER_TABLE = SEATS + 1;

/**
 * A rolling restart of every process under connected clients: how long each of them was without its room, how long
 * rooms stood still inside the servers, and whether anybody lost a seat.
 */
export async function run(): Promise<Record<string, unknown>> {
  const crowd = await ClusterCrowd.gather(PROCESSES, { LOG_LEVEL: "info" });
  try {
    const { servers } = crowd.cluster;
    for (let seated = 0; seated < CLIENTS; seated += PER_TABLE) {
      await crowd.open(servers[(seated / PER_TABLE) % PROCESSES]!, SEATS);
    }
    await crowd.settled();
    const freezes: Freeze[] = [];
    for (const server of servers) freezes.push(await restart(server, crowd));
    return report(crowd, freezes);
  } finally {
    await crowd.leave();
  }
}

interface Freeze {
  readonly moved: number;
  readonly orphaned: number;
  readonly freezeMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

async function restart(server: ServerProcess, crowd: ClusterCrowd): Promise<Freeze> {
  const { code } = await server.stop("SIGTERM");
  if (code !== 0) throw new Error(`the drain ended with ${code}\n${server.log()}`);
  const line = server.stdout.split("\n").findLast((text) => text.includes("nothing is left to hand over"));
  if (!line) throw new Error(server.log());
  await server.start();
  await crowd.allBack();
  return JSON.parse(line) as Freeze;
}

function report(crowd: ClusterCrowd, freezes: readonly Freeze[]): Record<string, unknown> {
  const pauses = crowd.takeReturns().map(({ droppedAt, backAt }) => backAt - droppedAt);
  const [p50, p99, max] = [50, 99, 100].map((percent) => Math.round(percentile(pauses, percent)));
  const moved = freezes.reduce((sum, freeze) => sum + freeze.moved, 0);
  const orphaned = freezes.reduce((sum, freeze) => sum + freeze.orphaned, 0);
  const freezeMs = {
    p50: Math.max(...freezes.map(({ freezeMs: { p50: of } }) => of)),
    p99: Math.max(...freezes.map(({ freezeMs: { p99: of } }) => of)),
    max: Math.max(...freezes.map(({ freezeMs: { max: of } }) => of)),
  };
  const clients = crowd.everybody.length;
  process.stdout.write(
    `  ${clients} clients, ${moved} rooms moved, ${orphaned} left behind, ${crowd.lost} clients lost\n` +
      `  away from the room  p50 ${p50} ms  p99 ${p99} ms  max ${max} ms  (${pauses.length} pauses)\n` +
      `  room stood still    p50 ${freezeMs.p50} ms  p99 ${freezeMs.p99} ms  max ${freezeMs.max} ms (worst process)\n`,
  );
  return { clients, moved, orphaned, lost: crowd.lost, pauses: pauses.length, pauseMs: { p50, p99, max }, freezeMs };
}
