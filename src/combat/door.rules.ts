import { ACTIONS, type ActionType, tryAction } from "./actions.rules.ts";
import type { Combatant, CombatState } from "./combat-state.rules.ts";
import type { CommandData, CommandType } from "./commands.rules.ts";
import { stageRefuses } from "./encounter.rules.ts";
import { GM_ACTIONS, type GmData, type GmType } from "./gm.rules.ts";
import { beginIfRolled } from "./initiative.rules.ts";
import { controls, find, isGm } from "./lookup.rules.ts";
import { answer, settle } from "./reactions.rules.ts";
import { concede, join, rollForSeat, setUp } from "./table.rules.ts";
import { goOn } from "./turns.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** Does what a seat commands, with all that follows, or answers the code of what speaks against it. */
export function command<T extends CommandType>(work: Work, type: T, data: CommandData[T]): string | null {
  const refused = stageRefuses(work.state, type) ?? byKind(work, type, data);
  if (!refused) settleAll(work);
  return refused;
}

/** Brings everything that was set off to where somebody has to decide. */
export function settleAll(work: Work): void {
  settle(work);
  goOn(work);
  // The next creature's turn may begin with something that others react to.
  settle(work);
}

function byKind(work: Work, type: CommandType, data: CommandData[CommandType]): string | null {
  const { seat } = work.ctx;
  if (type === "setup") return setUp(work, seat, data as CommandData["setup"]);
  if (type === "join") return join(work, seat, data as CommandData["join"]);
  if (type === "rollInitiative") return rollForSeat(work, seat);
  if (type === "concede") return concede(work, seat, data as CommandData["concede"]);
  if (type === "react") return react(work, seat, data as CommandData["react"]);
  if (type === "enter") return enter(work, seat, data as CommandData["enter"]);
  if (Object.hasOwn(GM_ACTIONS, type)) return correct(work, seat, type as GmType, data);
  return actOnTurn(work, seat, type as ActionType, data as { combatant?: string });
}

function actOnTurn(work: Work, seat: number | null, type: ActionType, data: { combatant?: string }): string | null {
  const { state } = work;
  const actor = commanded(state, seat, data.combatant ?? state.current);
  if (typeof actor === "string") return actor;
  // Letting go of a concentration takes no time at all (SRD: concentration).
  if (type !== "drop" && state.current !== actor.id) return "not_your_turn";
  const refused = ACTIONS[type].refused(state, actor, data as never);
  if (refused) return refused;
  if (actor.missed > 0) emit(work, "returned", { id: actor.id });
  return tryAction(work, actor.id, type, data as never);
}

/** The combatant as one that this seat plays, or the code. Somebody hidden is to players as if it did not exist. */
function commanded(state: CombatState, seat: number | null, id: string): Combatant | string {
  const found = find(state, id);
  if (!found || found.life === "gone") return id === state.current ? "not_your_turn" : "unknown_combatant";
  if (controls(seat, found)) return found;
  if (found.hidden) return id === state.current ? "not_your_turn" : "unknown_combatant";
  return id === state.current && found.seat !== seat ? notYours(state, seat) : "not_your_creature";
}

/** Who has a creature of its own hears that it is another's turn, who has none that this one is not its own. */
function notYours({ combatants }: CombatState, seat: number | null): string {
  return combatants.some((one) => one.life !== "gone" && controls(seat, one)) ? "not_your_turn" : "not_your_creature";
}

function enter(work: Work, seat: number | null, { combatant }: CommandData["enter"]): string | null {
  const { combatants } = work.state;
  const delaying = combatants.find((one) => one.turn === "delaying" && controls(seat, one));
  const id = combatant ?? delaying?.id;
  if (id === undefined) return "not_delaying";
  const actor = commanded(work.state, seat, id);
  if (typeof actor === "string") return actor;
  if (actor.turn !== "delaying") return "not_delaying";
  emit(work, "turnEntering", { id });
  return null;
}

function react(work: Work, seat: number | null, { combatant, take, window: id }: CommandData["react"]): string | null {
  const window = work.state.windows.at(-1)!;
  if (id !== undefined && id !== window.id) return "stale_window";
  const reactor = window.reactors.find((one) => {
    const found = find(work.state, one.id);
    return found && controls(seat, found) && (combatant === undefined || combatant === one.id);
  });
  if (!reactor) return "no_reaction";
  const option = take === null ? null : reactor.options[take];
  if (option === undefined) return "unknown_option";
  answer(work, reactor.id, option);
  return null;
}

function correct(work: Work, seat: number | null, type: GmType, data: CommandData[CommandType]): string | null {
  if (!isGm(seat)) return "not_game_master";
  const action = GM_ACTIONS[type] as {
    refused(state: CombatState, data: GmData[GmType]): string | null;
    carryOut(work: Work, data: GmData[GmType]): void;
  };
  const refused = action.refused(work.state, data as GmData[GmType]);
  if (refused) return refused;
  action.carryOut(work, data as GmData[GmType]);
  beginIfRolled(work);
  return null;
}
