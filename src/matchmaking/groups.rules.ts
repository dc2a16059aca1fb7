import { Circle } from "./circle.rules.ts";
import type { Neighbours } from "./neighbours.rules.ts";
import type { Pool } from "./pool.rules.ts";
import { MICRO } from "./quality.rules.ts";
import { type Lineup, lineUp, type Member } from "./teams.rules.ts";

/** So many times the players that a match still needs are looked at before the best of them are chosen. */
const CHOICE = 3;
/** Of how many groups, the tightest ones, the teams are compared. */
const COMPARED = 4;
const NOBODY = -1;
const NOWHERE = -1;

export interface Group {
  readonly lineup: Lineup;
  /** Where everybody of the group would play, by bits. */
  readonly inRegions: number;
}

/** A group before its teams. */
interface Trial {
  readonly slots: readonly number[];
  readonly players: number;
  readonly spread: number;
}

/** Finds the best match around a seed, among those that are near it by rating. */
export class GroupSearch {
  readonly #pool: Pool;
  readonly #neighbours: Neighbours;
  readonly #full: number;

  constructor(pool: Pool, neighbours: Neighbours) {
    this.#pool = pool;
    this.#neighbours = neighbours;
    this.#full = pool.rules.teams * pool.rules.teamSize;
  }

  /**
   * The group that keeps every window of everybody in it and is the most even, in the seed's nearest region that has one.
   *
   * @param atLeast players, when so few are enough
   * @param looks the most tickets to look at, per region
   */
  find(seed: number, atLeast: number, looks: number): Group | null {
    let untried = this.#pool.inRegions[seed]!;
    while (untried !== 0) {
      const region = this.#nearestOf(seed, untried);
      untried &= ~(1 << region);
      const sequence = this.#around(seed, region, looks);
      const group = sequence.players < atLeast ? null : this.#best(sequence.slots, seed, atLeast);
      if (group !== null) return group;
    }
    return null;
  }

  /** The region nearest to a ticket, of those whose bits are set. */
  #nearestOf(slot: number, regions: number): number {
    let nearest = NOWHERE;
    for (let region = 0; region < this.#pool.regions.length; region++) {
      if (((regions >>> region) & 1) === 0) continue;
      const isNearer = nearest === NOWHERE || this.#pool.latencyOf(slot, region) < this.#pool.latencyOf(slot, nearest);
      if (isNearer) nearest = region;
    }
    return nearest;
  }

  /** The seed and those around it whose windows and its own hold each other, by rating. */
  #around(seed: number, region: number, looks: number): { slots: number[]; players: number } {
    const { rating, window, size } = this.#pool;
    const lower: number[] = [];
    const upper: number[] = [];
    const wanted = this.#full === 2 ? 2 : size[seed]! + CHOICE * (this.#full - size[seed]!);
    let players = size[seed]!;
    let below = this.#neighbours.below(seed, region);
    let above = this.#neighbours.above(seed, region);
    for (let look = 0; look < looks && players < wanted; look++) {
      const down = below === NOBODY ? Number.POSITIVE_INFINITY : rating[seed]! - rating[below]!;
      const up = above === NOBODY ? Number.POSITIVE_INFINITY : rating[above]! - rating[seed]!;
      const distance = Math.min(down, up);
      if (distance > window[seed]!) break;
      const near = down <= up ? below : above;
      if (distance <= window[near]!) {
        (down <= up ? lower : upper).push(near);
        players += size[near]!;
      }
      if (down <= up) below = this.#neighbours.below(near, region);
      else above = this.#neighbours.above(near, region);
    }
    return { slots: [...lower.reverse(), seed, ...upper], players };
  }

  #best(sequence: readonly number[], seed: number, atLeast: number): Group | null {
    let best: Lineup | null = null;
    let bestScore = Number.POSITIVE_INFINITY;
    let players = 0;
    for (const trial of this.#trials(sequence, seed, atLeast)) {
      // Fuller ones come first, then tighter ones: no later one can be better.
      if (trial.players < players || trial.spread / MICRO >= bestScore) break;
      const lineup = lineUp(this.#members(trial.slots), this.#pool.rules);
      if (lineup === null || lineup.imbalance + trial.spread / MICRO >= bestScore) continue;
      best = lineup;
      bestScore = lineup.imbalance + trial.spread / MICRO;
      players = trial.players;
    }
    return best === null ? null : { lineup: best, inRegions: this.#commonRegions(best) };
  }

  /** Groups of neighbours, one from each ticket that is not above the seed on; the fullest, then the tightest first. */
  #trials(sequence: readonly number[], seed: number, atLeast: number): Trial[] {
    const trials: Trial[] = [];
    const last = sequence.indexOf(seed);
    for (let from = 0; from <= last; from++) {
      const trial = this.#fill(sequence, from, seed);
      if (trial.players >= atLeast) trials.push(trial);
    }
    return trials.sort((a, b) => b.players - a.players || a.spread - b.spread).slice(0, COMPARED);
  }

  #fill(sequence: readonly number[], from: number, seed: number): Trial {
    const { rating, window, size } = this.#pool;
    const circle = new Circle();
    const crew = new Crew(this.#pool);
    circle.add(rating[seed]!, window[seed]!);
    crew.add(seed);
    for (let at = from; at < sequence.length && crew.players < this.#full; at++) {
      const slot = sequence[at]!;
      if (slot === seed || crew.players + size[slot]! > this.#full) continue;
      if (!circle.admits(rating[slot]!, window[slot]!) || !crew.admits(slot)) continue;
      circle.add(rating[slot]!, window[slot]!);
      crew.add(slot);
    }
    return { slots: crew.slots, players: crew.players, spread: circle.spread };
  }

  #members(slots: readonly number[]): Member[] {
    return slots.map((slot) => ({ slot, mu: this.#pool.mu[slot]!, players: this.#pool.candidate(slot).players }));
  }

  #commonRegions({ teams }: Lineup): number {
    let common = 0xffff_ffff;
    for (const team of teams) for (const { slot } of team) common &= this.#pool.inRegions[slot]!;
    return common >>> 0;
  }
}

/**
 * Who is gathered for a match, by size and role. It refuses early who could not be placed anyway: the search for teams
 * would find out too, but a thousand times as dear, and for every seed again.
 */
class Crew {
  readonly slots: number[] = [];
  players = 0;
  readonly #pool: Pool;
  readonly #sizes: number[] = [];
  /** Undefined where the queue has no roles: a pass makes some hundred thousand crews. */
  readonly #roles: Map<string, number> | undefined;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.#roles = pool.rules.roles && new Map();
  }

  admits(slot: number): boolean {
    const { rules, size } = this.#pool;
    const { teams, teamSize, roles } = rules;
    if (this.#roles !== undefined) {
      for (const [role, count] of this.#asked(slot)) {
        if ((this.#roles.get(role) ?? 0) + count > (roles![role] ?? 0) * teams) return false;
      }
    }
    // Ones and twos always go in, the twos first.
    return teamSize < 3 || size[slot] === 1 || fitTogether([...this.#sizes, size[slot]!], teams, teamSize);
  }

  add(slot: number): void {
    this.slots.push(slot);
    this.#sizes.push(this.#pool.size[slot]!);
    this.players += this.#pool.size[slot]!;
    if (this.#roles === undefined) return;
    for (const [role, count] of this.#asked(slot)) this.#roles.set(role, (this.#roles.get(role) ?? 0) + count);
  }

  #asked(slot: number): Map<string, number> {
    const asked = new Map<string, number>();
    for (const { role } of this.#pool.candidate(slot).players) {
      if (role !== undefined) asked.set(role, (asked.get(role) ?? 0) + 1);
    }
    return asked;
  }
}

/** Whether parties of these sizes go into the teams, the largest first and each into the first that has room. */
function fitTogether(sizes: readonly number[], teams: number, teamSize: number): boolean {
  const free = new Array<number>(teams).fill(teamSize);
  return [...sizes]
    .sort((a, b) => b - a)
    .every((size) => {
      const team = free.findIndex((seats) => seats >= size);
      if (team >= 0) free[team]! -= size;
      return team >= 0;
    });
}
