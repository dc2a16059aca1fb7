import { parseArgs } from "node:util";
import { type Comparison, compare } from "./bench/determinism/compare.ts";
import {
  bundleReplay,
  chromiumEngine,
  type Engine,
  findChromium,
  nodeEngine,
  nodeOfNpm,
} from "./bench/determinism/engines.ts";
import { type Recorded, record } from "./bench/determinism/record.ts";

/*
 * L6: plays matches of bots live, then each again from its journal alone, in Node 24 (three times), Node 22 and
 * Chromium, which all run the same bundle. The last line on stdout is one JSON object; any difference, and any engine
 * that is not there, exits 1.
 */

const NODE_24_RUNS = 3;

const { values } = parseArgs({ options: { matches: { type: "string", default: "100" } } });
const count = Number(values.matches);
if (!Number.isInteger(count) || count < 1) {
  process.stderr.write("--matches must be a whole number from 1\n");
  process.exit(78);
}

const matches: Recorded[] = [];
const started = performance.now();
await record(count, (match) => matches.push(match));
const played = matches.reduce((sum, { ticks }) => sum + ticks, 0);
const crashes = matches.reduce((sum, match) => sum + match.crashes, 0);
const ends = Object.groupBy(matches, ({ reason }) => reason);
const endings = Object.fromEntries(Object.entries(ends).map(([reason, list]) => [reason, list!.length]));
process.stdout.write(
  `${count} matches recorded in ${seconds(started)} s: ${played} ticks, ${crashes} crashes, ${JSON.stringify(endings)}\n`,
);

const bundle = await bundleReplay();
const chromium = findChromium();
const comparisons: Comparison[] = [];
for (let run = 0; run < NODE_24_RUNS; run++) await replayIn(() => nodeEngine(process.execPath, bundle));
await replayIn(async () => nodeEngine(await nodeOfNpm(22), bundle));
await replayIn(() => (chromium ? chromiumEngine(chromium, bundle) : Promise.reject(new Error("no chromium on PATH"))));

const engines = comparisons.map(({ engine, equal }) => ({ engine, equal }));
const equal = Math.min(...comparisons.map((comparison) => comparison.equal));
process.stdout.write(`${JSON.stringify({ matches: count, equal, ticks: played, crashes, endings, engines })}\n`);
process.exitCode = equal === count ? 0 : 1;

async function replayIn(open: () => Promise<Engine>): Promise<void> {
  const comparison = await outcomeOf(open).catch(
    (reason: unknown): Comparison => ({ engine: String(reason), equal: 0, seconds: 0, differing: [] }),
  );
  comparisons.push(comparison);
  process.stdout.write(
    `${comparison.engine}: ${comparison.equal} of ${count} equal, ${comparison.seconds.toFixed(1)} s\n`,
  );
  for (const difference of comparison.differing.slice(0, 10)) process.stderr.write(`${difference}\n`);
}

async function outcomeOf(open: () => Promise<Engine>): Promise<Comparison> {
  const engine = await open();
  try {
    return await compare(engine, matches);
  } finally {
    await engine.close();
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
