import { fillRooms } from "./backfill.rules.ts";
import { type Group, GroupSearch } from "./groups.rules.ts";
import type { Decision, Match, OpenRoom, QueueRules } from "./matchmaking-types.rules.ts";
import { Neighbours } from "./neighbours.rules.ts";
import { type Pool, UNKNOWN_MS } from "./pool.rules.ts";
import { predict, type TeamStrength } from "./quality.rules.ts";
import type { Member } from "./teams.rules.ts";

/** A pass looks at about so many tickets, however many wait: it ends in time, and the rest comes with the next one. */
const LOOKS_PER_PASS = 4_000_000;
const LOOKS_MIN = 40;
const LOOKS_MAX = 4096;
/** The oldest look as far as it takes: nobody is overlooked for long because the nearest are the wrong ones. */
const OLDEST = 128;

/** Tickets that a pass reports as timed out; more of them wait, unmatched, for the next one. */
const TIMED_OUT_MAX = 5000;

export interface Pass {
  /** Milliseconds of the clock that tickets' `since` was read from. */
  readonly now: number;
  /** Regions in which a process lives. */
  readonly regions: readonly string[];
  /** Rooms with free seats, those that wait longest first. */
  readonly rooms?: readonly OpenRoom[] | undefined;
  /** The most matches: what they cost the caller is the caller's to bound. */
  readonly atMost?: number | undefined;
}

/**
 * One pass over a queue. Tickets that are too old leave; rooms with free seats are filled; then each ticket in turn, the
 * oldest first, gets the best match that can be made around it. Whom the decision names is no longer in the pool.
 */
export function decide(pool: Pool, pass: Pass): Decision {
  const { now, atMost = Number.POSITIVE_INFINITY } = pass;
  pool.serve(pass.regions);
  pool.settle();
  const timedOut = timeOut(pool, now);
  pool.open(now);
  const neighbours = new Neighbours(pool);
  const backfills = pool.rules.backfill ? fillRooms(pool, neighbours, pass.rooms ?? [], now) : [];
  const { matches, more } = matchAll(pool, neighbours, now, atMost);
  const { tickets: waiting } = pool;
  const estimatedWaitSeconds = pool.estimatedWaitSeconds();
  return {
    queue: pool.rules.id,
    at: now,
    matches,
    backfills,
    timedOut,
    more: more || timedOut.length === TIMED_OUT_MAX,
    waiting,
    estimatedWaitSeconds,
  };
}

function timeOut(pool: Pool, now: number): string[] {
  const timedOut: string[] = [];
  for (const slot of pool.byAge) {
    if (!pool.isTooOld(slot, now) || timedOut.length === TIMED_OUT_MAX) break;
    timedOut.push(pool.candidate(slot).id);
  }
  for (const ticket of timedOut) pool.remove(ticket);
  return timedOut;
}

function matchAll(pool: Pool, neighbours: Neighbours, now: number, atMost: number) {
  const matches: Match[] = [];
  const search = new GroupSearch(pool, neighbours);
  const looks = Math.max(LOOKS_MIN, Math.min(LOOKS_MAX, Math.floor(LOOKS_PER_PASS / (pool.tickets + 1))));
  let seeds = 0;
  for (const seed of pool.byAge) {
    if (pool.lives[seed] === 0) continue;
    if (matches.length >= atMost) return { matches, more: true };
    const wide = seeds++ < OLDEST ? LOOKS_MAX : looks;
    const group = search.find(seed, playersEnough(pool.rules, now - pool.since[seed]!), wide);
    if (group !== null) matches.push(take(pool, neighbours, group, now));
  }
  return { matches, more: false };
}

/** How many players begin a match around a seed that has waited so long. */
export function playersEnough(rules: QueueRules, waitedMs: number): number {
  const { teams, teamSize, minPlayers, partialAfterSeconds = 0 } = rules;
  const isPatient = minPlayers === undefined || waitedMs < partialAfterSeconds * 1000;
  return isPatient ? teams * teamSize : minPlayers;
}

function take(pool: Pool, neighbours: Neighbours, { lineup, inRegions }: Group, now: number): Match {
  const { quality, winProbability } = predict(lineup.teams.map((team) => strengthOf(pool, team)));
  // Loops here and around it: `flat` and its fellows were a quarter of a pass over 100,000 tickets.
  const slots: number[] = [];
  for (const team of lineup.teams) for (const { slot } of team) slots.push(slot);
  const region = fairestRegion(pool, slots, inRegions);
  const teams = lineup.teams.map((team) => team.map(({ slot }) => pool.candidate(slot).id));
  for (const slot of slots) neighbours.take(slot, now);
  return { queue: pool.rules.id, teams, region, quality, winProbability, at: now };
}

function strengthOf(pool: Pool, team: readonly Member[]): TeamStrength {
  let [mu, sigmaSq, players] = [0, 0, 0];
  for (const { slot } of team) {
    mu += pool.mu[slot]!;
    sigmaSq += pool.sigmaSq[slot]!;
    players += pool.size[slot]!;
  }
  return { mu, sigmaSq, players };
}

/** Where the one who is worst off is best off; between equals, where all together are; then the first by name's place. */
function fairestRegion(pool: Pool, slots: readonly number[], inRegions: number): string {
  let best = -1;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let region = 0; region < pool.regions.length; region++) {
    if (((inRegions >>> region) & 1) === 0) continue;
    const cost = costOf(pool, slots, region);
    if (cost >= bestCost) continue;
    best = region;
    bestCost = cost;
  }
  return pool.regions[best]!;
}

function costOf(pool: Pool, slots: readonly number[], region: number): number {
  let [worst, sum] = [0, 0];
  for (const slot of slots) {
    const ms = pool.latencyOf(slot, region);
    if (ms === UNKNOWN_MS) continue;
    worst = Math.max(worst, ms);
    sum += ms;
  }
  return worst * UNKNOWN_MS + sum;
}
