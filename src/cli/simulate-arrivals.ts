import { rng } from "../lib/rng.ts";
import type { Candidate, CandidatePlayer, QueueRules } from "../matchmaking/matchmaking-types.rules.ts";
import { MICRO } from "../matchmaking/quality.rules.ts";

/** Regions of a crowd, and which of a thousand live there: those from where the region before ends. */
const HOMES = [
  { region: "eu", until: 500 },
  { region: "us", until: 850 },
  { region: "as", until: 1000 },
] as const;
export const CROWD_REGIONS: readonly string[] = HOMES.map(({ region }) => region);

const MEAN = 25;
const DEVIATION = 8.3;
/** How many of a thousand tickets are alone, where parties may queue. */
const ALONE = 600;
/** How many of a thousand ask for a role, where a queue has roles. */
const PARTICULAR = 700;
const FINE = 2 ** 24;

export interface Crowd {
  readonly seed: string;
  readonly rules: QueueRules;
  /** Tickets a second, on average. */
  readonly perSecond: number;
  readonly tickets: number;
}

/**
 * Tickets as a queue might see them, from a seed: Poisson arrivals, ratings N(25, 8.3), newcomers and veterans, homes
 * in three regions, parties and roles where the queue has them. The same seed gives the same crowd.
 *
 * @returns as many as were asked for; `since` is in ms, from 0, ascending
 */
export function crowd({ seed, rules, perSecond, tickets }: Crowd): Candidate[] {
  const draw = rng(seed);
  let drawn = 0;
  const below = (count: number) => draw(drawn++, count) - 1;
  const uniform = () => (below(FINE) + 0.5) / FINE;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const player = (accountId: string): CandidatePlayer => {
    const rating = Math.floor((MEAN + DEVIATION * normal()) * MICRO);
    const sigma = Math.floor((1.5 + 6.8 * uniform()) * MICRO);
    const role = roleOf(rules, below);
    return { accountId, rating, sigma, ...(role === undefined ? {} : { role }) };
  };
  let at = 0;
  return Array.from({ length: tickets }, (_, number) => {
    at += (-Math.log(uniform()) * 1000) / perSecond;
    const size = rules.party.maxSize === 1 || below(1000) < ALONE ? 1 : 2 + below(rules.party.maxSize - 1);
    const players = Array.from({ length: size }, (_, member) => player(`${number}.${member}`));
    return { id: `t${number}`, players, latencies: latenciesOf(below), since: Math.floor(at) };
  });
}

function roleOf({ roles = {} }: QueueRules, below: (count: number) => number): string | undefined {
  const names = Object.keys(roles);
  return names.length === 0 || below(1000) >= PARTICULAR ? undefined : names[below(names.length)];
}

/** Near at home, an ocean away elsewhere. */
function latenciesOf(below: (count: number) => number): Record<string, number> {
  const inhabitant = below(1000);
  const home = HOMES.find(({ until }) => inhabitant < until)!.region;
  return Object.fromEntries(
    CROWD_REGIONS.map((region) => [region, region === home ? 12 + below(60) : 90 + below(140)]),
  );
}
