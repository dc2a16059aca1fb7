import { newPlayer } from "../../test/support/bots.ts";
import { pause, type ServerProcess } from "../../test/support/server.ts";
import { BenchCluster, pidOf } from "./bench-cluster.ts";
import { DiceTable } from "./dice-table.ts";
import { percentile } from "./figures.ts";

export const name = "redis";

const PROCESSES = 3;
const TABLES = 12;
const WARM_UP_MS = 3000;
const CALM_MS = 10_000;
const OUTAGE_MS = Number(process.env.OUTAGE_SECONDS ?? 30) * 1000;
/** Between two joiners of a process: while Redis is away, and when it is back. */
const KNOCK_EVERY_MS = 1000;
const KNOCK_AGAIN_MS = 50;
/** What is waited for at most when Redis is back. */
const PATIENCE_MS = 30_000;

interface Refusals {
  readonly ms: number[];
  /** What was said that a client should not come back from, or that was no refusal at all. */
  readonly wrong: string[];
}

/** Redis is killed under play and comes back empty: what players notice, what joiners are told, and when all is well again. */
export async function run(): Promise<Record<string, unknown>> {
  const cluster = await BenchCluster.start(PROCESSES);
  const { servers, redis } = cluster;
  try {
    const pids = await pidsOf(servers);
    const tables = await openTables(servers);
    const joiners = await Promise.all(servers.map(({ url }) => newPlayer(url)));
    await pause(WARM_UP_MS);
    taken(tables);
    await pause(CALM_MS);
    const calm = taken(tables);
    await redis.kill();
    const refusals = await knockWhileAway(joiners.map(({ client }) => client));
    const away = taken(tables);
    await redis.start();
    const since = performance.now();
    const [joins, listed] = await Promise.all([
      joinsWork(
        joiners.map(({ client }) => client),
        since,
      ),
      allListed(cluster, tables, since),
    ]);
    for (const table of tables) await table.close();
    const now = await pidsOf(servers);
    const restarts = servers.filter(({ alive }, index) => !alive || now[index] !== pids[index]).length;
    const noticed = { drops: sum(tables, "drops"), failures: tables.flatMap(({ failures }) => failures) };
    return report({ calm, away, refusals, joins, listed, restarts, ...noticed });
  } finally {
    await cluster.stop();
  }
}

function pidsOf(servers: readonly ServerProcess[]): Promise<number[]> {
  return Promise.all(servers.map(pidOf));
}

/** Every table at a process of its turn, its second player at another. */
async function openTables(servers: readonly ServerProcess[]): Promise<DiceTable[]> {
  const urlOf = (turn: number) => servers[turn % servers.length]!.url;
  const tables = await Promise.all(
    Array.from({ length: TABLES }, (_, turn) => DiceTable.open(urlOf(turn), urlOf(turn + 1))),
  );
  for (const table of tables) table.play();
  return tables;
}

/** What was measured since it was asked last. */
function taken(tables: readonly DiceTable[]): number[] {
  return tables.flatMap(({ latencies }) => latencies.splice(0));
}

type Client = Awaited<ReturnType<typeof newPlayer>>["client"];

async function knockWhileAway(clients: readonly Client[]): Promise<Refusals> {
  const refusals: Refusals = { ms: [], wrong: [] };
  const end = performance.now() + OUTAGE_MS;
  const knock = async (client: Client) => {
    while (performance.now() < end) {
      const began = performance.now();
      const said = await client.joinOrCreate("dice", { mode: "away" }).then(
        ({ roomId }) => `joined ${roomId}`,
        (error: Error) => error.message,
      );
      refusals.ms.push(performance.now() - began);
      if (!said.startsWith("unavailable: ")) refusals.wrong.push(said);
      await pause(KNOCK_EVERY_MS);
    }
  };
  await Promise.all(clients.map(knock));
  return refusals;
}

/** Until somebody could join by each of the processes: how long that took, and at how many tables they sit. */
async function joinsWork(clients: readonly Client[], since: number): Promise<{ ms: number; tables: number }> {
  const joined = clients.map(async (client) => {
    while (performance.now() < since + PATIENCE_MS) {
      const room = await client.joinOrCreate("dice", { mode: "back" }).catch(() => undefined);
      if (room) return { room, at: performance.now() };
      await pause(KNOCK_AGAIN_MS);
    }
    throw new Error("nobody could join any more");
  });
  const found = await Promise.all(joined);
  await Promise.all(found.map(({ room }) => room.leave()));
  return {
    ms: Math.max(...found.map(({ at }) => at)) - since,
    tables: new Set(found.map(({ room }) => room.roomId)).size,
  };
}

/** How long until every room that played on has its row again, in ms. */
async function allListed({ redis }: BenchCluster, tables: readonly DiceTable[], since: number): Promise<number> {
  while (performance.now() < since + PATIENCE_MS) {
    const rows = await redis.ask((client) => client.hmget("roomcaches", ...tables.map(({ id }) => id)));
    if (rows.every((row) => row !== null)) return performance.now() - since;
    await pause(KNOCK_AGAIN_MS);
  }
  throw new Error("running rooms were not listed again");
}

function sum(tables: readonly DiceTable[], what: "drops"): number {
  return tables.reduce((total, table) => total + table[what], 0);
}

function report(measured: {
  readonly calm: readonly number[];
  readonly away: readonly number[];
  readonly refusals: Refusals;
  readonly joins: { readonly ms: number; readonly tables: number };
  readonly listed: number;
  readonly restarts: number;
  readonly drops: number;
  readonly failures: readonly string[];
}): Record<string, unknown> {
  const { calm, away, refusals, joins, listed, restarts, drops, failures } = measured;
  const at = (percent: number, values: readonly number[]) => Number(percentile(values, percent).toFixed(1));
  const play = { calmP50: at(50, calm), calmP99: at(99, calm), awayP50: at(50, away), awayP99: at(99, away) };
  const refused = { count: refusals.ms.length, p50: at(50, refusals.ms), worst: at(100, refusals.ms) };
  process.stdout.write(
    `${away.length} actions during the outage: p50 ${play.awayP50} ms, p99 ${play.awayP99} ms ` +
      `(before: ${play.calmP50}, ${play.calmP99}); ${failures.length} failed, ${drops} connections were dropped\n`,
  );
  process.stdout.write(`${refused.count} joiners refused: p50 ${refused.p50} ms, worst ${refused.worst} ms\n`);
  process.stdout.write(
    `Redis back, empty: joins worked by every process after ${Math.round(joins.ms)} ms, at ${joins.tables} table; ` +
      `all ${TABLES} running rooms were listed after ${Math.round(listed)} ms; ${restarts} processes restarted\n`,
  );
  return {
    ...{ outageSeconds: OUTAGE_MS / 1000, play, actions: away.length, failures, drops },
    ...{ refused: { ...refused, wrong: refusals.wrong } },
    ...{ joinsAfterMs: Math.round(joins.ms), tables: joins.tables, listedAfterMs: Math.round(listed), restarts },
  };
}
