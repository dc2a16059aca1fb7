import type { ServerProcess } from "../../test/support/server.ts";
import { BenchCluster, guestHeader } from "./bench-cluster.ts";
import { formatRatio, median, percentile } from "./figures.ts";
import { ListedRooms } from "./listed-rooms.ts";

export const name = "join";

const LISTED = [0, 1000, 10_000] as const;
const MOST = LISTED.at(-1)!;
const PROCESSES = [1, 3] as const;
/** Rounds over all sizes, so that the machine's drift hits each. */
const ROUNDS = 3;
const JOINS = 200;
const WARM_UP = 60;
const ACCOUNTS = 32;

interface Cell {
  readonly p50: number;
  readonly p99: number;
}
type Cells = ReadonlyMap<number, readonly Cell[]>;

/**
 * One joiner after the other: every sixth finds no open table, and gets a new one. Not at once: Colyseus lets whoever
 * was too late for a last seat pause at random before the next attempt, and that pause would be measured.
 */
export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (const processes of PROCESSES) {
    const ours = await measureCluster(processes, "src/main.ts", LISTED);
    const stock = await measureCluster(processes, "loadtest/bench/stock-matchmaker.ts", [0, MOST]);
    for (const listed of LISTED) print(`${processes} of ours`, listed, ours);
    for (const listed of [0, MOST]) print(`${processes} of stock`, listed, stock);
    const flatness = ratios(ours.get(MOST)!, ours.get(0)!);
    const against = ratios(ours.get(MOST)!, stock.get(MOST)!);
    process.stdout.write(`  p50 with ${MOST} rooms against none ${formatRatio(flatness)}\n`);
    process.stdout.write(`  p50 with ${MOST} rooms against the stock driver ${formatRatio(against)}\n`);
    const sizes = Object.fromEntries(LISTED.map((listed) => [listed, summary(ours, listed)]));
    const reference = { 0: summary(stock, 0), [MOST]: summary(stock, MOST) };
    const compared = { flatness: round(median(flatness)), againstStock: round(median(against)) };
    figures[`${processes} processes`] = { ...sizes, stock: reference, ...compared };
  }
  return figures;
}

async function measureCluster(processes: number, program: string, sizes: readonly number[]): Promise<Cells> {
  const cluster = await BenchCluster.start(processes, program);
  const rooms = await ListedRooms.open(cluster.redis.url);
  const cells = new Map<number, Cell[]>(sizes.map((listed) => [listed, []]));
  try {
    const accounts = await accountsOf(cluster.servers[0]!, program);
    await join(cluster.servers, accounts, WARM_UP);
    for (let turn = 0; turn < ROUNDS; turn++) {
      for (const listed of sizes) {
        await rooms.become(listed);
        const latencies = await join(cluster.servers, accounts, JOINS);
        cells.get(listed)!.push({ p50: percentile(latencies, 50), p99: percentile(latencies, 99) });
      }
    }
    return cells;
  } finally {
    rooms.close();
    await cluster.stop();
  }
}

/** The reference knows no accounts: it takes any header. */
async function accountsOf(server: ServerProcess, program: string): Promise<string[]> {
  if (program !== "src/main.ts") return ["Bearer nobody"];
  return Promise.all(Array.from({ length: ACCOUNTS }, () => guestHeader(server.url)));
}

/** Latencies in ms, from the knock to the reserved seat. The processes are asked in turn. */
async function join(servers: readonly ServerProcess[], accounts: readonly string[], count: number): Promise<number[]> {
  const latencies: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const authorization = accounts[turn % accounts.length]!;
    const began = performance.now();
    const answer = await fetch(`${servers[turn % servers.length]!.url}/matchmake/joinOrCreate/dice`, {
      ...{ method: "POST", headers: { authorization, "content-type": "application/json" } },
      body: '{"mode":"bench"}',
    });
    const text = await answer.text();
    latencies.push(performance.now() - began);
    if (!text.includes("roomId")) throw new Error(`no seat: ${answer.status} ${text}`);
  }
  return latencies;
}

function ratios(some: readonly Cell[], others: readonly Cell[]): number[] {
  return some.map(({ p50 }, turn) => p50 / others[turn]!.p50);
}

/** Medians over the rounds. */
function summary(cells: Cells, listed: number): Cell {
  const rounds = cells.get(listed)!;
  return { p50: round(median(rounds.map(({ p50 }) => p50))), p99: round(median(rounds.map(({ p99 }) => p99))) };
}

function print(who: string, listed: number, cells: Cells): void {
  const { p50, p99 } = summary(cells, listed);
  process.stdout.write(`${who.padEnd(10)} ${String(listed).padStart(6)} rooms listed  p50 ${p50} ms  p99 ${p99} ms\n`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
