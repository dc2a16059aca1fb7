import type { Room } from "@colyseus/sdk";
import { act, newPlayer } from "../../test/support/bots.ts";
import { BenchCluster, pidOf } from "./bench-cluster.ts";
import { formatRatio, median, percentile } from "./figures.ts";
import { cpuSeconds } from "./proc.ts";

export const name = "gateway";

/** Each with one client at the process that holds it, and one at the other. */
const TABLES = 4;
/** Pairs of windows, alternating, so that the machine's drift hits both. */
const PAIRS = 6;
const WINDOW_MS = 3000;
/** Between two actions of a client, from one answer to the next request. */
const PACE_MS = 8;

/** What one window measured; processor time in ms. */
interface Window {
  readonly latencies: readonly number[];
  readonly ownerMs: number;
  readonly otherMs: number;
}

/** The same action on the same tables, by clients of the owner and by clients whose socket another process passes on. */
export async function run(): Promise<Record<string, unknown>> {
  const cluster = await BenchCluster.start(2);
  try {
    const [owner, other] = (await Promise.all(cluster.servers.map(pidOf))) as [number, number];
    const [direct, tunnelled] = await seat(cluster);
    const measure = (rooms: readonly Room[]) => measureWindow(rooms, owner, other);
    await measure([...direct, ...tunnelled]); // warm
    const idle = await measure([]);
    const pairs: { direct: Window; tunnelled: Window }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      pairs.push({ direct: await measure(direct), tunnelled: await measure(tunnelled) });
    }
    for (const room of [...direct, ...tunnelled]) await room.leave();
    return report(pairs, idle);
  } finally {
    await cluster.stop();
  }
}

async function seat({ servers }: BenchCluster): Promise<[direct: Room[], tunnelled: Room[]]> {
  const [direct, tunnelled]: [Room[], Room[]] = [[], []];
  for (let table = 0; table < TABLES; table++) {
    const [host, guest] = [await newPlayer(servers[0]!.url), await newPlayer(servers[1]!.url)];
    const room = await host.client.joinOrCreate("dice", { private: true });
    direct.push(room);
    tunnelled.push(await guest.client.joinById(room.roomId));
  }
  for (const room of [...direct, ...tunnelled]) room.onMessage("*", () => undefined);
  return [direct, tunnelled];
}

async function measureWindow(rooms: readonly Room[], owner: number, other: number): Promise<Window> {
  const [ownerBefore, otherBefore] = [cpuSeconds(owner), cpuSeconds(other)];
  const end = performance.now() + WINDOW_MS;
  const latencies: number[] = [];
  const client = async (room: Room) => {
    while (performance.now() < end) {
      const began = performance.now();
      await refused(room);
      latencies.push(performance.now() - began);
      await pause(PACE_MS);
    }
  };
  await Promise.all([...rooms.map(client), pause(WINDOW_MS)]);
  const spent = (pid: number, before: number) => (cpuSeconds(pid) - before) * 1000;
  return { latencies, ownerMs: spent(owner, ownerBefore), otherMs: spent(other, otherBefore) };
}

/** Goes through the ledger's door and comes back as a no: what a disk takes would hide what a hop takes. */
async function refused(room: Room): Promise<void> {
  const code = await act(room, "challenge").then(
    () => "ok",
    (error: { reason?: { code: string } }) => error.reason?.code,
  );
  if (code !== "not_now") throw new Error(`an action was answered by ${code}`);
}

function report(pairs: readonly { direct: Window; tunnelled: Window }[], idle: Window): Record<string, unknown> {
  const at = (percent: number, way: "direct" | "tunnelled") =>
    pairs.map((pair) => percentile(pair[way].latencies, percent));
  const added = (percent: number) =>
    round(median(at(percent, "tunnelled").map((ms, i) => ms - at(percent, "direct")[i]!)));
  const ratio = at(50, "tunnelled").map((ms, i) => ms / at(50, "direct")[i]!);
  const cpu = {
    tunnel: perThousand(pairs, idle, "tunnelled", "otherMs"),
    ownerTunnelled: perThousand(pairs, idle, "tunnelled", "ownerMs"),
    ownerDirect: perThousand(pairs, idle, "direct", "ownerMs"),
  };
  for (const way of ["direct", "tunnelled"] as const) {
    const [p50, p99] = [round(median(at(50, way))), round(median(at(99, way)))];
    process.stdout.write(`${way.padEnd(9)} p50 ${p50} ms  p99 ${p99} ms\n`);
  }
  process.stdout.write(`p50 ratio ${formatRatio(ratio)}; added p50 ${added(50)} ms, p99 ${added(99)} ms\n`);
  process.stdout.write(
    `CPU per 1,000 frames: ${cpu.tunnel} ms in the process between, ` +
      `${cpu.ownerTunnelled} ms at the owner (${cpu.ownerDirect} ms for its own clients)\n`,
  );
  const direct = { p50: round(median(at(50, "direct"))), p99: round(median(at(99, "direct"))) };
  return { direct, addedP50: added(50), addedP99: added(99), ratio: round(median(ratio)), cpuMsPer1000Frames: cpu };
}

/** Above what the process takes when nobody asks. A request is a frame, and so is its answer. */
function perThousand(
  pairs: readonly { direct: Window; tunnelled: Window }[],
  idle: Window,
  way: "direct" | "tunnelled",
  whose: "ownerMs" | "otherMs",
): number {
  const spent = pairs.reduce((sum, pair) => sum + pair[way][whose] - idle[whose], 0);
  const frames = pairs.reduce((sum, pair) => sum + 2 * pair[way].latencies.length, 0);
  return round((spent / frames) * 1000);
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
