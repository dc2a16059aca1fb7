import {
  actionRefused,
  attackRefused,
  castRefused,
  delayRefused,
  helpRefused,
  moveRefused,
  readyRefused,
  standRefused,
  weaponFor,
} from "./action-checks.rules.ts";
import { declare } from "./cast.rules.ts";
import type { Combatant, CombatState, ReadyTrigger, Step } from "./combat-state.rules.ts";
import type { Ability, Cell, EffectSpec } from "./combat-types.rules.ts";
import { addEffect, endConcentration, endEffect } from "./effects.rules.ts";
import { abilityOf, creatureOf, effectsOn, known } from "./lookup.rules.ts";
import { DODGING, HELPED } from "./own-effects.rules.ts";
import { run } from "./steps.rules.ts";
import { advance, endTurn } from "./turns.rules.ts";
import { mayHarm, openWindow, reactionsOf, reactorsAmong, readiedAgainst } from "./windows.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** What a creature can do on its turn, with what each needs; the shapes are checked by the schemas of the same names. */
export interface ActionData {
  move: { path: readonly Cell[] };
  attack: { target: string; weapon?: string | undefined; secret?: boolean | undefined };
  cast: { ability: string; targets?: readonly string[] | undefined; at?: Cell | undefined };
  dash: Record<never, never>;
  dodge: Record<never, never>;
  disengage: Record<never, never>;
  interact: Record<never, never>;
  stand: Record<never, never>;
  help: { target: string };
  ready: { trigger: ReadyTrigger; by?: string | undefined; action: { type: "attack" | "cast"; id: string } };
  delay: Record<never, never>;
  drop: Record<never, never>;
  endTurn: Record<never, never>;
}
export type ActionType = keyof ActionData;

interface Action<T extends ActionType> {
  /** The code of what speaks against it, or null. */
  refused(state: CombatState, actor: Combatant, data: ActionData[T]): string | null;
  carryOut(work: Work, id: string, data: ActionData[T]): void;
}

type Actions = { readonly [T in ActionType]: Action<T> };

const always = () => null;

/** Every action of a turn: whether it may be done, and what it does. Players, game masters and the autopilot share it. */
export const ACTIONS: Actions = {
  move: {
    refused: (state, actor, { path }) => moveRefused(state, actor, path),
    carryOut: (work, id, { path }) =>
      run(work, [{ do: "walk", id, path: [known(work.state, id).at, ...path], done: 0, provoked: false }]),
  },
  attack: {
    refused: (state, actor, { target, weapon }) => attackRefused(state, actor, target, weapon),
    carryOut: attackWith,
  },
  cast: {
    refused: (state, actor, { ability, targets = [], at = null }) =>
      castRefused(state, actor, ability, { targets, at }),
    carryOut: castAt,
  },
  dash: { refused: actionRefused, carryOut: (work, id) => emit(work, "acted", { id, action: "dash" }) },
  disengage: { refused: actionRefused, carryOut: (work, id) => emit(work, "acted", { id, action: "disengage" }) },
  dodge: { refused: actionRefused, carryOut: dodge },
  interact: {
    refused: (_, { economy }) => (economy.interaction ? null : "no_interaction"),
    carryOut: (work, id) => emit(work, "acted", { id, action: "interact" }),
  },
  stand: { refused: standRefused, carryOut: standUp },
  help: { refused: (state, actor, { target }) => helpRefused(state, actor, target), carryOut: helpAlly },
  ready: {
    refused: (state, actor, { action, by = "" }) => readyRefused(state, actor, action, by),
    carryOut: (work, id, { trigger, by = "", action }) =>
      emit(work, "readied", { id, readied: { trigger, by, action } }),
  },
  delay: {
    refused: delayRefused,
    carryOut: (work, id) => {
      emit(work, "turnDelayed", { id });
      advance(work);
    },
  },
  drop: {
    refused: (_, { concentration }) => (concentration === "" ? "not_concentrating" : null),
    carryOut: (work, id) => endConcentration(work, id),
  },
  endTurn: {
    refused: always,
    carryOut: (work, id) => {
      endTurn(work, id, "ended");
      advance(work);
    },
  },
};

/** Does it if nothing speaks against it; else answers the code. */
export function tryAction<T extends ActionType>(work: Work, id: string, type: T, data: ActionData[T]): string | null {
  const action: Action<T> = ACTIONS[type];
  const refused = action.refused(work.state, known(work.state, id), data);
  if (refused) return refused;
  action.carryOut(work, id, data);
  return null;
}

/** Whoever acts against others is seen; the first blow still comes out of nowhere. */
function stepOut(work: Work, id: string): boolean {
  const wasHidden = known(work.state, id).hidden;
  if (wasHidden) emit(work, "revealed", { id });
  return wasHidden;
}

function attackWith(work: Work, by: string, { target, weapon, secret = false }: ActionData["attack"]): void {
  const attack = weaponFor(work.state, known(work.state, by), target, weapon)!.id;
  const unseen = stepOut(work, by);
  emit(work, "attacked", { id: by, target, attack, cost: "action" });
  const queue: Step[] = [{ do: "swing", by, target, attack, ability: "", unseen, secret }];
  const reactors = readiedAgainst(work.state, "attack", known(work.state, by));
  if (!openWindow(work, { kind: "ready", by, reactors }, queue)) run(work, queue);
}

function castAt(work: Work, by: string, { ability: id, targets = [], at }: ActionData["cast"]): void {
  const ability = abilityOf(known(work.state, by), id)!;
  const unseen = ability.target === "self" ? false : stepOut(work, by);
  const aimed = ability.target === "self" ? [by] : ability.target === "area" ? [] : targets;
  const use = { by, ability: id, targets: aimed, at: aimOf(ability, at), unseen };
  declare(work, use, ability.cost);
  const queue: Step[] = [{ do: "cast", ...use }];
  if (!openCastWindow(work, by, queue)) run(work, queue);
}

function aimOf({ target }: Ability, at: Cell | undefined): Cell | null {
  return target === "area" && at ? at : null;
}

/** Those who could undo the cast come first; who has readied something for it waits for the same window. */
function openCastWindow(work: Work, by: string, queue: Step[]): boolean {
  const caster = known(work.state, by);
  if (caster.hidden) return false;
  const readied = readiedAgainst(work.state, "cast", caster);
  const reactors = reactorsAmong(work.state, (one) => {
    const counters = mayHarm(work.state, one, caster) ? reactionsOf(work.state, one, "cast", caster) : [];
    return [...counters, ...(readied.find(({ id }) => id === one.id)?.options ?? [])];
  });
  return openWindow(work, { kind: "cast", by, reactors }, queue);
}

/** Also what a turn that ran out comes to. */
export function dodge(work: Work, id: string): void {
  emit(work, "acted", { id, action: "dodge" });
  giveEffect(work, DODGING, id, id);
}

function helpAlly(work: Work, id: string, { target }: ActionData["help"]): void {
  emit(work, "acted", { id, action: "help" });
  giveEffect(work, HELPED, target, id);
}

function giveEffect(work: Work, spec: EffectSpec, bearer: string, source: string): void {
  const { saveDc } = creatureOf(known(work.state, source));
  addEffect(work, spec, { bearer, source, dc: saveDc, ability: spec.key, concentration: false });
}

function standUp(work: Work, id: string): void {
  emit(work, "acted", { id, action: "stand" });
  for (const effect of effectsOn(work.state, id))
    if (effect.spec.conditions.includes("prone")) endEffect(work, effect, "used");
}
