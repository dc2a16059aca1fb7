import { type DiceView, dice } from "../../src/dice/dice.rules.ts";
import { type Entry, SPECTATOR } from "../../src/journal/game.ts";
import type { StoredEntry } from "./journal-reader.ts";
import type { SeenState } from "./witness.ts";

/** What the table showed at one position of the journal. */
interface Moment {
  readonly seq: number;
  readonly shown: string;
  /** Dice by seat. */
  readonly dice: ReadonlyMap<number, string>;
}

/** What every viewer should have seen after each entry of a journal, by replaying it. */
export function timelineOf(entries: readonly StoredEntry[]): Moment[] {
  const state = dice.init();
  return entries.map((entry) => {
    dice.evolve(state, entry as Entry);
    const view = dice.view(state, SPECTATOR);
    return { seq: entry.seq, shown: publicText(fromView(view)), dice: new Map(ownDice(state)) };
  });

  function ownDice(now: typeof state): [number, string][] {
    return now.hands.map((hand) => [hand.seat, JSON.stringify(hand.dice)]);
  }
}

/**
 * Lays what a client saw, in order, along the timeline, and returns the states that fit nowhere: an effect that the
 * journal does not hold, or one that was shown after something later.
 */
export function statesThatFitNowhere(
  states: readonly SeenState[],
  seat: number | null,
  timeline: readonly Moment[],
): SeenState[] {
  const unfit: SeenState[] = [];
  let from = 0;
  for (const state of states) {
    const found = timeline.findIndex((moment, index) => index >= from && fits(state, seat, moment));
    if (found === -1) unfit.push(state);
    else from = found;
  }
  return unfit;
}

function fits(state: SeenState, seat: number | null, moment: Moment): boolean {
  if (publicText(state) !== moment.shown) return false;
  const own = seat === null ? undefined : state.seats[String(seat)]?.dice;
  return own === undefined || own.length === 0 || JSON.stringify(own) === moment.dice.get(seat!);
}

/** What everybody at the table sees, without the people's names and connections, which are not the journal's. */
function publicText(state: SeenState): string {
  const { phase, round, turn, bidSeat, bidCount, bidFace, loser, winner, deadline } = state;
  const seats = Object.values(state.seats).map(({ seat, left, shown = [] }) => [seat, left, shown] as const);
  seats.sort(([a], [b]) => a - b);
  return JSON.stringify([phase, round, turn, bidSeat, bidCount, bidFace, loser, winner, deadline, seats]);
}

function fromView({ hands, ...table }: DiceView): SeenState {
  const seats = hands.map(
    ({ seat, left, shown }) => [seat, { seat, left, shown, name: "", connected: false }] as const,
  );
  return { ...table, seats: Object.fromEntries(seats) };
}

/** Dice of other seats that this client could read while they were hidden. Knows nothing of the server's own view. */
export function leakedByStates(states: readonly SeenState[], seat: number | null): string[] {
  return states.flatMap((state) => {
    const open = state.phase === "reveal" || state.phase === "over";
    return Object.entries(state.seats).flatMap(([key, { dice: held = [], shown = [] }]) => {
      const others = key === String(seat) ? [] : held;
      const hidden = open ? others : [...others, ...shown];
      return hidden.length > 0 ? [`seat ${seat} saw ${JSON.stringify(hidden)} of seat ${key} in ${state.phase}`] : [];
    });
  });
}

/** The same in events, or in entries that the API returned. */
export function leakedByRolls(
  events: readonly { readonly seq: number; readonly type: string; readonly data: Record<string, unknown> }[],
  seat: number | null,
): string[] {
  return events
    .filter(({ type }) => type === "rolled")
    .flatMap(({ seq, data }) => {
      const hands = data.hands as [number, number[]][];
      const others = hands.filter(([owner]) => owner !== seat);
      return others.length > 0 ? [`seat ${seat} was told the roll of seat ${others[0]![0]} at ${seq}`] : [];
    });
}
