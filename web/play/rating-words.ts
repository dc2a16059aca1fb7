import { gameName } from "../account/session-words.ts";

/** Ratings travel as integers of 1e-6 points. */
const MICRO = 1_000_000;
const MINUS = "\u2212";

const MODES: Readonly<Record<string, string>> = {
  default: "open matches",
  duel: "duel",
  ffa: "free-for-all",
  "2v2": "two against two",
  coop: "expedition",
};

/** What a game and mode are called where ratings are shown. */
export function ladderName({ gameId, mode }: { readonly gameId: string; readonly mode: string }): string {
  return `${gameName(gameId)}, ${MODES[mode] ?? mode}`;
}

const BOARDS: Readonly<Record<string, string>> = {
  "dice-default-rating": "Liar's dice",
  "arena-default-rating": "Arena, open matches",
  "arena-duel-rating": "Arena duel",
  "arena-ffa-rating": "Arena free-for-all",
  "arena-2v2-rating": "Arena two against two",
  "combat-duel-rating": "Encounter duel",
};

/** Boards of operators are called what they called them, as headings. */
export function boardName({ id, title }: { readonly id: string; readonly title: string }): string {
  return BOARDS[id] ?? title.replace(/^./, (first) => first.toUpperCase());
}

/** In points. @param micro in 1e-6 points */
export function inPoints(micro: number): number {
  return micro / MICRO;
}

/** `12.3`, with a real minus sign, and never `-0.0`. @param points rating points */
export function pointsText(points: number, digits = 1): string {
  const text = Math.abs(points).toFixed(digits);
  return points < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** `+1.2` or `−1.2`; `±0.0` for no change. @param points rating points */
export function changeText(points: number): string {
  const text = pointsText(points);
  if (Number(text) === 0) return `±${text}`;
  return text.startsWith(MINUS) ? text : `+${text}`;
}

/** What a rating is worth for sure, in points: what leaderboards rank by. @param skill in 1e-6 points */
export function sureOf({ mu, sigma }: { readonly mu: number; readonly sigma: number }): number {
  return inPoints(mu - 3 * sigma);
}

/** A score of a board. Boards fed by matches whose scores are replaced are those of ratings. */
export function scoreText(
  score: number,
  { ladder, operator }: { readonly ladder: string | null; readonly operator: string },
): string {
  const isRating = ladder !== null && operator === "set";
  return isRating ? pointsText(inPoints(score), 2) : score.toLocaleString("en-GB");
}

/** How somebody's matches of the season went. */
export function recordText(figures: Readonly<Record<"games" | "wins" | "draws" | "losses" | "abandoned", number>>) {
  const { games, wins, draws, losses, abandoned } = figures;
  if (games === 0) return "No match in this season yet";
  const parts = [`${wins} won`, ...(draws > 0 ? [`${draws} drawn`] : []), `${losses} lost`];
  return parts.join(", ") + (abandoned > 0 ? ` (${abandoned} left early)` : "");
}
