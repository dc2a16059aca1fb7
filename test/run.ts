import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * The suite in three lanes side by side. Those of the cluster and of clients mostly wait for processes to be missed and
 * for timers of the product, so that beside them the third has most of the machine, and the whole takes half the time.
 * Within a lane files run one after another, each with servers, databases and ports of its own; mocha's parallel mode
 * would run several clusters at once on two cores, and hides what tests leave open.
 */
const WAITING = [["cluster"], ["browser", "client", "recovery", "rooms"]];
const LANES = [
  ...WAITING.map((folders) => ["--ignore", "test/*.test.ts", "--ignore", `test/!(${folders.join("|")})/**`]),
  ["--ignore", `test/@(${WAITING.flat().join("|")})/**`],
];

/** @returns its exit code; null where a signal ended it */
async function run(lane: readonly string[], print: (text: string) => void): Promise<number | null> {
  const color = process.stdout.isTTY ? ["--color"] : [];
  const child = spawn("mocha", [...color, ...lane, ...process.argv.slice(2)], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print);
  const [code] = (await once(child, "close")) as [number | null];
  return code;
}

/** The first lane is shown as it runs, the others after it: side by side nobody could read them. */
async function runAll(): Promise<boolean> {
  const kept = LANES.map((): string[] => []);
  const [first, ...others] = LANES.map((lane, at) =>
    run(lane, (text) => (at === 0 ? process.stdout.write(text) : kept[at]!.push(text))),
  );
  const codes = [await first, ...(await Promise.all(others))];
  process.stdout.write(kept.flat().join(""));
  return codes.every((code) => code === 0);
}

process.exitCode = (await runAll()) ? 0 : 1;
