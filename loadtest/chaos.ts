import { parseArgs } from "node:util";
import { KINDS } from "../test/support/cluster-faults.ts";
import { runCluster } from "./chaos/cluster.ts";
import { runLeaders } from "./chaos/leaders.ts";
import { type Game, runSingle } from "./chaos/single.ts";

/*
 * The long fault runs. Outside oracles compare what clients were promised and shown with what the database holds in the
 * end. Progress goes to stderr; the last line on stdout is one JSON object, and any broken promise exits 1.
 *
 *   --kills 50 --game all             one server on the embedded database
 *   --processes 3 --faults 300        several behind a balancer, with Redis and a database that break too;
 *                                     --seed N repeats a schedule, --only kill,pause narrows it
 *   --processes 3 --leaders 100       several whose leader of matchmaking is killed again and again
 */

/** What may be under fire on one server, by the name that asks for it; `both` are the two games. */
const GAMES: Readonly<Record<string, readonly Game[]>> = {
  ...{ dice: ["dice"], arena: ["arena"], records: ["records"] },
  ...{ both: ["dice", "arena"], all: ["dice", "arena", "records"] },
};

const text = { type: "string" } as const;
const { values } = parseArgs({
  options: { kills: text, game: text, processes: text, faults: text, leaders: text, seed: text, only: text },
});

const kept = await (values.leaders !== undefined ? leaders() : values.processes === undefined ? single() : cluster());
process.exitCode = kept ? 0 : 1;

function single(): Promise<boolean> {
  const { kills = "50", game = "all" } = values;
  if (!Object.hasOwn(GAMES, game)) refuse(`--game must be one of ${Object.keys(GAMES).join(", ")}`);
  return runSingle(whole("--kills", kills, 1), new Set(GAMES[game]));
}

function leaders(): Promise<boolean> {
  const { processes = "3", leaders: kills = "100" } = values;
  return runLeaders(whole("--processes", processes, 2), whole("--leaders", kills, 1));
}

function cluster(): Promise<boolean> {
  const { processes = "3", faults = "300", seed, only = "" } = values;
  const wanted = only === "" ? [] : only.split(",");
  const kinds = KINDS.filter((kind) => wanted.includes(kind));
  if (kinds.length !== wanted.length) refuse(`--only must be a list of ${KINDS.join(", ")}`);
  return runCluster({
    // A survivor, and another one for the second of two faults at once.
    processes: whole("--processes", processes, 3),
    faults: whole("--faults", faults, 1),
    seed: seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole("--seed", seed, 0),
    only: kinds,
  });
}

function whole(name: string, value: string, least: number): number {
  const number = Number(value);
  if (value.trim() === "" || !Number.isInteger(number) || number < least)
    refuse(`${name} must be a whole number from ${least}`);
  return number;
}

function refuse(reason: string): never {
  process.stderr.write(`${reason}\n`);
  process.exit(78);
}
