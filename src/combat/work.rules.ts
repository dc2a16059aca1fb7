import type { DecideContext, Draft } from "../journal/game.ts";
import type { CombatState } from "./combat-state.rules.ts";
import type { Dice } from "./combat-types.rules.ts";
import { copy } from "./copy.rules.ts";
import type { Facts, FactType, Throw } from "./facts.rules.ts";
import { FOLD } from "./fold.rules.ts";
import { find } from "./lookup.rules.ts";

/**
 * A decision in the making. What one command sets off (damage, a broken concentration, the next turn) depends on what
 * it did before, so every fact is folded into a copy of the state as soon as it is decided, by the very code that will
 * fold it again from the journal: a decision can therefore never assume what `evolve` does not do.
 */
export interface Work {
  readonly state: CombatState;
  readonly drafts: Draft[];
  readonly ctx: DecideContext;
  /** Dice drawn since the last fact. */
  dice: [sides: number, outcome: number][];
}

export function begin(state: CombatState, ctx: DecideContext): Work {
  return { state: copy(state), drafts: [], ctx, dice: [] };
}

/** Writes a fact: the dice drawn since the last one are part of it. */
export function emit<T extends FactType>(work: Work, type: T, fact: Facts[T]): void {
  const data = work.dice.length > 0 ? { ...fact, dice: work.dice } : fact;
  work.dice = [];
  fold(work.state, type, data, work.ctx.at);
  const isSecret = touchesHidden(work.state, data as Named);
  // Copied: the state goes on changing, the fact does not.
  work.drafts.push({ type, data: copy(isSecret ? { ...data, gm: true } : data) as Draft["data"] });
}

/** Applies a fact to the state; facts of other kinds change nothing. */
export function fold(state: CombatState, type: string, data: object, at: number): void {
  if (!Object.hasOwn(FOLD, type)) return;
  state.draws += (data as { dice?: readonly unknown[] }).dice?.length ?? 0;
  (FOLD[type as FactType] as (state: CombatState, fact: object, at: number) => void)(state, data, at);
}

interface Named {
  readonly id?: string;
  readonly target?: string;
  readonly bearer?: string;
  readonly by?: string;
  readonly targets?: readonly string[];
  readonly combatant?: { readonly id: string };
  readonly effect?: { readonly source: string; readonly of: string } | number;
  readonly window?: { readonly by: string } | number;
}

/** Default deny: whatever names somebody hidden is for the game master alone. */
function touchesHidden(state: CombatState, fact: Named): boolean {
  const { id, target, bearer, by, targets = [], combatant, effect, window } = fact;
  const names = [id, target, bearer, by, combatant?.id, ...targets];
  if (typeof effect === "object") names.push(effect.source, effect.of);
  if (typeof window === "object") names.push(window.by);
  return names.some((name) => name && find(state, name)?.hidden);
}

/** One die, 1 to `sides`. */
export function die(work: Work, sides: number): number {
  const outcome = work.ctx.rng(work.state.draws + work.dice.length, sides);
  work.dice.push([sides, outcome]);
  return outcome;
}

/** Rolls `times` as many dice as it says (a critical hit rolls twice as many), never less than 0 in all. */
export function roll(work: Work, { count, sides, modifier }: Dice, times = 1): Throw {
  const rolls = Array.from({ length: count * times }, () => die(work, sides));
  const sum = rolls.reduce((all, each) => all + each, modifier);
  return { sides, rolls, modifier, total: Math.max(0, sum) };
}
