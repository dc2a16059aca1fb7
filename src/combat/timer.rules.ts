import { actionRefused } from "./action-checks.rules.ts";
import { dodge } from "./actions.rules.ts";
import { playTurn } from "./autopilot.rules.ts";
import { beginIfRolled, rollInitiative } from "./initiative.rules.ts";
import { isAutomatic, known } from "./lookup.rules.ts";
import { passAll } from "./reactions.rules.ts";
import { advance, endTurn } from "./turns.rules.ts";
import type { Work } from "./work.rules.ts";

/** The clock has run out: of rolling initiative, of a reaction window, or of a turn. */
export function onClock(work: Work): void {
  const { state } = work;
  if (state.phase === "rolling_initiative") {
    rollInitiative(
      work,
      state.combatants.map(({ id }) => id),
    );
    beginIfRolled(work);
  } else if (state.windows.length > 0) passAll(work);
  else onTurnClock(work, state.current);
}

/** Who plays itself plays now. Of the others the first turn that runs out is a dodge, those after it are skipped. */
function onTurnClock(work: Work, id: string): void {
  const { state } = work;
  const combatant = known(state, id);
  const isOwn = isAutomatic(state, combatant);
  if (isOwn || state.rules.afk === "autopilot") {
    playTurn(work, id, isOwn ? "ended" : "afk");
    return;
  }
  if (combatant.missed === 0 && !actionRefused(state, combatant)) dodge(work, id);
  endTurn(work, id, "afk");
  advance(work);
}
