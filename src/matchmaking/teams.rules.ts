import type { CandidatePlayer, QueueRules } from "./matchmaking-types.rules.ts";

/** A ticket on its way into a team. */
export interface Member {
  readonly slot: number;
  /** Of all its players, in points. */
  readonly mu: number;
  readonly players: readonly CandidatePlayer[];
}

/** What the teams of a match have in common. */
export type TeamRules = Pick<QueueRules, "teams" | "teamSize" | "roles">;

export interface Lineup {
  readonly teams: readonly (readonly Member[])[];
  /** Points between the strongest and the weakest team. */
  readonly imbalance: number;
}

/** Places tried for one group: enough for every split of eight solo players, and for a good one of any more. */
const TRIES = 600;

/** A team that is being filled. */
export class Bench {
  readonly members: Member[] = [];
  mu = 0;
  size = 0;
  readonly #rules: TeamRules;

  constructor(rules: TeamRules) {
    this.#rules = rules;
  }

  takes({ players }: Member): boolean {
    const { teamSize, roles } = this.#rules;
    if (this.size + players.length > teamSize) return false;
    if (roles === undefined) return true;
    const everyone = [...this.members.flatMap((member) => member.players), ...players];
    return players.every(({ role }) => role === undefined || countOf(everyone, role) <= (roles[role] ?? 0));
  }

  push(member: Member): void {
    this.members.push(member);
    this.mu += member.mu;
    this.size += member.players.length;
  }

  /** @param mu what the team had before: to subtract would leave the error of a sum */
  pop(mu: number): void {
    this.size -= this.members.pop()!.players.length;
    this.mu = mu;
  }
}

/**
 * The most even teams of these tickets, none of which is split; null when they do not go into the teams.
 * Teams of one, and one team alone, leave nothing to choose.
 */
export function lineUp(members: readonly Member[], rules: TeamRules): Lineup | null {
  if (rules.roles === undefined && rules.teamSize === 1) return alone(members);
  if (rules.roles === undefined && rules.teams === 1) return { teams: [members], imbalance: 0 };
  const ordered = [...members].sort((a, b) => b.players.length - a.players.length || b.mu - a.mu || a.slot - b.slot);
  const search = new LineupSearch(ordered, rules);
  search.place(0);
  return search.best;
}

/** A match of fewer players has fewer teams. */
function alone(members: readonly Member[]): Lineup {
  const ratings = members.map(({ mu }) => mu);
  return { teams: members.map((member) => [member]), imbalance: Math.max(...ratings) - Math.min(...ratings) };
}

/** Depth first, the weakest team first, the largest ticket first: the first try is already a fair one. */
class LineupSearch {
  best: Lineup | null = null;
  readonly #members: readonly Member[];
  readonly #benches: Bench[] = [];
  #tries = 0;

  constructor(members: readonly Member[], rules: TeamRules) {
    this.#members = members;
    for (let team = 0; team < rules.teams; team++) this.#benches.push(new Bench(rules));
  }

  place(index: number): void {
    const member = this.#members[index];
    if (member === undefined) {
      this.#judge();
      return;
    }
    let triedEmpty = false;
    for (let at = this.#weakestAfter(-1); at >= 0; at = this.#weakestAfter(at)) {
      const bench = this.#benches[at]!;
      // One empty team is like another.
      if ((bench.size === 0 && triedEmpty) || !bench.takes(member)) continue;
      if (++this.#tries > TRIES) return;
      triedEmpty ||= bench.size === 0;
      const { mu } = bench;
      bench.push(member);
      this.place(index + 1);
      bench.pop(mu);
    }
  }

  /** The next team in the order of strength, and of place between equals; the first after -1, and -1 after the last. */
  #weakestAfter(last: number): number {
    let next = -1;
    for (let at = 0; at < this.#benches.length; at++) {
      const isAfter = last < 0 || this.#compare(at, last) > 0;
      if (isAfter && (next < 0 || this.#compare(at, next) < 0)) next = at;
    }
    return next;
  }

  #compare(a: number, b: number): number {
    return this.#benches[a]!.mu - this.#benches[b]!.mu || a - b;
  }

  #judge(): void {
    let [most, least] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const { size, mu } of this.#benches) {
      if (size === 0) continue;
      most = Math.max(most, mu);
      least = Math.min(least, mu);
    }
    if (this.best !== null && most - least >= this.best.imbalance) return;
    const filled = this.#benches.filter(({ size }) => size > 0);
    this.best = { teams: filled.map(({ members }) => [...members]), imbalance: most - least };
  }
}

function countOf(players: readonly CandidatePlayer[], role: string): number {
  return players.reduce((count, player) => count + (player.role === role ? 1 : 0), 0);
}
