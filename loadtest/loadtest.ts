import { writeSync } from "node:fs";
import { parseArgs } from "node:util";
import { cli, type Options } from "@colyseus/loadtest";
import { play as arena } from "./arena.ts";
import { play as combat } from "./combat.ts";
import { play as dice } from "./dice.ts";
import { RateLimited } from "./guest.ts";
import { play as matchmaking } from "./matchmaking.ts";
import { Meter } from "./meter.ts";

/*
 * npm run loadtest -- <scenario> [--numClients 50] [--seconds 20] [--endpoint ws://localhost:2567] and whatever else
 * @colyseus/loadtest takes. Its screen needs a terminal; elsewhere the test runs quietly. Either way the last line on
 * stdout is one JSON object, and a client that failed makes the exit code 1.
 */

const SCENARIOS = new Map<string, (options: Options, meter: Meter) => Promise<void>>(
  Object.entries({ arena, combat, dice, matchmaking }),
);
const ENDPOINT = "ws://localhost:2567";
const ERRORS_SHOWN = 20;

const [scenario = "", ...flags] = process.argv.slice(2);
const play = SCENARIOS.get(scenario);
if (!play) usage(`There is no scenario "${scenario}".`);
if (flags.includes("--help")) usage("Every flag has a default.");

const known = { endpoint: { type: "string" }, room: { type: "string" }, roomId: { type: "string" } } as const;
const { values } = parseArgs({ args: flags, strict: false, options: { ...known, seconds: { type: "string" } } });
const seconds = values.seconds === undefined ? undefined : Number(values.seconds);
if (seconds !== undefined && !(seconds > 0)) usage("--seconds must be a number above 0.");

const meter = new Meter();
let rateLimited = false;
const onTerminal = process.stdout.isTTY === true;
// The screen of @colyseus/loadtest is drawn wherever stdout leads; in a file or a pipe it would be noise.
if (!onTerminal) process.stdout.write = () => true;
process.argv = [...process.argv.slice(0, 2), ...withDefaults()];
cli(async (options) => {
  try {
    await play(options, meter);
  } catch (error) {
    meter.failures += 1;
    rateLimited ||= error instanceof RateLimited;
    throw error instanceof Error ? error.message : error;
  } finally {
    if (options.clientId === options.numClients - 1) allTried();
  }
});
const show = console.error;
console.error = (...parts: unknown[]) => {
  meter.errors += 1;
  show(...parts);
  if (!onTerminal && meter.errors <= ERRORS_SHOWN) writeSync(2, `${parts.map(String).join(" ")}\n`);
};
process.on("exit", () => {
  if (rateLimited) writeSync(2, `${new RateLimited().message}\n`);
  writeSync(1, `${JSON.stringify({ loadtest: scenario, ...meter.report() })}\n`);
  if (meter.failures > 0) process.exitCode = 1;
});
if (seconds !== undefined) setTimeout(end, seconds * 1000);

function allTried(): void {
  meter.begin();
  if (meter.connections === 0 && !onTerminal) void end();
}

/** By the signal at which @colyseus/loadtest writes its log, if one was asked for, and exits. */
async function end(): Promise<void> {
  await meter.leaveAll();
  process.kill(process.pid, "SIGINT");
}

/** The user's own flags win: a second one of the same name would not. */
function withDefaults(): string[] {
  const endpoint = values.endpoint === undefined ? ["--endpoint", ENDPOINT] : [];
  const room = values.room === undefined && values.roomId === undefined ? ["--room", scenario] : [];
  return [...endpoint, ...room, ...flags];
}

function usage(problem: string): never {
  const names = [...SCENARIOS.keys()].join(", ");
  process.stderr.write(`${problem} Scenarios: ${names}\nnpm run loadtest -- <scenario> --numClients 50 --seconds 20\n`);
  process.exit(2);
}
