import type { Combatant } from "./combat-state.rules.ts";
import type { Attribute, Dice } from "./combat-types.rules.ts";
import { saveLean } from "./conditions.rules.ts";
import type { D20 } from "./facts.rules.ts";
import { creatureOf, effectsOn, known } from "./lookup.rules.ts";
import { die, emit, type Work } from "./work.rules.ts";

/** A d20, two of them with advantage (1) or disadvantage (-1), and what effects add. */
export function d20(work: Work, lean: number, modifier: number, bonuses: readonly Dice[] = []): D20 {
  const rolls = [die(work, 20)];
  if (lean !== 0) rolls.push(die(work, 20));
  const natural = lean < 0 ? Math.min(...rolls) : Math.max(...rolls);
  const bonusDice = bonuses.flatMap(({ count, sides }) =>
    Array.from({ length: count }, () => ({ sides, value: die(work, sides) })),
  );
  const flat = bonuses.reduce((sum, dice) => sum + dice.modifier, 0);
  const bonus = bonusDice.reduce((sum, { value }) => sum + value, flat);
  const total = natural + modifier + bonus;
  return { sides: 20, rolls, natural, advantage: lean, modifier, bonus, bonusDice, total };
}

/** The dice that a combatant's effects add to its rolls of a kind. */
export function bonusDice({ state }: Work, { id }: Combatant, kind: "attackDice" | "saveDice"): Dice[] {
  return effectsOn(state, id).flatMap(({ spec }) => spec.modifiers[kind] ?? []);
}

export interface SaveAsk {
  readonly attribute: Attribute;
  readonly dc: number;
  /** The key or id of what is saved against. */
  readonly against: string;
  /** What cover adds. */
  readonly cover?: number;
}

/** Whether the combatant saves; every save is written down (SRD: saving throws). */
export function saves(work: Work, id: string, { attribute, dc, against, cover = 0 }: SaveAsk): boolean {
  const combatant = known(work.state, id);
  const lean = saveLean(work.state, combatant, attribute);
  const modifier = creatureOf(combatant).saves[attribute] + cover;
  const rolled =
    lean === "fails"
      ? { sides: 20, rolls: [], natural: 0, advantage: 0, modifier, bonus: 0, bonusDice: [], total: 0 }
      : d20(work, lean, modifier, bonusDice(work, combatant, "saveDice"));
  const success = lean !== "fails" && rolled.total >= dc;
  emit(work, "saved", { ...rolled, id, attribute, against, dc, success });
  return success;
}
