import type { CombatState } from "./combat-state.rules.ts";
import { copy } from "./copy.rules.ts";
import type { Facts } from "./facts.rules.ts";
import { find, known } from "./lookup.rules.ts";

type Fold<T extends keyof Facts> = (state: CombatState, fact: Facts[T], at: number) => void;

/** Facts about effects and concentration. */
export const EFFECT_FOLDS = {
  effectAdded: ((state, { effect, ability }) => {
    state.effects.push(copy(effect));
    state.nextEffect = effect.id + 1;
    if (effect.concentration) known(state, effect.source).concentration = ability;
  }) as Fold<"effectAdded">,

  effectRenewed: ((state, { effect, until, stacks }) => {
    const renewed = state.effects.find(({ id }) => id === effect);
    if (renewed) Object.assign(renewed, { until, stacks });
  }) as Fold<"effectRenewed">,

  effectEnded: ((state, { effect }) => {
    const ended = state.effects.find(({ id }) => id === effect);
    state.effects = state.effects.filter(({ id }) => id !== effect);
    if (ended?.concentration) forgetIfIdle(state, ended.source);
  }) as Fold<"effectEnded">,

  concentrationEnded: ((state, { id }) => {
    known(state, id).concentration = "";
  }) as Fold<"concentrationEnded">,
};

/** Concentration holds effects: without any left there is nothing to concentrate on. */
function forgetIfIdle(state: CombatState, source: string): void {
  const combatant = find(state, source);
  const holds = state.effects.some((effect) => effect.concentration && effect.source === source);
  if (combatant && !holds) combatant.concentration = "";
}
