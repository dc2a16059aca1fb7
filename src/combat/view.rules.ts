import type { Viewer } from "../journal/game.ts";
import type { Combatant, CombatState, Effect, ReactionOption, Window } from "./combat-state.rules.ts";
import { controls, find } from "./lookup.rules.ts";

/** A window as a viewer sees it: everybody knows whom it waits for, only who plays a reactor what it may do. */
export type WindowView = Pick<Window, "id" | "kind" | "by" | "reactors">;

type Shown = "phase" | "mode" | "map" | "rules" | "round" | "current" | "order" | Bodies | "deadline" | "winner";
type Bodies = "combatants" | "effects";

/**
 * A fight as a viewer sees it. Of creatures hidden from the viewer there is nothing at all. Others' readied actions and
 * uses are empty: what somebody has up the sleeve is nobody's business. The last window is the open one.
 */
export interface CombatView extends Pick<CombatState, Shown> {
  readonly windows: readonly WindowView[];
}

/**
 * Built up from nothing: what is not named here is hidden. It shares with the state what it shows, so it is true until the
 * next entry: copies of everything for every viewer would be most of the garbage of a busy fight.
 */
export function viewOf(state: CombatState, viewer: Viewer): CombatView {
  const seen = state.combatants.filter((combatant) => isSeen(combatant, viewer));
  const ids = new Set(seen.map(({ id }) => id));
  const name = (id: string) => (ids.has(id) ? id : "");
  const { phase, mode, map, rules, round, deadline, winner } = state;
  return {
    ...{ phase, mode, map, round, deadline, winner, rules, current: name(state.current) },
    order: state.order.filter((id) => ids.has(id)),
    combatants: seen.map((combatant) => shown(combatant, isOwn(combatant, viewer), name)),
    effects: state.effects.flatMap((effect) => shownEffect(effect, name)),
    windows: state.windows.map((window) => shownWindow(state, window, viewer, name)),
  };
}

function isAll({ kind }: Viewer): boolean {
  return kind === "gm" || kind === "system";
}

function isSeen({ hidden, life }: Combatant, viewer: Viewer): boolean {
  return life !== "gone" && (!hidden || isAll(viewer));
}

function isOwn(combatant: Combatant, viewer: Viewer): boolean {
  return isAll(viewer) || (viewer.kind === "seat" && combatant.seat === viewer.seat);
}

const NO_USES = {};

/** Whom a creature has readied itself against may have been hidden since. */
function shown(combatant: Combatant, own: boolean, name: (id: string) => string): Combatant {
  const { readied } = combatant;
  if (!own) return hasSecrets(combatant) ? { ...combatant, uses: NO_USES, readied: null } : combatant;
  if (readied === null || name(readied.by) === readied.by) return combatant;
  return { ...combatant, readied: { ...readied, by: name(readied.by) } };
}

function hasSecrets({ uses, readied }: Combatant): boolean {
  for (const _ in uses) return true;
  return readied !== null;
}

/** The ground that somebody hidden made difficult is seen, who made it is not. */
function shownEffect(effect: Effect, name: (id: string) => string): Effect[] {
  const { bearer, source, of } = effect;
  if (name(bearer) === "" && effect.cells.length === 0) return [];
  if (name(bearer) === bearer && name(source) === source && name(of) === of) return [effect];
  return [{ ...effect, bearer: name(bearer), source: name(source), of: name(of) }];
}

function shownWindow(state: CombatState, window: Window, viewer: Viewer, name: (id: string) => string): WindowView {
  const { id, kind, by } = window;
  const reactors = window.reactors
    .filter((reactor) => name(reactor.id) !== "")
    .map((reactor) => ({ id: reactor.id, options: mayAnswer(state, reactor.id, viewer) ? named(reactor, name) : [] }));
  return { id, kind, by: name(by), reactors };
}

/** In their places, by which they are taken. */
function named({ options }: Window["reactors"][number], name: (id: string) => string): ReactionOption[] {
  return options.map((option) => ({ ...option, target: name(option.target) }));
}

function mayAnswer(state: CombatState, id: string, viewer: Viewer): boolean {
  const combatant = find(state, id);
  if (!combatant || !("seat" in viewer)) return viewer.kind === "system";
  return controls(viewer.seat, combatant);
}
