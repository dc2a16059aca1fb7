import { spawn } from "node:child_process";
import { once } from "node:events";

/** What mostly waits: for processes to be missed, and for timers of the product. */
const WAITING = "cluster|matchmaking|recovery";

/**
 * The suite in two lanes side by side: while one of them waits the other reckons, and the whole takes half the time.
 * Within a lane files run one after another, each with servers, databases and ports of its own; mocha's parallel mode
 * would run several clusters at once on two cores, and hides what tests leave open.
 */
const LANES = [
  ["--ignore", "test/*.test.ts", "--ignore", `test/!(${WAITING})/**`],
  ["--ignore", `test/@(${WAITING})/**`],
];

/** @returns its exit code; null where a signal ended it */
async function run(lane: readonly string[], print: (text: string) => void): Promise<number | null> {
  const color = process.stdout.isTTY ? ["--color"] : [];
  const child = spawn("mocha", [...color, ...lane, ...process.argv.slice(2)], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print);
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

/** The first lane is shown as it runs, the other after it: side by side nobody could read them. */
async function runAll(): Promise<boolean> {
  const kept: string[] = [];
  const [first, second] = LANES as [string[], string[]];
  const later = run(second, (text) => kept.push(text));
  const codes = [await run(first, (text) => process.stdout.write(text)), await later];
  process.stdout.write(kept.join(""));
  return codes.every((code) => code === 0);
}

process.exitCode = (await runAll()) ? 0 : 1;
