import { HZ } from "../../../src/arena/world.rules.ts";

/** Draws whole numbers from 0 to `bound` exclusive. */
export type Dice = (bound: number) => number;

/** Numerical Recipes' linear congruence, of which the upper bits are taken: the same seed throws the same. */
export function diceOf(seed: number): Dice {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** What befalls a match besides play; ticks count from its first. */
export interface Course {
  /** Seated before the first tick. */
  readonly players: number;
  /** When others sit down. */
  readonly arrivals: readonly number[];
  /** When somebody gets up. */
  readonly departures: readonly number[];
  /** When the process that holds the match dies. */
  readonly crashes: readonly number[];
}

const PLAYERS_MAX = 8;
/** Late enough that some come too late, or leave a match that is over. */
const LATEST = 60 * HZ;

export function courseOf(dice: Dice): Course {
  const all = 2 + dice(PLAYERS_MAX - 1);
  const players = 2 + dice(all - 1);
  const ticks = (count: number) => Array.from({ length: count }, () => 1 + dice(LATEST));
  return { players, arrivals: ticks(all - players), departures: ticks(dice(4)), crashes: ticks(dice(3)) };
}
