import type { MatchView, RatingView } from "../../src/ranking/players.ts";
import { day } from "../account/times.ts";
import type { ChartPoint } from "./rating-chart.ts";
import { changeText, inPoints, pointsText, sureOf } from "./rating-words.ts";

type Skill = { readonly mu: number; readonly sigma: number };

/**
 * A rating after each of its last matches, oldest first, in rating points. Where the first of these matches is among
 * those that are known, the rating before it comes first: one match makes a line already.
 */
export function ratingHistory(
  { history = [] }: Pick<RatingView, "history">,
  matches: readonly MatchView[],
  playerId: string,
): ChartPoint[] {
  const first = matches.find(({ id }) => id === history[0]?.matchId);
  const before = first?.players.find((player) => player.playerId === playerId)?.before;
  const after = history.map((point, index) => {
    const former: Skill | undefined = history[index - 1] ?? before;
    const change = former ? ` (${changeText(sureOf(point) - sureOf(former))})` : "";
    return pointOf(point, `${day(point.at)}: ${pointsText(sureOf(point))}${change}`);
  });
  return before ? [pointOf(before, `Before: ${pointsText(sureOf(before))}`), ...after] : after;
}

function pointOf({ mu, sigma }: Skill, label: string): ChartPoint {
  return { mu: inPoints(mu), sigma: inPoints(sigma), label };
}
