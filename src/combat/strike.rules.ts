import { affect, bring } from "./affect.rules.ts";
import type { Combatant, CombatState, Step, Strike, Swing } from "./combat-state.rules.ts";
import type { Ability, Attack } from "./combat-types.rules.ts";
import { armourOf, attackLean, canAct, has, OWN_EFFECTS } from "./conditions.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { endEffect } from "./effects.rules.ts";
import { coverBetween } from "./field.rules.ts";
import { harm, rollDamage } from "./harm.rules.ts";
import {
  attackOf,
  creatureOf,
  effectsOn,
  fieldOf,
  footprint,
  gapFeet,
  isHostile,
  isPresent,
  known,
  occupants,
} from "./lookup.rules.ts";
import { bonusDice, d20, saves } from "./throws.rules.ts";
import { openWindow, reactionsOf, reactorsAmong } from "./windows.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** Rolls an attack (SRD: attack rolls). Before a hit does damage its target may react. */
export function swing(work: Work, { by, target, attack, ability, unseen, secret }: Swing, queue: Step[]): void {
  const [attacker, defender] = [known(work.state, by), known(work.state, target)];
  if (!canAct(work.state, attacker) || !isPresent(defender)) return;
  const cover = coverOf(work.state, attacker, defender);
  if (cover === "full") return;
  const strained = isStrained(work.state, attacker, defender, attackOf(attacker, attack));
  const lean = attackLean(work.state, attacker, defender, { unseen, strained });
  const rolled = d20(work, lean, bonusOf(attacker, attack), bonusDice(work, attacker, "attackDice"));
  const hit = rolled.natural === 20 || (rolled.natural > 1 && rolled.total >= armourOf(work.state, defender) + cover);
  const critical = hit && (rolled.natural === 20 || isDefenceless(work.state, attacker, defender));
  emit(work, "attackRolled", { ...rolled, id: by, target, attack: attack || ability, hit, critical, secret });
  useHelp(work, attacker);
  if (!hit) return;
  const { natural, total } = rolled;
  queue.unshift({ do: "land", by, target, attack, ability, natural, total, cover, critical });
  const reactors = reactorsAmong(work.state, (one) =>
    one.id === target ? reactionsOf(work.state, one, "hit", attacker) : [],
  );
  openWindow(work, { kind: "hit", by, reactors }, queue);
}

/** An attack on the unconscious or paralysed from beside it is a critical hit. */
function isDefenceless(state: CombatState, attacker: Combatant, defender: Combatant): boolean {
  const lies = has(state, defender, "unconscious") || has(state, defender, "paralyzed");
  return lies && gapFeet(attacker, defender) <= 5;
}

function bonusOf(attacker: Combatant, attack: string): number {
  return attackOf(attacker, attack)?.bonus ?? creatureOf(attacker).castBonus;
}

/** Creatures that the attacker knows of count as cover, those hidden from it do not. */
export function coverOf(state: CombatState, attacker: Combatant, defender: Combatant): 0 | 2 | 5 | "full" {
  return coverBetween(fieldOf(state), occupants(state, attacker), footprint(attacker), footprint(defender));
}

/** Shooting beyond normal range, or with an able enemy beside the shooter (SRD: ranged attacks). */
function isStrained(state: CombatState, attacker: Combatant, defender: Combatant, attack: Attack | undefined): boolean {
  const feet = gapFeet(attacker, defender);
  if (attack && feet <= attack.reach) return false;
  if (!attack && feet <= 5) return false;
  if (attack?.range && feet > attack.range.normal) return true;
  return state.combatants.some(
    (other) => isHostile(other, attacker) && !other.hidden && canAct(state, other) && gapFeet(other, attacker) <= 5,
  );
}

/** Help is for one attack. */
function useHelp(work: Work, attacker: Combatant): void {
  const help = effectsOn(work.state, attacker.id).find(({ spec }) => spec.key === OWN_EFFECTS.helped);
  if (help) endEffect(work, help, "used");
}

/** The damage of a hit, if after the reactions to it it still is one. */
export function land(work: Work, strike: Strike): void {
  const [attacker, defender] = [known(work.state, strike.by), known(work.state, strike.target)];
  if (!isPresent(defender)) return;
  if (strike.natural < 20 && strike.total < armourOf(work.state, defender) + strike.cover) {
    emit(work, "deflected", { id: strike.by, target: strike.target });
    return;
  }
  const attack = attackOf(attacker, strike.attack);
  if (attack) landAttack(work, strike, attack);
  else landAbility(work, strike, ABILITIES.get(strike.ability)!);
}

function landAttack(work: Work, { by, target, critical }: Strike, { id, damage, rider }: Attack): void {
  const extra = effectsOn(work.state, by).flatMap(({ spec }) => spec.modifiers.damageDice ?? []);
  harm(work, target, { rolled: rollDamage(work, [...damage, ...extra], critical), by, critical });
  if (!rider || !isPresent(known(work.state, target))) return;
  if (rider.save && saves(work, target, { ...rider.save, against: id })) return;
  const dc = rider.save?.dc ?? creatureOf(known(work.state, by)).saveDc;
  const bringing = { source: by, dc, ability: id, concentration: false };
  bring(work, rider.effects, "target", { ...bringing, bearer: target });
  bring(work, rider.effects, "source", { ...bringing, bearer: by });
}

function landAbility(work: Work, { by, target, critical }: Strike, ability: Ability): void {
  const rolled = rollDamage(work, ability.damage, critical);
  affect(work, ability, by, target, { rolled, half: false, critical, isSaved: false });
}
