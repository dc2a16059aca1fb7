import { CORE, type Draft } from "../journal/game.ts";
import { type ArenaWorld, type Fighter, HZ } from "./world.rules.ts";

export const COUNTDOWN_TICKS = 3 * HZ;
export const MATCH_TICKS = 180 * HZ;
export const SCORE_LIMIT = 15;

export const NOBODY = -1;

export type EndReason = "score" | "time" | "forfeit";

/** The end of the match, if this tick is it. */
export function verdict(world: ArenaWorld): Draft | undefined {
  const { fighters, tick, until } = world;
  if (fighters.some(({ score }) => score >= SCORE_LIMIT)) return ended(world, "score", leader(fighters));
  return tick >= until ? ended(world, "time", leader(fighters)) : undefined;
}

/** `ticks` is how many the session ran, its countdown included. */
export function ended(world: ArenaWorld, reason: EndReason, winner: number): Draft {
  const scores = world.fighters.map(({ seat, score, deaths }) => [seat, score, deaths]);
  return { type: CORE.ended, data: { reason, winner, scores, ticks: world.tick } };
}

/** The match is over for the world; it stands still from now on. */
export function close(world: ArenaWorld, winner: number): void {
  Object.assign(world, { phase: "over", until: 0, winner, shots: [] });
}

/** The most kills; between equals the fewest deaths; between those nobody. */
function leader(fighters: readonly Fighter[]): number {
  const [first, second] = [...fighters].sort(byRank);
  if (!first || (second && byRank(first, second) === 0)) return NOBODY;
  return first.seat;
}

function byRank(a: Fighter, b: Fighter): number {
  return b.score - a.score || a.deaths - b.deaths;
}
