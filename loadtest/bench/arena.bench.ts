import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HZ } from "../../src/arena/world.rules.ts";
import { type Contender, type Load, load, PLAYERS, startBare, startCrowd, startProduct } from "./arena-load.ts";
import { type MedianInterval, median, medianInterval } from "./figures.ts";
import { canPin } from "./pinned-process.ts";

/*
 * The product's arena against a bare Colyseus room with the same rules, state, views and players; then how many rooms
 * one core carries. Figures of a pair relate to the ticks that were played, so that a machine which stands still for a
 * moment does not favour anybody.
 */
export const name = "arena";

const LIMIT = { cpu: 1.25, bytes: 1.05, tickP99: 1000 / HZ / 2 };
const PAIRS = Number(process.env.ARENA_PAIRS ?? 15);
/** As many as one core is to carry: what a process costs whatever it does weighs more, the fewer rooms share it. */
const PAIR_ROOMS = 40;
const PAIR_MS = 8000;
const CAPACITY_ROOMS = 40;
const CAPACITY_MS = 30_000;
/** A core that is used by so much is full. */
const FULL = 0.95;
/** A room that ticks slower than this does not keep its pace. */
const PACE = 0.98 * HZ;

type Crowd = Awaited<ReturnType<typeof startCrowd>>;
type Pair = readonly [product: Load, bare: Load];

const say = (line: string) => process.stdout.write(`${line}\n`);

export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const crowd = await startCrowd();
  const product = await startProduct(dir);
  const bare = await startBare();
  try {
    if (!canPin) say("Server and players share the cores here: the figures are rough.");
    const pairs = await playPairs(crowd, product, bare);
    const figures = reportPairs(pairs);
    const full = await load(crowd, product, CAPACITY_ROOMS, CAPACITY_MS);
    const bareFull = await load(crowd, bare, CAPACITY_ROOMS, CAPACITY_MS);
    const failures = [...pairs.flat(), full, bareFull].reduce((sum, { failures }) => sum + failures, 0);
    if (failures > 0) say(`${failures} connections were lost: the figures do not count.`);
    return { ...figures, ...reportCapacity(full, bareFull), failures };
  } finally {
    await Promise.all([crowd.stop(), product.process.stop(), bare.process.stop()]);
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Both servers are up all the time and one of them is loaded; who begins alternates. */
async function playPairs(crowd: Crowd, product: Contender, bare: Contender): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let pair = 0; pair <= PAIRS; pair++) {
    const order = pair % 2 === 0 ? [product, bare] : [bare, product];
    const loads = new Map<Contender, Load>();
    for (const contender of order) loads.set(contender, await load(crowd, contender, PAIR_ROOMS, PAIR_MS));
    pairs.push([loads.get(product)!, loads.get(bare)!]);
  }
  return pairs.slice(1); // the first one warmed both up
}

function reportPairs(pairs: readonly Pair[]) {
  const ratios = (of: (load: Load) => number) => medianInterval(pairs.map(([ours, bare]) => of(ours) / of(bare)));
  const both = (of: (load: Load) => number) => [0, 1].map((side) => median(pairs.map((pair) => of(pair[side]!))));
  const cpu = ratios(({ cpuPerTick }) => cpuPerTick);
  const bytes = ratios(({ bytesPerPatch }) => bytesPerPatch);
  const [cpuMs, bareCpuMs] = both(({ cpuPerTick }) => cpuPerTick);
  const [perSecond, barePerSecond] = both(({ bytesPerSecond }) => bytesPerSecond);
  const [p50, bareP50] = both(({ ticks }) => ticks.p50);
  const [p99, bareP99] = both(({ ticks }) => ticks.p99);
  const [hz, bareHz] = both(({ ticks }) => ticks.medianHz);
  say(`${PAIR_ROOMS} rooms of ${PLAYERS} players, ${pairs.length} pairs of ${PAIR_MS / 1000} s; the bare room second`);
  say(`processor per room and tick  ${fixed(cpuMs, 3)} ms, ${fixed(bareCpuMs, 3)} ms, ${ratio(cpu, LIMIT.cpu)}`);
  say(`bytes per client and second  ${fixed(perSecond)}, ${fixed(barePerSecond)}, ${ratio(bytes, LIMIT.bytes)}`);
  say(
    `tick p50 and p99             ${fixed(p50, 2)} and ${fixed(p99, 2)} ms, ${fixed(bareP50, 2)} and ${fixed(bareP99, 2)} ms`,
  );
  say(`ticks per second of a room   ${fixed(hz, 2)}, ${fixed(bareHz, 2)}`);
  return {
    ...{ pairs: pairs.length, cpuRatio: cpu, bytesRatio: bytes, cpuMsPerTick: cpuMs, bareCpuMsPerTick: bareCpuMs },
    ...{ bytesPerClientSecond: perSecond, bareBytesPerClientSecond: barePerSecond },
    ...{ tickP50: p50, tickP99: p99, bareTickP50: bareP50, bareTickP99: bareP99 },
  };
}

function reportCapacity(full: Load, bare: Load) {
  say(`${CAPACITY_ROOMS} rooms of ${PLAYERS} players for ${CAPACITY_MS / 1000} s, the server on one core`);
  for (const [who, { ticks, cores, crowdCores }] of [
    ["product", full],
    ["bare", bare],
  ] as const) {
    const pace = `${fixed(ticks.medianHz, 2)} ticks/s a room, the slowest ${fixed(ticks.slowestHz, 2)}`;
    const busy = `server ${fixed(cores * 100)} % of its core, players ${fixed(crowdCores * 100)} % of theirs`;
    say(
      `${who.padEnd(9)} tick p99 ${fixed(ticks.p99, 2)} ms, ended late p99 ${fixed(ticks.lateP99, 2)} ms; ${pace}; ${busy}`,
    );
  }
  const carried = full.ticks.p99 <= LIMIT.tickP99 && full.ticks.slowestHz >= PACE;
  const verdict = carried ? "carried" : `not carried, bound by ${bound(full)}`;
  say(`limits: tick p99 ${fixed(LIMIT.tickP99, 1)} ms, ${fixed(PACE, 1)} ticks/s: ${verdict}`);
  return {
    capacity: {
      rooms: CAPACITY_ROOMS,
      carried,
      tickP99Limit: LIMIT.tickP99,
      ...capacityOf(full),
      bare: capacityOf(bare),
    },
  };
}

function capacityOf({ ticks, cores, crowdCores }: Load) {
  const { p50, p99, longest, lateP50, lateP99, slowestHz, medianHz } = ticks;
  return { tickP50: p50, tickP99: p99, longest, lateP50, lateP99, slowestHz, medianHz, cores, crowdCores };
}

function bound({ cores, crowdCores }: Load): string {
  if (cores >= FULL) return "the server's core, which is full";
  if (crowdCores >= FULL) return "the players' core, which is full";
  return "neither core: something else ran on them";
}

function ratio({ median: middle, low, high }: MedianInterval, limit: number): string {
  return `ratio ${fixed(middle, 3)} (95 %: ${fixed(low, 3)} to ${fixed(high, 3)}, limit ${limit})`;
}

function fixed(value: number | undefined, digits = 0): string {
  return (value ?? Number.NaN).toFixed(digits);
}
