import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Failure } from "./support/reporter.ts";

/** What mostly waits: for processes to be missed, and for timers of the product. */
const WAITING = "cluster|matchmaking|recovery";

const SUITE = "test/**/*.test.ts";

/**
 * The suite in two lanes side by side: while one of them waits the other reckons, and the whole takes half the time.
 * Within a lane files run one after another, each with servers, databases and ports of its own; mocha's parallel mode
 * would run several clusters at once on two cores, and hides what tests leave open.
 */
const LANES = [
  [SUITE, "--ignore", "test/*.test.ts", "--ignore", `test/!(${WAITING})/**`],
  [SUITE, "--ignore", `test/@(${WAITING})/**`],
];

/** More files than these do not fail by chance. */
const AGAIN_MAX = 4;

type Print = (text: string) => void;

interface Outcome {
  readonly passed: boolean;
  /** Undefined when mocha itself died, and could not say. */
  readonly failures: Failure[] | undefined;
}

const show: Print = (text) => process.stdout.write(text);

/** @param lane mocha's arguments. @param noted where its reporter writes what failed */
async function run(lane: readonly string[], noted: string, print: Print): Promise<Outcome> {
  const color = process.stdout.isTTY ? ["--color"] : [];
  const reporter = ["--reporter", "./test/support/reporter.ts", "--reporter-option", `failures=${noted}`];
  const child = spawn("mocha", [...color, ...reporter, ...lane, ...process.argv.slice(2)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", print);
  const [code] = (await once(child, "close")) as [number | null];
  const failures = await readFile(noted, "utf8").then(
    (text) => JSON.parse(text) as Failure[],
    () => undefined,
  );
  return { passed: code === 0, failures };
}

/** The first lane is shown as it runs, the other after it: side by side nobody could read them. */
async function runLanes(dir: string): Promise<Outcome[]> {
  const kept: string[] = [];
  const [first, second] = LANES as [string[], string[]];
  const later = run(second, join(dir, "second"), (text) => kept.push(text));
  const outcomes = [await run(first, join(dir, "first"), show), await later];
  show(kept.join(""));
  return outcomes;
}

/**
 * Files in which something failed run once more, with the machine to themselves: a fault of the product fails again,
 * a test that was merely starved of time does not, and is named at the end so that somebody mends it.
 *
 * @returns whether all of them passed
 */
async function runAgain(outcomes: readonly Outcome[], dir: string): Promise<boolean> {
  const failed = outcomes.filter(({ passed }) => !passed);
  const failures = failed.flatMap((outcome) => outcome.failures ?? []);
  const files = [...new Set(failures.map(({ file }) => file))];
  const names = failures.map(({ file, title }) => `  ${file}: ${title}\n`).join("");
  // A lane that failed without a failed test left something running, or died: no test to ask again.
  const hopeless = failed.some((outcome) => !outcome.failures?.length) || files.length > AGAIN_MAX;
  show(`\n${failures.length} failed:\n${names}`);
  if (hopeless) return false;
  show("Once more, alone:\n");
  const { passed } = await run(files, join(dir, "again"), show);
  show(
    passed ? `passed alone, and failed beside other tests:\n${names}` : `failed twice, or beside what did:\n${names}`,
  );
  return passed;
}

async function runAll(): Promise<boolean> {
  const dir = await mkdtemp(join(tmpdir(), "hypogeum-suite-"));
  try {
    const outcomes = await runLanes(dir);
    return outcomes.every(({ passed }) => passed) || (await runAgain(outcomes, dir));
  } finally {
    await rm(dir, { recursive: true });
  }
}

process.exitCode = (await runAll()) ? 0 : 1;
