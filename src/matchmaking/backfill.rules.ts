import { Circle } from "./circle.rules.ts";
import type { Backfill, CandidatePlayer, OpenRoom } from "./matchmaking-types.rules.ts";
import type { Neighbours } from "./neighbours.rules.ts";
import type { Pool } from "./pool.rules.ts";
import { MICRO } from "./quality.rules.ts";
import { Bench } from "./teams.rules.ts";
import { ratingWindow } from "./windows.rules.ts";

/** Tickets looked at for one room. */
const LOOKS_PER_ROOM = 256;

/**
 * Gives the free seats of rooms that play to tickets that fit them: the room's region is within the ticket's latency
 * window, the room's mean rating and the newcomer's are inside each other's windows, newcomers are inside one another's,
 * a party sits in one team, and roles hold. The nearest by rating come first, each to the weakest team that has room.
 */
export function fillRooms(pool: Pool, neighbours: Neighbours, rooms: readonly OpenRoom[], now: number): Backfill[] {
  const backfills: Backfill[] = [];
  for (const room of rooms) {
    const teams = fill(pool, neighbours, room, now);
    if (teams === null) continue;
    backfills.push({ queue: pool.rules.id, sessionId: room.sessionId, teams, region: room.region, at: now });
  }
  return backfills;
}

function fill(pool: Pool, neighbours: Neighbours, room: OpenRoom, now: number): string[][] | null {
  const { rules } = pool;
  const region = pool.regions.indexOf(room.region);
  const seated = room.teams.flat();
  if (region < 0 || seated.length === 0 || seated.length >= rules.teams * rules.teamSize) return null;
  const benches = Array.from({ length: rules.teams }, (_, team) => seatedBench(pool, room.teams[team] ?? []));
  const joining = benches.map((): string[] => []);
  const circle = new Circle();
  const rating = seated.reduce((sum, player) => sum + player.rating, 0) / seated.length;
  circle.add(rating, ratingWindow(rules, now - room.since));
  let free = rules.teams * rules.teamSize - seated.length;
  for (const slot of nearest(pool, rating, region)) {
    if (free === 0) break;
    if (!circle.admits(pool.rating[slot]!, pool.window[slot]!)) continue;
    const team = weakestFor(pool, benches, slot);
    if (team < 0) continue;
    circle.add(pool.rating[slot]!, pool.window[slot]!);
    benches[team]!.push(memberOf(pool, slot));
    joining[team]!.push(pool.candidate(slot).id);
    free -= pool.size[slot]!;
    neighbours.take(slot, now);
  }
  return joining.some((tickets) => tickets.length > 0) ? joining : null;
}

function seatedBench(pool: Pool, players: readonly CandidatePlayer[]): Bench {
  const bench = new Bench(pool.rules);
  const mu = players.reduce((sum, { rating }) => sum + rating / MICRO, 0);
  if (players.length > 0) bench.push({ slot: -1, mu, players });
  return bench;
}

function memberOf(pool: Pool, slot: number) {
  return { slot, mu: pool.mu[slot]!, players: pool.candidate(slot).players };
}

/** The team with room for the ticket that is the weakest, counting empty seats as nothing; -1 when none has room. */
function weakestFor(pool: Pool, benches: readonly Bench[], slot: number): number {
  let weakest = -1;
  for (const [team, bench] of benches.entries()) {
    if (bench.takes(memberOf(pool, slot)) && (weakest < 0 || bench.mu < benches[weakest]!.mu)) weakest = team;
  }
  return weakest;
}

/** Tickets that would play in a region, by their distance from a rating. */
function* nearest(pool: Pool, rating: number, region: number): Generator<number> {
  const { byRating, lives, inRegions } = pool;
  let above = firstAtLeast(pool, rating);
  let below = above - 1;
  for (let look = 0; look < LOOKS_PER_ROOM && (below >= 0 || above < byRating.length); look++) {
    const down = below < 0 ? Number.POSITIVE_INFINITY : rating - pool.rating[byRating[below]!]!;
    const up = above >= byRating.length ? Number.POSITIVE_INFINITY : pool.rating[byRating[above]!]! - rating;
    const slot = byRating[down <= up ? below-- : above++]!;
    if (lives[slot] === 1 && ((inRegions[slot]! >>> region) & 1) === 1) yield slot;
  }
}

function firstAtLeast({ byRating, rating: ratings }: Pool, rating: number): number {
  let low = 0;
  let high = byRating.length;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (ratings[byRating[middle]!]! < rating) low = middle + 1;
    else high = middle;
  }
  return low;
}
