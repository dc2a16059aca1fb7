import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import type { QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { allPairs, type DecisionLoad, decisionLoad, waitingCrowd } from "./matcher-load.ts";

/*
 * How long the matcher thinks and how even its matches are, with 1,000 to 100,000 tickets waiting; beside it a matcher
 * that looks at all pairs, which a hundred times the tickets cost ten thousand times as much.
 */
export const name = "matchmaking";

const LIMIT = { passMs: 250, loopDelayP99: 20 };
const WAITING = [1000, 10_000, 100_000];
const RUNS = Number(process.env.MATCHMAKING_RUNS ?? 5);
const DUEL = "arena-duel";
/** All pairs of so many take seconds; of ten times as many, minutes. */
const ALL_PAIRS_MAX = 10_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = {};
  for (const rules of BUNDLED_QUEUES) figures[rules.id] = await ofQueue(rules);
  return { limits: LIMIT, ...figures };
}

async function ofQueue(rules: QueueRules) {
  const loads: Record<number, unknown> = {};
  for (const tickets of WAITING) {
    const load = await decisionLoad(rules, tickets, RUNS);
    report(rules, tickets, load);
    loads[tickets] = {
      ...load,
      ...(rules.id === DUEL && tickets <= ALL_PAIRS_MAX ? beside(rules, tickets, load) : {}),
    };
  }
  return loads;
}

function report({ id }: QueueRules, tickets: number, load: DecisionLoad): void {
  const { passMs, worstPassMs, matches, matched, quality, boundedPassMs, worstBoundedPassMs, loopDelayP99 } = load;
  const verdict = tickets < 100_000 ? "" : `; limit ${LIMIT.passMs} ms ${passMs <= LIMIT.passMs ? "held" : "missed"}`;
  say(
    `${id.padEnd(12)} ${String(tickets).padStart(6)} waiting: everybody in ${ms(passMs)}, worst ${ms(worstPassMs)}${verdict}`,
  );
  say(
    `${"".padEnd(19)} ${matches} matches of ${(100 * matched).toFixed(1)} % of tickets, quality p50 ${quality.toFixed(3)}`,
  );
  say(
    `${"".padEnd(19)} bounded passes ${ms(boundedPassMs)}, worst ${ms(worstBoundedPassMs)}; main loop p99 ${ms(loopDelayP99)}`,
  );
}

function beside(rules: QueueRules, tickets: number, { passMs, matches }: DecisionLoad) {
  const { candidates, now } = waitingCrowd(rules, tickets, `bounded ${RUNS - 1}`);
  const naive = allPairs(rules, candidates, now);
  const times = naive.ms / passMs;
  say(`${"".padEnd(19)} all pairs: ${ms(naive.ms)}, ${times.toFixed(0)} times as long, for ${naive.matches} matches`);
  return {
    allPairsMs: naive.ms,
    allPairsTimes: times,
    allPairsMatches: naive.matches,
    matchesShare: matches / naive.matches,
  };
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
