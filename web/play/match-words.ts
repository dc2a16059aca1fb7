import type { MatchView } from "../../src/ranking/players.ts";
import { sureOf } from "./rating-words.ts";

type Contestant = MatchView["players"][number];

/** A match from the seat of one of its players. */
export interface MatchLine {
  readonly outcome: Contestant["outcome"];
  /** `Won`, `Second of 4`. */
  readonly result: string;
  readonly mates: readonly Contestant[];
  readonly opponents: readonly Contestant[];
  /** In rating points; null when the match was taken back and so changed nothing. */
  readonly change: number | null;
  /** After the match, in rating points. */
  readonly rating: number;
  readonly wasReversed: boolean;
}

/** Null for somebody who was not in it. */
export function matchLine(match: MatchView, playerId: string): MatchLine | null {
  const own = match.players.find((player) => player.playerId === playerId);
  if (!own) return null;
  const others = match.players.filter((player) => player !== own);
  const wasReversed = match.reversal !== null;
  return {
    outcome: own.outcome,
    result: resultOf(own, match.players),
    mates: others.filter(({ side }) => side === own.side),
    opponents: others.filter(({ side }) => side !== own.side),
    change: wasReversed ? null : sureOf(own.after) - sureOf(own.before),
    rating: sureOf(own.after),
    wasReversed,
  };
}

const OUTCOMES: Readonly<Record<Contestant["outcome"], string>> = { win: "Won", draw: "Draw", loss: "Lost" };
const PLACES = ["First", "Second", "Third"];

function resultOf({ outcome, rank, abandoned }: Contestant, players: MatchView["players"]): string {
  if (abandoned) return "Left early";
  const sides = new Set(players.map(({ side }) => side)).size;
  if (outcome !== "loss" || sides === 2) return OUTCOMES[outcome];
  return `${PLACES[rank] ?? `${rank + 1}th`} of ${sides}`;
}
