import { CORE, deadlineShift, type Entry } from "../journal/game.ts";
import { handOver, shiftClock } from "./clock.rules.ts";
import type { CombatState } from "./combat-state.rules.ts";
import { transition } from "./encounter.rules.ts";
import { GM_SEAT, isGm } from "./lookup.rules.ts";

/** What the session's own entries change about the fight: who sits there, how time moved, and the end. */
export function foldCore(state: CombatState, entry: Entry): void {
  const { type, seat, at, data } = entry;
  shiftClock(state, deadlineShift(entry));
  if (type === CORE.seatTaken) seatPeople(state, [...peopleOf(state), seat!], at);
  if (type === CORE.seatLeft)
    seatPeople(
      state,
      peopleOf(state).filter((other) => other !== seat),
      at,
    );
  // Who sits there now plays on from there, whoever sat there then.
  if (type === CORE.rewound) seatPeople(state, data.seats as readonly number[], at);
  if (type === CORE.ended) endFight(state, Number(data.winner ?? -1));
}

/** Nothing runs any more; what is left is who won. */
export function endFight(state: CombatState, winner: number): void {
  transition(state, "end");
  state.winner = winner;
}

function peopleOf({ seats, gm }: CombatState): number[] {
  return gm ? [...seats, GM_SEAT] : seats;
}

function seatPeople(state: CombatState, people: readonly number[], at: number): void {
  const [seats, gm] = [people.filter((seat) => !isGm(seat)).sort((a, b) => a - b), people.some(isGm)];
  const isSame = gm === state.gm && seats.join() === state.seats.join();
  Object.assign(state, { seats, gm });
  // A clock that nobody's coming or going concerns is left alone.
  if (!isSame) handOver(state, at);
}
