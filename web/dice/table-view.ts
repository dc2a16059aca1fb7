import type { DiceState } from "../../schema/dice.ts";

export interface SeatView {
  readonly seat: number;
  readonly name: string;
  readonly connected: boolean;
  readonly left: number;
  /** Only of the viewer's own seat. */
  readonly dice: readonly number[] | null;
  readonly shown: readonly number[];
}

export interface TableView {
  readonly phase: DiceState["phase"];
  readonly round: number;
  readonly turn: number;
  readonly bid: { readonly seat: number; readonly count: number; readonly face: number } | null;
  readonly loser: number;
  readonly winner: number;
  readonly deadline: number;
  /** Ascending by seat. */
  readonly seats: readonly SeatView[];
}

/** A plain copy of what the server shows. */
export function readTable(state: DiceState): TableView {
  const seats = [...state.seats.values()].map((seat) => ({
    ...{ seat: seat.seat, name: seat.name, connected: seat.connected, left: seat.left },
    dice: seat.dice ? [...seat.dice] : null,
    shown: [...(seat.shown ?? [])],
  }));
  const { phase, round, turn, bidSeat, bidCount, bidFace, loser, winner, deadline } = state;
  const bid = bidCount > 0 ? { seat: bidSeat, count: bidCount, face: bidFace } : null;
  return { phase, round, turn, bid, loser, winner, deadline, seats: seats.sort((a, b) => a.seat - b.seat) };
}

/** The viewer's own seat: the only one whose dice it is sent, even while there are none. */
export function ownSeat(table: TableView): number | null {
  return table.seats.find(({ dice }) => dice !== null)?.seat ?? null;
}

export function diceOnTable(table: TableView): number {
  return table.seats.reduce((sum, { left }) => sum + left, 0);
}

/** How many of the dice laid open show the face that was bid. */
export function matchingDice(table: TableView): number {
  const { bid, seats } = table;
  return bid ? seats.flatMap(({ shown }) => shown).filter((die) => die === bid.face).length : 0;
}

/** True when the rules allow the bid after the last one. */
export function isLegalBid(table: TableView, count: number, face: number): boolean {
  const { bid } = table;
  if (!Number.isInteger(count) || count < 1 || count > diceOnTable(table) || face < 1 || face > 6) return false;
  return !bid || count > bid.count || (count === bid.count && face > bid.face);
}

/** The smallest bid the rules allow, or null when only a challenge is left. */
export function lowestBid(table: TableView): { count: number; face: number } | null {
  const { bid } = table;
  if (!bid) return { count: 1, face: 1 };
  if (bid.face < 6) return { count: bid.count, face: bid.face + 1 };
  return bid.count < diceOnTable(table) ? { count: bid.count + 1, face: 1 } : null;
}
