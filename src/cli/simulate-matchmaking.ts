import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { arena } from "../arena/arena.rules.ts";
import { combat } from "../combat/combat.rules.ts";
import { dice } from "../dice/dice.rules.ts";
import { BUNDLED_QUEUES } from "../matchmaking/bundled-queues.rules.ts";
import type { Candidate, QueueRules } from "../matchmaking/matchmaking-types.rules.ts";
import { QueueError, readQueues } from "../matchmaking/queues.rules.ts";
import { CommandError, EXIT } from "./command-error.ts";
import { Progress } from "./progress.ts";
import { CROWD_REGIONS, crowd } from "./simulate-arrivals.ts";
import { type QueueFigures, runQueue } from "./simulate-queue.ts";

const USAGE = `usage: hypogeum simulate matchmaking [--tickets 100000] [--queue arena-duel] [--per-second 20] [--seed 1]
                                     [--queues <file>] [--arrivals <file>]

Plays arrivals through a queue's rules, without a server, and tells how long tickets waited and how even their matches
were: so that rules are tuned before players meet them.

  --queue <id>       one of the bundled queues, or of --queues
  --queues <file>    queues to try: a JSON list, shaped as GET /v1/matchmaking/queues tells its rules
  --arrivals <file>  recorded arrivals instead of made ones, a JSON object a line, in order:
                     {"at": ms, "players": [{"rating": points, "sigma": points, "role"?}], "latencies"?: {region: ms}}`;

const TICKETS_MAX = 1_000_000;
const GAMES = [arena, combat, dice].map(({ id, seats }) => ({ type: id, seats }));

const Recorded = z.strictObject({
  at: z.number().min(0),
  players: z
    .array(z.strictObject({ rating: z.number(), sigma: z.number().min(0), role: z.string().optional() }))
    .min(1)
    .max(64),
  latencies: z.record(z.string(), z.number().min(0)).default({}),
});

interface Wish {
  readonly rules: QueueRules;
  readonly arrivals: readonly Candidate[];
  readonly regions: readonly string[];
  /** Where the arrivals are from. */
  readonly source: string;
}

/** @returns the report. @throws CommandError for anything else than the usage says, and for files that are not right */
export function simulateMatchmaking(args: readonly string[]): string {
  const values = parsed(args);
  if (values.help) return USAGE;
  const wish = read(values);
  const progress = new Progress(wish.arrivals.length);
  let done = 0;
  const figures = runQueue({ ...wish, onPut: () => progress.at(++done) });
  progress.clear();
  return report(wish, figures);
}

function parsed(args: readonly string[]) {
  const options = {
    tickets: { type: "string", default: "100000" },
    queue: { type: "string", default: "arena-duel" },
    queues: { type: "string" },
    arrivals: { type: "string" },
    "per-second": { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new CommandError(EXIT.usage, `${(error as Error).message.split("\n")[0]}\n${USAGE}`);
  }
}

function read(values: ReturnType<typeof parsed>): Wish {
  const tickets = Number(values.tickets);
  const perSecond = Number(values["per-second"]);
  if (!Number.isSafeInteger(tickets) || tickets < 1 || tickets > TICKETS_MAX) {
    throw new CommandError(EXIT.usage, `--tickets must be from 1 to ${TICKETS_MAX}`);
  }
  if (!(perSecond > 0 && perSecond <= TICKETS_MAX)) throw new CommandError(EXIT.usage, "--per-second must be above 0");
  const queues = queuesIn(values.queues);
  const rules = queues.get(values.queue);
  if (rules === undefined) {
    throw new CommandError(EXIT.usage, `no queue ${values.queue}; there are: ${[...queues.keys()].join(", ")}`);
  }
  if (values.arrivals !== undefined) return recorded(values.arrivals, rules);
  const arrivals = crowd({ seed: values.seed, rules, perSecond, tickets });
  return { rules, arrivals, regions: CROWD_REGIONS, source: `${perSecond} tickets/s of seed ${values.seed}` };
}

function queuesIn(file: string | undefined): ReadonlyMap<string, QueueRules> {
  try {
    return readQueues(file === undefined ? BUNDLED_QUEUES : JSON.parse(contentOf(file)), GAMES);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const isFault = error instanceof QueueError;
    throw new CommandError(EXIT.usage, isFault ? error.message : `${file} is not JSON: ${(error as Error).message}`);
  }
}

function recorded(file: string, rules: QueueRules): Wish {
  const lines = contentOf(file)
    .split("\n")
    .filter((line) => line.trim() !== "");
  if (lines.length > TICKETS_MAX) throw new CommandError(EXIT.usage, `${file} has over ${TICKETS_MAX} lines`);
  const arrivals = lines.map((line, number) => candidateIn(line, `${file}, line ${number + 1}`, number));
  const early = arrivals.findIndex(({ since }, at) => at > 0 && since < arrivals[at - 1]!.since);
  if (early > 0) throw new CommandError(EXIT.usage, `${file}, line ${early + 1}: at: earlier than the line before`);
  const measured = [...new Set(arrivals.flatMap(({ latencies }) => Object.keys(latencies)))].sort();
  return { rules, arrivals, regions: measured.length > 0 ? measured : ["local"], source: file };
}

function candidateIn(line: string, where: string, number: number): Candidate {
  let data: unknown;
  try {
    data = JSON.parse(line);
  } catch {
    throw new CommandError(EXIT.usage, `${where}: not JSON`);
  }
  const read = Recorded.safeParse(data);
  const [issue] = read.error?.issues ?? [];
  if (issue) throw new CommandError(EXIT.usage, `${where}: ${issue.path.map(String).join(".")}: ${issue.message}`);
  const { at, players, latencies } = read.data!;
  const members = players.map(({ rating, sigma, role }, member) => ({
    ...{ accountId: `${number}.${member}`, rating: Math.floor(rating * 1e6), sigma: Math.floor(sigma * 1e6) },
    ...(role === undefined ? {} : { role }),
  }));
  return { id: `t${number}`, players: members, latencies, since: at };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`);
  }
}

function report({ rules, source }: Wish, figures: QueueFigures): string {
  const { tickets, players, waits, timedOut, refused, matches, partial, qualities, favourites, passMs } = figures;
  const regions = [...figures.matchesByRegion].sort(([, a], [, b]) => b - a);
  const share = (part: number, whole: number) => `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
  return [
    `queue ${rules.id}: ${tickets} tickets of ${players} players, ${source}, in ${figures.simulatedSeconds} s`,
    `matched     ${share(waits.length, tickets)} of tickets, timed out ${share(timedOut, tickets)}, refused ${refused}`,
    `matches     ${matches}, of them ${partial} with fewer players; ${regions.map(([region, count]) => `${region} ${share(count, matches)}`).join(", ")}`,
    `wait        ${spread(waits, 1, " s")}; time-out ${rules.timeoutSeconds} s; most at once ${figures.mostWaiting}`,
    `quality     ${spread(qualities, 3, "")} (probability of a draw)`,
    ...(favourites.length > 0 ? [`favourite   ${spread(favourites, 3, "")} (probability of a win)`] : []),
    `pass        ${spread(passMs, 2, " ms")} on this machine`,
  ].join("\n");
}

/** @param sorted ascending */
function spread(sorted: Float64Array, digits: number, unit: string): string {
  if (sorted.length === 0) return "none";
  const at = (part: number) => {
    return `${sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!.toFixed(digits)}${unit}`;
  };
  return `5 % below ${at(0.05)}, half ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, most ${at(1)}`;
}
