import { phi, phiInverse } from "./normal.rules.ts";

/** Ratings, uncertainties and qualities are stored as integers of, or rounded to, so many a unit. */
export const MICRO = 1_000_000;

/** The most players of one match. */
export const MATCH_PLAYERS_MAX = 64;

const BETA = 25 / 6;
const BETA_SQ = BETA * BETA;

/** What a team's members add up to, in rating points. */
export interface TeamStrength {
  readonly mu: number;
  readonly sigmaSq: number;
  readonly players: number;
}

export interface Prediction {
  /** Probability of a draw, 0 to 1. */
  readonly quality: number;
  /** Per team, 0 to 1. */
  readonly winProbability: readonly number[];
}

/** By how much a match of so many players may differ and still be drawn. */
const DRAW_MARGINS = Float64Array.from({ length: MATCH_PLAYERS_MAX + 1 }, (_, players) =>
  players < 2 ? 0 : Math.sqrt(players) * BETA * phiInverse((1 + 1 / players) / 2),
);

/**
 * What openskill's predictDraw and predictWin say of these teams. One team has nobody to lose to: quality 1.
 *
 * @param teams at most `MATCH_PLAYERS_MAX` players together
 */
export function predict(teams: readonly TeamStrength[]): Prediction {
  const n = teams.length;
  if (n === 1) return { quality: 1, winProbability: [1] };
  const players = teams.reduce((sum, team) => sum + team.players, 0);
  const margin = DRAW_MARGINS[players]!;
  const wins = new Array<number>(n).fill(0);
  let draws = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const gap = teams[i]!.mu - teams[j]!.mu;
      const variance = teams[i]!.sigmaSq + teams[j]!.sigmaSq;
      const won = phi(gap / Math.sqrt(n * BETA_SQ + variance));
      wins[i]! += won;
      wins[j]! += 1 - won;
      const spread = Math.sqrt(players * BETA_SQ + variance);
      draws += phi((margin - gap) / spread) - phi((-gap - margin) / spread);
    }
  }
  const pairs = (n * (n - 1)) / 2;
  return { quality: rounded(draws / pairs), winProbability: wins.map((won) => rounded(won / pairs)) };
}

function rounded(value: number): number {
  return Math.floor(value * MICRO + 0.5) / MICRO;
}
