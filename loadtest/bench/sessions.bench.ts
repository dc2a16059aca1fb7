import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { percentile } from "./figures.ts";
import { LeanClient } from "./lean-client.ts";
import { cpuSeconds, mainThreadSeconds } from "./proc.ts";
import { type BenchServer, startServer } from "./server-process.ts";
import { KINDS, type LoadResult, SessionsLoad } from "./sessions-load.ts";

export const name = "sessions";

/** Requests per second that are tried, until all goals are met; `RATE` tries one. */
const RATES = process.env.RATE === undefined ? [1000, 800, 600, 500, 400, 300, 200] : [Number(process.env.RATE)];
const SECONDS = Number(process.env.SECONDS ?? 15);
const WARM_UP_SECONDS = 5;
const ACCOUNTS = 200;
const CONNECTIONS = 64;
const HOT = 500;
/** Of all requests, with some to spare. */
const COLD_SHARE = 0.025;

/** p95 in ms. */
const GOALS = { create: 15, update: 10, remove: 10, hotGet: 3, list: 10 } as const;
const HIT_RATE_GOAL = 0.95;

interface Measured {
  readonly rate: number;
  readonly achieved: number;
  readonly hitRate: number;
  readonly p50: Record<string, number>;
  readonly p95: Record<string, number>;
  readonly failed: Readonly<Record<string, number>>;
  readonly serverCores: number;
  /** Of the server's main thread. */
  readonly loopCores: number;
  readonly clientCores: number;
  readonly holds: boolean;
}

export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const load = await prepare(dir);
  const server = await startServer(dir);
  const client = new LeanClient(server.port, CONNECTIONS);
  try {
    load.reconnect(client);
    const tried: Measured[] = [];
    for (const rate of RATES) {
      await load.run(rate, WARM_UP_SECONDS);
      const measured = await measure(load, client, server, rate);
      print(measured);
      tried.push(measured);
      if (measured.holds) break;
    }
    return summary(tried);
  } finally {
    client.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Everything is made by a server that is gone before the first request is timed: what is not asked for is cold. */
async function prepare(dir: string): Promise<SessionsLoad> {
  const server = await startServer(dir);
  const client = new LeanClient(server.port, CONNECTIONS);
  try {
    const load = new SessionsLoad(client, await signUp(client));
    await load.addHot(HOT);
    const requests = RATES.reduce((sum, rate) => sum + rate * (SECONDS + WARM_UP_SECONDS), 0);
    await load.addCold(Math.ceil(requests * COLD_SHARE));
    return load;
  } finally {
    client.close();
    await server.stop();
  }
}

async function signUp(client: LeanClient): Promise<string[]> {
  const accounts: string[] = [];
  for (let index = 0; index < ACCOUNTS; index++) {
    const body = JSON.stringify({ deviceId: `bench-${index}` });
    const { text } = await client.request("POST", "/v1/auth/guest", ["Content-Type: application/json"], body);
    accounts.push(`Authorization: Bearer ${(JSON.parse(text) as { accessToken: string }).accessToken}`);
  }
  return accounts;
}

async function measure(load: SessionsLoad, client: LeanClient, server: BenchServer, rate: number): Promise<Measured> {
  const [before, cpu, own] = [await reads(client), cpuSeconds(server.pid), cpuSeconds(process.pid)];
  const loop = mainThreadSeconds(server.pid);
  const result = await load.run(rate, SECONDS);
  const [after, seconds] = [await reads(client), result.seconds];
  const serverCores = (cpuSeconds(server.pid) - cpu) / seconds;
  const loopCores = (mainThreadSeconds(server.pid) - loop) / seconds;
  const clientCores = (cpuSeconds(process.pid) - own) / seconds;
  const at = (percent: number) =>
    Object.fromEntries(KINDS.map((kind) => [kind, round(percentile(result.latencies[kind], percent))]));
  const [p50, p95] = [at(50), at(95)];
  const achieved = round(KINDS.reduce((sum, kind) => sum + result.latencies[kind].length, 0) / seconds);
  const hitRate = hotHitRate(result, after.missed - before.missed);
  const met = Object.entries(GOALS).every(([kind, goal]) => p95[kind]! <= goal);
  const holds = met && hitRate >= HIT_RATE_GOAL && achieved >= rate * 0.98 && Object.keys(result.failed).length === 0;
  return { rate, achieved, hitRate, p50, p95, failed: result.failed, serverCores, loopCores, clientCores, holds };
}

/** Reads of played sessions that were answered without the database. Cold ones are meant to miss. */
function hotHitRate({ latencies }: LoadResult, missed: number): number {
  const cold = latencies.coldGet.length;
  return round(1 - Math.max(0, missed - cold) / latencies.hotGet.length);
}

async function reads(client: LeanClient): Promise<{ missed: number }> {
  const { text } = await client.request("GET", "/metrics", []);
  const [, missed = "0"] = /hypogeum_session_reads_total\{tier="l3"\} (\d+)/.exec(text) ?? [];
  return { missed: Number(missed) };
}

function print(measured: Measured): void {
  const { rate, achieved, hitRate, p50, p95, failed, serverCores, loopCores, clientCores, holds } = measured;
  const verdict = holds ? "holds" : "does not hold";
  process.stdout.write(`${rate}/s asked, ${achieved}/s done: ${verdict}\n`);
  for (const kind of KINDS) {
    const goal = kind === "coldGet" ? "" : `   goal p95 ${GOALS[kind]} ms`;
    process.stdout.write(`  ${kind.padEnd(8)} p50 ${p50[kind]} ms   p95 ${p95[kind]} ms${goal}\n`);
  }
  const cores = `server ${serverCores.toFixed(2)} cores, clients ${clientCores.toFixed(2)} cores`;
  const share = Math.round(loopCores * 100);
  process.stdout.write(`  hit rate of hot reads ${(hitRate * 100).toFixed(1)} %; ${cores}\n`);
  if (!holds) {
    process.stdout.write(
      `  bounded by the one event loop, which computes ${share} % of the time: the rest is queueing\n`,
    );
  }
  if (Object.keys(failed).length > 0) process.stdout.write(`  refused: ${JSON.stringify(failed)}\n`);
}

function summary(tried: readonly Measured[]): Record<string, unknown> {
  const best = tried.at(-1)!;
  const figures = { rate: best.rate, achieved: best.achieved, holds: best.holds, hitRate: best.hitRate };
  const cores = {
    serverCores: round(best.serverCores),
    loopCores: round(best.loopCores),
    clientCores: round(best.clientCores),
  };
  return { ...figures, p50: best.p50, p95: best.p95, ...cores, tried: tried.map(({ rate }) => rate) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
