import { type Pass, playersEnough } from "./matchmaking.rules.ts";
import type { Blocked, Candidate, Explanation, Nearby, QueueRules } from "./matchmaking-types.rules.ts";
import { type Pool, UNKNOWN_MS } from "./pool.rules.ts";
import { MICRO } from "./quality.rules.ts";
import { latencyWindow, ratingWindow, waitForLatency, waitForRating } from "./windows.rules.ts";

/** How many of those who are near are told. */
const NEAREST = 5;
const WIDENING_SECONDS = 1;

/** Why a ticket still waits; null when it does not wait here. */
export function explain(
  pool: Pool,
  ticket: string,
  { now, regions }: Pick<Pass, "now" | "regions">,
): Explanation | null {
  const slot = pool.slot(ticket);
  if (slot === undefined) return null;
  pool.serve(regions);
  pool.settle();
  const { rules } = pool;
  const waited = Math.max(0, now - pool.since[slot]!);
  const nearest = nearestOf(pool, slot).map((other) => nearby(pool, slot, other, now));
  const needed = playersEnough(rules, waited);
  const facts = {
    queue: rules.id,
    waitedSeconds: seconds(waited),
    timeoutInSeconds: Math.max(0, rules.timeoutSeconds - seconds(waited)),
    pool: { tickets: pool.tickets, players: pool.players, playersNeeded: needed },
    window: windowAt(rules, waited),
    nextWidening: nextWidening(rules, waited),
    regions: regionsOf(pool, slot, waited),
    nearest,
  };
  return { ...facts, sentence: sentenceOf(facts) };
}

/** What there is to tell of a ticket around which nobody is looked for any more. */
export function explainSettled(rules: QueueRules, waited: number, sentence: string): Explanation {
  return {
    ...{ queue: rules.id, waitedSeconds: seconds(waited), timeoutInSeconds: 0, sentence },
    pool: { tickets: 0, players: 0, playersNeeded: playersEnough(rules, waited) },
    ...{ window: windowAt(rules, waited), nextWidening: null, regions: [], nearest: [] },
  };
}

function windowAt(rules: QueueRules, waited: number) {
  return { rating: ratingWindow(rules, waited) / MICRO, latencyMs: latencyWindow(rules, waited) };
}

function nextWidening(rules: QueueRules, waited: number): Explanation["nextWidening"] {
  const now = windowAt(rules, waited);
  const then = windowAt(rules, waited + WIDENING_SECONDS * 1000);
  const isWider = then.rating > now.rating || then.latencyMs > now.latencyMs;
  return isWider ? { inSeconds: WIDENING_SECONDS, ...then } : null;
}

function regionsOf(pool: Pool, slot: number, waited: number): string[] {
  const limit = pool.measured[slot] === 1 ? latencyWindow(pool.rules, waited) : UNKNOWN_MS;
  return pool.regions.filter((_, region) => pool.latencyOf(slot, region) <= limit);
}

/** Slots by their distance from a ticket's rating. */
function nearestOf(pool: Pool, slot: number): number[] {
  const { byRating, rating } = pool;
  const at = byRating.indexOf(slot);
  const around = byRating.subarray(Math.max(0, at - NEAREST), at + NEAREST + 1);
  const distance = (other: number) => Math.abs(rating[other]! - rating[slot]!);
  return [...around]
    .filter((other) => other !== slot)
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, NEAREST);
}

function nearby(pool: Pool, slot: number, other: number, now: number): Nearby {
  const waited = Math.max(0, now - pool.since[slot]!);
  const theirs = Math.max(0, now - pool.since[other]!);
  const distance = Math.abs(pool.rating[slot]! - pool.rating[other]!);
  return {
    distance: distance / MICRO,
    waitedSeconds: seconds(theirs),
    players: pool.size[other]!,
    blocked: blockedBy(pool, slot, other, now),
    openInSeconds: openIn(pool, [slot, other], [waited, theirs], distance),
  };
}

function blockedBy(pool: Pool, slot: number, other: number, now: number): Blocked | null {
  const { rules, rating, since } = pool;
  const distance = Math.abs(rating[slot]! - rating[other]!);
  if (distance > ratingWindow(rules, now - since[slot]!)) return "rating";
  if (distance > ratingWindow(rules, now - since[other]!)) return "their_rating";
  const theirs = new Set(regionsOf(pool, other, now - since[other]!));
  if (!regionsOf(pool, slot, now - since[slot]!).some((region) => theirs.has(region))) return "latency";
  if (pool.size[slot]! + pool.size[other]! > rules.teams * rules.teamSize) return "size";
  return rolesFit(rules, pool.candidate(slot), pool.candidate(other)) ? null : "role";
}

function rolesFit({ roles, teams }: QueueRules, ours: Candidate, theirs: Candidate): boolean {
  const asked = [...ours.players, ...theirs.players].flatMap(({ role }) => role ?? []);
  return asked.every((role) => asked.filter((same) => same === role).length <= (roles?.[role] ?? asked.length) * teams);
}

/** Until both windows reach each other, and one region is inside both latency windows. */
function openIn(pool: Pool, pair: readonly [number, number], waited: readonly [number, number], distance: number) {
  const needed = waitForRating(pool.rules, distance);
  const near = pool.regions.map((_, region) => regionOpenIn(pool, pair, waited, region));
  const region = near.reduce((a, b) => (a === null || (b !== null && b < a) ? b : a), null);
  if (needed === null || region === null) return null;
  return seconds(Math.max(0, needed - Math.min(...waited), region));
}

function regionOpenIn(pool: Pool, pair: readonly number[], waited: readonly number[], region: number): number | null {
  let latest = 0;
  for (const [at, slot] of pair.entries()) {
    if (pool.measured[slot] === 0) continue;
    const ms = pool.latencyOf(slot, region);
    const needed = ms === UNKNOWN_MS ? null : waitForLatency(pool.rules, ms);
    if (needed === null) return null;
    latest = Math.max(latest, needed - waited[at]!);
  }
  return latest;
}

function sentenceOf({ pool, window, regions, nearest, nextWidening, timeoutInSeconds }: Omit<Explanation, "sentence">) {
  const others = pool.players === 1 ? "Nobody else waits" : `${pool.players} players wait`;
  if (regions.length === 0) return `${others}; no region is within ${Math.floor(window.latencyMs)} ms of you yet.`;
  if (pool.players < pool.playersNeeded) return `${others}; a match needs ${pool.playersNeeded}.`;
  if (nearest.some(({ blocked }) => blocked === null)) return `${others}; a match is being put together.`;
  const soonest = nearest.flatMap(({ openInSeconds }) => openInSeconds ?? []).sort((a, b) => a - b)[0];
  if (soonest !== undefined && soonest <= timeoutInSeconds) {
    return `${others}; the nearest comes within reach in ${soonest} s, while windows widen.`;
  }
  const hope = nextWidening === null ? "your window is as wide as it gets" : "your window still widens";
  return `${others}; nobody near you fits yet, and ${hope}.`;
}

function seconds(ms: number): number {
  return Math.floor((ms + 999) / 1000);
}
