import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import type { QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { allPairs, type DecisionLoad, decisionLoad, waitingCrowd } from "./matcher-load.ts";
import { type HttpLoad, overHttp, type ServiceLoad, throughService } from "./tickets-load.ts";

/*
 * How many tickets are made, through the service and over HTTP; how long the matcher thinks and how even its matches are,
 * with 1,000 to 100,000 tickets waiting; beside it a matcher that looks at all pairs, which a hundred times the tickets
 * cost ten thousand times as much.
 */
export const name = "matchmaking";

const LIMIT = { passMs: 250, loopDelayP99: 20, ticketsPerSecond: 5000, ticketP95Ms: 25, achieved: 0.98 };
const WAITING = [1000, 10_000, 100_000];
const RUNS = Number(process.env.MATCHMAKING_RUNS ?? 5);
/** Tickets a second over HTTP. */
const TICKET_RATE = Number(process.env.TICKET_RATE ?? 1200);
const DUEL = "arena-duel";
/** All pairs of so many take seconds; of ten times as many, minutes. */
const ALL_PAIRS_MAX = 10_000;

const say = (line: string) => process.stdout.write(`${line}\n`);

export async function run(): Promise<Record<string, unknown>> {
  const figures: Record<string, unknown> = { tickets: await ofTickets() };
  for (const rules of BUNDLED_QUEUES) figures[rules.id] = await ofQueue(rules);
  return { limits: LIMIT, ...figures };
}

async function ofTickets() {
  const service = await throughService();
  reportService(service);
  const http = await overHttp(TICKET_RATE, false);
  reportHttp("over HTTP", http);
  const httpWithKeys = await overHttp(TICKET_RATE, true);
  reportHttp("with an Idempotency-Key", httpWithKeys);
  return { service, http, httpWithKeys };
}

function reportService({ perSecond, rounds, p50, p95 }: ServiceLoad): void {
  say(
    `tickets through the service: ${perSecond}/s (${rounds.join(", ")}); goal ${LIMIT.ticketsPerSecond}/s ${verdict(perSecond >= LIMIT.ticketsPerSecond)}; p50 ${ms(p50)}, p95 ${ms(p95)}`,
  );
}

function reportHttp(how: string, load: HttpLoad): void {
  const { asked, achieved, p50, p95, p99, failed, serverCores, loopCores, clientCores, waiting } = load;
  const refused = Object.keys(failed).length > 0 ? `; refused: ${JSON.stringify(failed)}` : "";
  const holds = p95 < LIMIT.ticketP95Ms && achieved >= LIMIT.achieved * asked && refused === "";
  say(
    `tickets ${how}: ${asked}/s asked, ${achieved}/s done, p50 ${ms(p50)}, p95 ${ms(p95)}, p99 ${ms(p99)}; goal p95 ${LIMIT.ticketP95Ms} ms ${verdict(holds)}${refused}`,
  );
  say(
    `${"".padEnd(19)} server ${serverCores} cores, ${loopCores} of them its event loop; clients ${clientCores}; all ${waiting} tickets wait`,
  );
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
  const limit = tickets < 100_000 ? "" : `; limit ${LIMIT.passMs} ms ${verdict(passMs <= LIMIT.passMs)}`;
  say(
    `${id.padEnd(12)} ${String(tickets).padStart(6)} waiting: everybody in ${ms(passMs)}, worst ${ms(worstPassMs)}${limit}`,
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

function verdict(holds: boolean): string {
  return holds ? "held" : "missed";
}

function ms(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
