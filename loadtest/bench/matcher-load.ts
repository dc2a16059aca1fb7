import { monitorEventLoopDelay } from "node:perf_hooks";
import { CROWD_REGIONS, crowd } from "../../src/cli/simulate-arrivals.ts";
import { MatcherPool } from "../../src/matchmaking/matcher-pool.ts";
import type { Candidate, Match, QueueRules } from "../../src/matchmaking/matchmaking-types.rules.ts";
import { median } from "./figures.ts";

/** All of them came within this time before the pass: a burst, as after a restart of the whole cluster. */
const CAME_WITHIN_SECONDS = 30;
const RESOLUTION_MS = 1;

export interface DecisionLoad {
  /** Worker milliseconds of the first pass over everybody, without a bound of matches: median, and the worst. */
  readonly passMs: number;
  readonly worstPassMs: number;
  readonly matches: number;
  /** Passes of the product's bound of matches, until nobody else can be matched. */
  readonly boundedPassMs: number;
  readonly worstBoundedPassMs: number;
  readonly boundedPasses: number;
  /** Of the thread with the sockets, during the bounded passes. */
  readonly loopDelayP99: number;
  readonly quality: number;
  readonly matched: number;
}

/** Tickets that wait at `now`. */
export function waitingCrowd(
  rules: QueueRules,
  tickets: number,
  seed: string,
): { candidates: Candidate[]; now: number } {
  const candidates = crowd({ seed, rules, tickets, perSecond: tickets / CAME_WITHIN_SECONDS });
  return { candidates, now: candidates.at(-1)!.since };
}

/** Decides over crowds of so many tickets, each a fresh one, in one worker that has done so before. */
export async function decisionLoad(rules: QueueRules, tickets: number, runs: number): Promise<DecisionLoad> {
  const matcher = new MatcherPool();
  const full: number[] = [];
  const bounded: number[] = [];
  const delays: number[] = [];
  let last: { matches: readonly Match[]; passes: number } = { matches: [], passes: 0 };
  try {
    await onePass(matcher, rules, tickets, "warm-up");
    for (let run = 0; run < runs; run++) {
      full.push((await onePass(matcher, rules, tickets, `full ${run}`)).tookMs);
      last = await boundedPasses(matcher, rules, tickets, `bounded ${run}`, bounded, delays);
    }
  } finally {
    await matcher.end();
  }
  const matched = last.matches.reduce((sum, { teams }) => sum + teams.flat().length, 0);
  return {
    ...{ passMs: median(full), worstPassMs: Math.max(...full), matches: last.matches.length },
    ...{ boundedPassMs: median(bounded), worstBoundedPassMs: Math.max(...bounded), boundedPasses: last.passes },
    ...{ loopDelayP99: Math.max(...delays), quality: median(last.matches.map(({ quality }) => quality)) },
    matched: matched / tickets,
  };
}

async function onePass(matcher: MatcherPool, rules: QueueRules, tickets: number, seed: string) {
  const { candidates, now } = waitingCrowd(rules, tickets, seed);
  await matcher.open(rules);
  await matcher.put(rules.id, candidates);
  return matcher.decide(rules.id, { now, regions: CROWD_REGIONS, atMost: tickets });
}

async function boundedPasses(
  matcher: MatcherPool,
  rules: QueueRules,
  tickets: number,
  seed: string,
  times: number[],
  delays: number[],
) {
  const { candidates, now } = waitingCrowd(rules, tickets, seed);
  await matcher.open(rules);
  await matcher.put(rules.id, candidates);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  const matches: Match[] = [];
  let passes = 0;
  delay.enable();
  for (let more = true; more; passes++) {
    const decided = await matcher.decide(rules.id, { now, regions: CROWD_REGIONS });
    times.push(decided.tookMs);
    matches.push(...decided.matches);
    more = decided.more;
  }
  delay.disable();
  delays.push(delay.percentile(99) / 1e6 - RESOLUTION_MS);
  return { matches, passes };
}

/** What a matcher without an index does: each ticket in turn, the oldest first, looks at everybody for the nearest. */
export function allPairs(rules: QueueRules, candidates: readonly Candidate[], now: number) {
  const from = performance.now();
  const waiting = candidates.map((candidate) => ({ candidate, taken: false, rating: candidate.players[0]!.rating }));
  let matches = 0;
  for (const seed of waiting) {
    if (seed.taken) continue;
    seed.taken = true;
    let nearest: (typeof waiting)[number] | null = null;
    let least = windowOf(rules, seed.candidate, now);
    for (const other of waiting) {
      const gap = Math.abs(other.rating - seed.rating);
      if (other.taken || gap > least || gap > windowOf(rules, other.candidate, now)) continue;
      if (!shareRegion(rules, seed.candidate, other.candidate, now)) continue;
      nearest = other;
      least = gap;
    }
    if (nearest === null) continue;
    nearest.taken = true;
    matches += 1;
  }
  return { ms: performance.now() - from, matches };
}

function windowOf({ rating }: QueueRules, { since }: Candidate, now: number): number {
  return Math.min(rating.max, rating.start + (rating.perSecond * (now - since)) / 1000) * 1e6;
}

function shareRegion({ latency }: QueueRules, a: Candidate, b: Candidate, now: number): boolean {
  const limit = ({ since }: Candidate) =>
    Math.min(latency.maxMs, latency.startMs + (latency.perSecond * (now - since)) / 1000);
  return CROWD_REGIONS.some((region) => a.latencies[region]! <= limit(a) && b.latencies[region]! <= limit(b));
}
