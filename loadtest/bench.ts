import { readdirSync } from "node:fs";

/** A benchmark: `run` prints what a person wants to read and returns what a program wants to compare. */
interface Benchmark {
  readonly name: string;
  run(): Promise<Record<string, unknown>>;
}

const FOLDER = new URL("./bench/", import.meta.url);
const SUFFIX = ".bench.ts";

function available(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !available().includes(name));
if (unknown.length > 0) {
  process.stderr.write(`No benchmark ${unknown.join(", ")}. There are: ${available().join(", ")}\n`);
  process.exit(2);
}

// One after the other: two at once would measure each other.
for (const name of wanted.length > 0 ? wanted : available()) {
  const benchmark = (await import(new URL(`${name}${SUFFIX}`, FOLDER).href)) as Benchmark;
  process.stdout.write(`\n# ${benchmark.name}\n`);
  const figures = await benchmark.run();
  process.stdout.write(`${JSON.stringify({ bench: benchmark.name, ...figures })}\n`);
}
