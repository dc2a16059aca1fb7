import { decide } from "../matchmaking/matchmaking.rules.ts";
import type { Candidate, Decision, QueueRules } from "../matchmaking/matchmaking-types.rules.ts";
import { Pool } from "../matchmaking/pool.rules.ts";

/** As often as the leader of a queue decides. */
const PASS_MS = 1000;

export interface QueueRun {
  readonly rules: QueueRules;
  /** In the order of `since`. */
  readonly arrivals: Iterable<Candidate>;
  readonly regions: readonly string[];
  readonly onPut?: (candidate: Candidate) => void;
  readonly onPass?: (decision: Decision, now: number) => void;
}

/** What a run of a queue came to; times are of the run's own clock, but for `passMs`. */
export interface QueueFigures {
  readonly tickets: number;
  readonly players: number;
  readonly timedOut: number;
  /** Not taken in: too large a party, or a player who waits already. */
  readonly refused: number;
  readonly matches: number;
  /** Matches with fewer players than the queue asks for. */
  readonly partial: number;
  readonly simulatedSeconds: number;
  readonly mostWaiting: number;
  /** Per matched ticket, in seconds. */
  readonly waits: Float64Array;
  /** Per match. */
  readonly qualities: Float64Array;
  /** The win probability of the team that is more likely to win, per match of several teams. */
  readonly favourites: Float64Array;
  readonly matchesByRegion: ReadonlyMap<string, number>;
  /** Milliseconds of this machine, per pass. */
  readonly passMs: Float64Array;
}

/** Plays arrivals through a queue, a pass each simulated second, until nobody waits. */
export function runQueue({ rules, arrivals, regions, onPut, onPass }: QueueRun): QueueFigures {
  const pool = new Pool(rules);
  const tally = new Tally(rules);
  let now = 0;
  const pass = () => {
    const from = performance.now();
    const decision = decide(pool, { now, regions });
    tally.passed(decision, performance.now() - from);
    onPass?.(decision, now);
  };
  for (const candidate of arrivals) {
    while (candidate.since > now) {
      now += PASS_MS;
      pass();
    }
    const isIn = pool.put(candidate) === null;
    tally.came(candidate, isIn);
    if (isIn) onPut?.(candidate);
  }
  while (pool.tickets > 0) {
    now += PASS_MS;
    pass();
  }
  return tally.figures(now);
}

class Tally {
  readonly #rules: QueueRules;
  /** When those who wait came, and how many they are. */
  readonly #waiting = new Map<string, { readonly since: number; readonly size: number }>();
  readonly #waits: number[] = [];
  readonly #qualities: number[] = [];
  readonly #favourites: number[] = [];
  readonly #passMs: number[] = [];
  readonly #byRegion = new Map<string, number>();
  #tickets = 0;
  #players = 0;
  #refused = 0;
  #timedOut = 0;
  #partial = 0;
  #mostWaiting = 0;

  constructor(rules: QueueRules) {
    this.#rules = rules;
  }

  came({ id, players, since }: Candidate, isIn: boolean): void {
    this.#tickets += 1;
    this.#players += players.length;
    if (isIn) this.#waiting.set(id, { since, size: players.length });
    else this.#refused += 1;
  }

  passed({ matches, timedOut, at }: Decision, ms: number): void {
    this.#mostWaiting = Math.max(this.#mostWaiting, this.#waiting.size);
    this.#passMs.push(ms);
    this.#timedOut += timedOut.length;
    for (const ticket of timedOut) this.#waiting.delete(ticket);
    for (const { teams, region, quality, winProbability } of matches) {
      const players = teams.flat().reduce((sum, ticket) => sum + this.#matched(ticket, at), 0);
      if (players < this.#rules.teams * this.#rules.teamSize) this.#partial += 1;
      this.#qualities.push(quality);
      if (teams.length > 1) this.#favourites.push(Math.max(...winProbability));
      this.#byRegion.set(region, (this.#byRegion.get(region) ?? 0) + 1);
    }
  }

  figures(now: number): QueueFigures {
    return {
      ...{ tickets: this.#tickets, players: this.#players, timedOut: this.#timedOut, refused: this.#refused },
      ...{ matches: this.#qualities.length, partial: this.#partial, simulatedSeconds: now / 1000 },
      ...{ mostWaiting: this.#mostWaiting, matchesByRegion: this.#byRegion },
      ...{ waits: Float64Array.from(this.#waits).sort(), qualities: Float64Array.from(this.#qualities).sort() },
      ...{ favourites: Float64Array.from(this.#favourites).sort(), passMs: Float64Array.from(this.#passMs).sort() },
    };
  }

  #matched(ticket: string, at: number): number {
    const { since, size } = this.#waiting.get(ticket)!;
    this.#waiting.delete(ticket);
    this.#waits.push((at - since) / 1000);
    return size;
  }
}
