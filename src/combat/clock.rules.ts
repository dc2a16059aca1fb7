import type { Combatant, CombatState } from "./combat-state.rules.ts";
import { find, isAutomatic } from "./lookup.rules.ts";

/** Between the turns of creatures that play themselves, in ms: slow enough to follow. */
export const PACE_MS = 1000;

/** Milliseconds of a turn, or 0 for no limit. Who missed the last one gets a quarter, so that the others wait less. */
function turnTime(state: CombatState, combatant: Combatant): number {
  const { turnMs } = state.rules;
  if (isAutomatic(state, combatant)) return PACE_MS;
  if (turnMs === 0 || combatant.missed === 0) return turnMs;
  return Math.max(PACE_MS, (turnMs - (turnMs % 4)) / 4);
}

/** Gives the current turn its whole time, counted from now. */
export function setTurnClock(state: CombatState, at: number): void {
  const combatant = find(state, state.current);
  const ms = combatant ? turnTime(state, combatant) : 0;
  state.deadline = ms === 0 ? 0 : at + ms;
}

/** After hands have changed: whoever plays the current creature now has a turn's time, and no window waits for nobody. */
export function handOver(state: CombatState, at: number): void {
  const window = state.windows.at(-1);
  if (state.phase !== "active") return;
  if (!window) setTurnClock(state, at);
  else if (window.reactors.every(({ id }) => find(state, id) === undefined || isAutomatic(state, find(state, id)!)))
    state.deadline = at + PACE_MS;
}

/** Moves every clock by the time that stood still. */
export function shiftClock(state: CombatState, ms: number): void {
  if (state.deadline > 0) state.deadline += ms;
}
