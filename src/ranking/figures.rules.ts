import type { MatchRow } from "./match-row.ts";
import {
  BEGINNER,
  type Board,
  type Contestant,
  type Ladder,
  type RatedContestant,
  type RatingFigures,
  type Skill,
  type Standing,
  type Submission,
} from "./ranking-types.rules.ts";

/** Scores beyond this are held at it: up to here every number, and every sum of two, is exact in a double. */
export const SCORE_MAX = 1_000_000_000_000_000;

export function unplayed({ mu, sigma }: Skill): RatingFigures {
  return { mu, sigma, games: 0, wins: 0, draws: 0, losses: 0, abandoned: 0 };
}

/** The figures after one more match. */
export function afterMatch(figures: RatingFigures, row: Pick<MatchRow, "players">, accountId: string): RatingFigures {
  const own = contestant(row, accountId);
  const outcome = outcomeOf(row, own);
  return {
    ...own.after,
    games: figures.games + 1,
    wins: figures.wins + Number(outcome === "win"),
    draws: figures.draws + Number(outcome === "draw"),
    losses: figures.losses + Number(outcome === "loss"),
    abandoned: figures.abandoned + Number(own.abandoned),
  };
}

/** Whoever is first alone has won; whoever shares the first rank has drawn. */
export function outcomeOf({ players }: Pick<MatchRow, "players">, own: Contestant): "win" | "draw" | "loss" {
  if (own.rank > 0) return "loss";
  return players.some(({ side, rank }) => side !== own.side && rank === 0) ? "draw" : "win";
}

export function contestant({ players }: Pick<MatchRow, "players">, accountId: string): RatedContestant {
  return players.find((one) => one.accountId === accountId)!;
}

/** What a rating is worth for sure: three uncertainties below it. Boards rank by this. */
export function ordinal({ mu, sigma }: Skill): number {
  return mu - 3 * sigma;
}

/** The rating with which a season is begun that follows one ended like this. */
export function softReset({ mu, sigma }: Skill, { kept, doubt }: Pick<Ladder, "kept" | "doubt">): Skill {
  const distance = mu - BEGINNER.mu;
  // Toward the beginner's rating from both sides: floor alone would pull everybody down.
  const share = distance < 0 ? -Math.floor((-distance * kept) / 1_000_000) : Math.floor((distance * kept) / 1_000_000);
  return { mu: BEGINNER.mu + share, sigma: Math.min(BEGINNER.sigma, Math.max(sigma, doubt)) };
}

/** What a rating of the season `since` has come down to in a later one in which there was no match yet. */
export function carried(skill: Skill, since: number, season: number, ladder: Pick<Ladder, "kept" | "doubt">): Skill {
  let now: Skill = { mu: skill.mu, sigma: skill.sigma };
  for (let passed = since; passed < season; passed++) now = softReset(now, ladder);
  return now;
}

/** What a match says to a board about one who played, or nothing. */
export function submissionOf(row: MatchRow, accountId: string, board: Board): Submission | undefined {
  if (board.feed.from !== "matches") return undefined;
  const own = contestant(row, accountId);
  const at = row.endedAt.getTime();
  if (board.feed.metric === "rating") return { score: ordinal(own.after), at };
  if (board.feed.metric === "wins") return { score: Number(outcomeOf(row, own) === "win"), at };
  return own.score === null ? undefined : { score: own.score, at };
}

/** A standing after one more submission. Whoever repeats a score keeps the time at which it was reached first. */
export function submitted(
  standing: Standing | null,
  { score, at }: Submission,
  board: Pick<Board, "sort" | "operator">,
): Standing {
  const { operator } = board;
  if (!standing) return { score: bounded(operator === "decr" ? -score : score), at, count: 1 };
  const count = standing.count + 1;
  const next = bounded(nextScore(standing.score, score, board));
  return next === standing.score ? { ...standing, count } : { score: next, at, count };
}

function nextScore(current: number, score: number, { sort, operator }: Pick<Board, "sort" | "operator">): number {
  if (operator === "incr") return current + score;
  if (operator === "decr") return current - score;
  if (operator === "set") return score;
  return sort === "asc" ? Math.min(current, score) : Math.max(current, score);
}

/** Never -0: it equals 0 here, and is another number in a database. */
function bounded(score: number): number {
  return Math.max(-SCORE_MAX, Math.min(SCORE_MAX, score)) + 0;
}
