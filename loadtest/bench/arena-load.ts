import type { CrowdCount, JoinOrder } from "./arena-crowd.ts";
import { PinnedProcess } from "./pinned-process.ts";
import type { TickFigures } from "./tick-probe.ts";

export const PLAYERS = 8;
/**
 * The countdown, the way to the first enemy, and some deaths: who joins faster must not be watched at an earlier stage
 * of the match, when there is less to send.
 */
const WARM_UP_MS = 6000;
/** Rooms close, sessions are written down for the last time. */
const COOL_DOWN_MS = 1500;
const SERVER_CORE = 0;
const CROWD_CORE = 1;

type Crowd = PinnedProcess<object>;

/** A server that arenas are played on, in a process of its own. */
export interface Contender {
  readonly process: PinnedProcess<{ readonly port: number }>;
  readonly accounts: boolean;
}

/** One contender under load for a while. */
export interface Load {
  readonly ticks: TickFigures;
  /** Ms of processor time for one tick of one room, all threads of the server together. */
  readonly cpuPerTick: number;
  /** Bytes to one client for one patch, at the sockets. */
  readonly bytesPerPatch: number;
  readonly bytesPerSecond: number;
  /** Processor time of the server and of the crowd, in cores. */
  readonly cores: number;
  readonly crowdCores: number;
  /** Connections that were lost, or never came about. */
  readonly failures: number;
}

export const startCrowd = (): Promise<Crowd> => PinnedProcess.start("loadtest/bench/arena-crowd.ts", CROWD_CORE);

export async function startProduct(dataDir: string): Promise<Contender> {
  const env = { PORT: "0", HOST: "127.0.0.1", DATA_DIR: dataDir, LOG_LEVEL: "warn", RATE_LIMIT: "off" };
  return { process: await PinnedProcess.start("loadtest/bench/arena-product.ts", SERVER_CORE, env), accounts: true };
}

export async function startBare(): Promise<Contender> {
  return { process: await PinnedProcess.start("loadtest/bench/bare-arena.ts", SERVER_CORE), accounts: false };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Fills `rooms` rooms with players, lets them play themselves warm, watches for `ms`, and sends everybody home. */
export async function load(crowd: Crowd, { process, accounts }: Contender, rooms: number, ms: number): Promise<Load> {
  const url = `http://127.0.0.1:${process.hello.port}`;
  const order: JoinOrder = { do: "join", url, accounts, squads: rooms, size: PLAYERS };
  await crowd.ask(order);
  await wait(WARM_UP_MS);
  const before = await crowd.ask<CrowdCount>({ do: "count" });
  await process.ask("begin");
  const [from, cpu, crowdCpu] = [performance.now(), process.cpuSeconds, crowd.cpuSeconds];
  await wait(ms);
  const seconds = (performance.now() - from) / 1000;
  const used = process.cpuSeconds - cpu;
  const crowdUsed = crowd.cpuSeconds - crowdCpu;
  const ticks = await process.ask<TickFigures>("end");
  const after = await crowd.ask<CrowdCount>({ do: "count" });
  await crowd.ask({ do: "leave" });
  await wait(COOL_DOWN_MS);
  const bytes = after.bytes - before.bytes;
  return {
    ...{ ticks, cores: used / seconds, crowdCores: crowdUsed / seconds, cpuPerTick: (used * 1000) / ticks.ticks },
    bytesPerPatch: bytes / (after.patches - before.patches),
    bytesPerSecond: bytes / seconds / (rooms * PLAYERS),
    failures: after.failures + rooms * PLAYERS - after.players,
  };
}
