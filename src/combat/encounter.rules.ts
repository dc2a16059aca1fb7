import type { CombatState, Phase } from "./combat-state.rules.ts";

/** What an encounter is doing. A turn and a reaction window are both the phase `active`. */
export type Stage = "preparing" | "rolling_initiative" | "turn" | "reaction_window" | "ended";

type PhaseEvent = "roll" | "fight" | "end";

interface PhaseRow {
  readonly to: { readonly [E in PhaseEvent]?: Phase };
  readonly enter: (state: CombatState) => void;
  readonly exit: (state: CombatState) => void;
}

const nothing = (): void => undefined;
const stopClock = (state: CombatState): void => {
  state.deadline = 0;
};

/**
 * The life of an encounter. `paused` is reached from every phase but `ended` and leads back to it: the ledger holds it
 * (it refuses actions as `session_paused` and fires no timers), and on leaving it deadlines move by the time it took.
 */
const PHASES: { readonly [P in Phase]: PhaseRow } = {
  preparing: { to: { roll: "rolling_initiative", end: "ended" }, enter: nothing, exit: nothing },
  rolling_initiative: { to: { fight: "active", end: "ended" }, enter: nothing, exit: stopClock },
  active: { to: { end: "ended" }, enter: nothing, exit: closeEverything },
  ended: { to: {}, enter: stopClock, exit: nothing },
};

/** Which commands each stage allows, and the code for all others. The game master's corrections are always allowed. */
const STAGES: { readonly [S in Stage]: { readonly allows: ReadonlySet<string>; readonly otherwise: string } } = {
  preparing: { allows: new Set(["setup", "join", "rollInitiative", "concede"]), otherwise: "fight_not_begun" },
  rolling_initiative: { allows: new Set(["rollInitiative", "concede"]), otherwise: "initiative_not_rolled" },
  turn: {
    allows: new Set([
      ...["join", "move", "attack", "cast", "dash", "dodge", "disengage", "help", "interact", "stand"],
      ...["ready", "delay", "enter", "endTurn", "drop", "concede", "gm.endTurn"],
    ]),
    otherwise: "not_in_a_turn",
  },
  reaction_window: { allows: new Set(["react", "join", "concede"]), otherwise: "reaction_pending" },
  ended: { allows: new Set(), otherwise: "fight_is_over" },
};

const CORRECTIONS: ReadonlySet<string> = new Set([
  ...["gm.add", "gm.remove", "gm.hide", "gm.reveal", "gm.edit", "gm.effect", "gm.removeEffect"],
  ...["gm.roll", "gm.initiative", "gm.end"],
]);

export function stageOf({ phase, windows }: CombatState): Stage {
  if (phase !== "active") return phase;
  return windows.length > 0 ? "reaction_window" : "turn";
}

/** The code with which the stage refuses a command, or null. */
export function stageRefuses(state: CombatState, command: string): string | null {
  const stage = stageOf(state);
  if (stage !== "ended" && CORRECTIONS.has(command)) return null;
  return STAGES[stage].allows.has(command) ? null : STAGES[stage].otherwise;
}

/** Takes the encounter along the table's arrow; an event without one changes nothing. */
export function transition(state: CombatState, event: PhaseEvent): void {
  const row = PHASES[state.phase];
  const next = row.to[event];
  if (!next) return;
  row.exit(state);
  state.phase = next;
  PHASES[next].enter(state);
}

function closeEverything(state: CombatState): void {
  state.windows = [];
  state.current = "";
  stopClock(state);
  for (const combatant of state.combatants) combatant.readied = null;
}
