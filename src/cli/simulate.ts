import { parseArgs } from "node:util";
import { USUAL_PARTY } from "../combat/content/map-schema.rules.ts";
import { sha256 } from "../lib/sha256.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { Progress } from "./progress.ts";
import { type FightResult, simulateFight } from "./simulate-combat.ts";

const USAGE = `usage: hypogeum simulate combat [--games 1000] [--seed 1] [--heroes 4]

Fights of autopilots against each other, without a server: who wins, how long it takes, and one hash over all journals,
which is the same on every machine for the same seed and number of heroes (1 to 8).`;

const GAMES_MAX = 1_000_000;
/** As many as there are seats. */
const HEROES_MAX = 8;

/** @returns the report. @throws CommandError for anything else than the usage says */
export function simulate(args: readonly string[]): string {
  const wish = parse(args);
  if (wish === "help") return USAGE;
  const { games, seed, heroes } = wish;
  const progress = new Progress(games);
  const results: FightResult[] = [];
  for (let index = 0; index < games; index++) {
    results.push(simulateFight(seed, index, heroes));
    progress.at(index + 1);
  }
  progress.clear();
  return report(seed, results);
}

function parse(args: readonly string[]): { games: number; seed: string; heroes: number } | "help" {
  const { values, positionals } = parsed(args);
  if (values.help) return "help";
  const games = Number(values.games);
  const heroes = Number(values.heroes);
  const areCounts = isCount(games, GAMES_MAX) && isCount(heroes, HEROES_MAX);
  if (positionals.length !== 1 || positionals[0] !== "combat" || !areCounts) throw new CommandError(EXIT.usage, USAGE);
  return { games, seed: values.seed, heroes };
}

function isCount(value: number, most: number): boolean {
  return Number.isSafeInteger(value) && value > 0 && value <= most;
}

function parsed(args: readonly string[]) {
  const options = {
    games: { type: "string", default: "1000" },
    seed: { type: "string", default: "1" },
    heroes: { type: "string", default: String(USUAL_PARTY) },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(EXIT.usage, `${(error as Error).message.split("\n")[0]}\n${USAGE}`);
  }
}

function report(seed: string, results: readonly FightResult[]): string {
  const kinds = Map.groupBy(results, ({ map, against }) => `${map}, against ${against}`);
  const rows = [...kinds].map(([kind, some]) => `${kind.padEnd(34)} ${line(some)}`);
  const entries = results.reduce((sum, one) => sum + one.entries, 0);
  return [
    ...rows,
    `${"all".padEnd(34)} ${line(results)}`,
    `${results.length} fights of seed ${seed}, ${entries} entries; journals ${sha256(results.map(({ hash }) => hash).join())}`,
  ].join("\n");
}

function line(results: readonly FightResult[]): string {
  const share = (winner: number) => {
    const won = results.filter((one) => one.winner === winner).length;
    return `${((100 * won) / results.length).toFixed(1)} %`.padStart(7);
  };
  const rounds = results.map((one) => one.rounds).sort((a, b) => a - b);
  const at = (part: number) => rounds[Math.min(rounds.length - 1, Math.floor(part * rounds.length))]!;
  const length = `rounds ${at(0)} to ${rounds.at(-1)}, half by ${at(0.5)}, 95 % by ${at(0.95)}`;
  return `party won ${share(0)}, others ${share(1)}, nobody ${share(-1)}; ${length}`;
}
