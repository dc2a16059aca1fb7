import type { Combatant, CombatState, Effect } from "./combat-state.rules.ts";
import type { Attribute, Condition, DamageType, RollKind } from "./combat-types.rules.ts";
import { lineOfSight } from "./field.rules.ts";
import { creatureOf, effectsOn, fieldOf, find, footprint, gapFeet, isUnseen } from "./lookup.rules.ts";

/** Keys of effects that the rules themselves make and look for. */
export const OWN_EFFECTS = { prone: "prone", dodging: "dodging", helped: "helped" } as const;

const HELPLESS: readonly Condition[] = ["unconscious", "paralyzed", "stunned"];
const ROOTED: readonly Condition[] = [...HELPLESS, "grappled", "restrained"];

/** Whether a condition lies on a combatant, brought by an effect or by being at 0 hit points (SRD: conditions). */
export function has(state: CombatState, combatant: Combatant, condition: Condition): boolean {
  if (condition === "unconscious" && (combatant.life === "dying" || combatant.life === "stable")) return true;
  return effectsOn(state, combatant.id).some(({ spec }) => spec.conditions.includes(condition));
}

function hasAny(state: CombatState, combatant: Combatant, conditions: readonly Condition[]): boolean {
  return conditions.some((condition) => has(state, combatant, condition));
}

/** Neither sees, moves nor acts: no attack on it misses for want of an opening. */
export function isHelpless(state: CombatState, combatant: Combatant): boolean {
  return hasAny(state, combatant, HELPLESS);
}

export function canAct(state: CombatState, combatant: Combatant): boolean {
  return combatant.life === "up" && !combatant.surprised && !hasAny(state, combatant, [...HELPLESS, "incapacitated"]);
}

export function canReact(state: CombatState, combatant: Combatant): boolean {
  return combatant.reaction && canAct(state, combatant);
}

/** Feet a turn, with what effects add, never below 0. */
export function speedOf(state: CombatState, combatant: Combatant): number {
  const effects = effectsOn(state, combatant.id);
  if (combatant.life !== "up" || combatant.surprised || hasAny(state, combatant, ROOTED)) return 0;
  if (effects.some(({ spec }) => spec.modifiers.speedZero)) return 0;
  const change = effects.reduce((sum, { spec, stacks }) => sum + (spec.modifiers.speed ?? 0) * stacks, 0);
  return Math.max(0, creatureOf(combatant).speed + change);
}

export function armourOf(state: CombatState, combatant: Combatant): number {
  return effectsOn(state, combatant.id).reduce(
    (sum, { spec, stacks }) => sum + (spec.modifiers.ac ?? 0) * stacks,
    combatant.ac,
  );
}

function leans(effects: readonly Effect[], way: "advantage" | "disadvantage", kind: RollKind): boolean {
  return effects.some(({ spec }) => spec.modifiers[way]?.includes(kind));
}

/**
 * 1, 0 or -1 for an attack roll. However many sources there are of each, one of both cancels them all (SRD: advantage
 * and disadvantage).
 *
 * @param unseen the attacker was hidden from the target
 * @param strained the attacker shoots beyond normal range, or with an enemy beside it
 */
export function attackLean(
  state: CombatState,
  attacker: Combatant,
  target: Combatant,
  { unseen, strained }: { unseen: boolean; strained: boolean },
): number {
  const [own, theirs] = [effectsOn(state, attacker.id), effectsOn(state, target.id)];
  const isClose = gapFeet(attacker, target) <= 5;
  const isProne = has(state, target, "prone");
  const helps =
    unseen ||
    leans(own, "advantage", "attacks") ||
    leans(theirs, "advantage", "attacksAgainst") ||
    isHelpless(state, target) ||
    hasAny(state, target, ["blinded", "restrained"]) ||
    (isProne && isClose);
  const hinders =
    strained ||
    leans(own, "disadvantage", "attacks") ||
    leans(dodges(state, target) ? theirs : theirs.filter(notDodging), "disadvantage", "attacksAgainst") ||
    hasAny(state, attacker, ["blinded", "poisoned", "prone", "restrained"]) ||
    seesFear(state, attacker) ||
    (isProne && !isClose);
  return Number(helps) - Number(hinders);
}

function notDodging({ spec }: Effect): boolean {
  return spec.key !== OWN_EFFECTS.dodging;
}

/** Who cannot act or move does not dodge, whatever it has announced. */
function dodges(state: CombatState, combatant: Combatant): boolean {
  return canAct(state, combatant) && speedOf(state, combatant) > 0;
}

/** Frightened counts while its source can be seen. */
function seesFear(state: CombatState, combatant: Combatant): boolean {
  return fearsOf(state, combatant).some((source) =>
    lineOfSight(fieldOf(state), footprint(combatant), footprint(source)),
  );
}

/** The creatures that it is frightened of, as far as it knows where they are: fear must not point at who has hidden. */
export function fearsOf(state: CombatState, combatant: Combatant): Combatant[] {
  return sourcesOf(state, combatant, "frightened").filter((source) => !isUnseen(source, combatant));
}

/** The creatures that it is charmed by, and cannot harm. */
export function charmersOf(state: CombatState, combatant: Combatant): Combatant[] {
  return sourcesOf(state, combatant, "charmed");
}

function sourcesOf(state: CombatState, combatant: Combatant, condition: Condition): Combatant[] {
  return effectsOn(state, combatant.id)
    .filter(({ spec }) => spec.conditions.includes(condition))
    .flatMap(({ source }) => find(state, source) ?? []);
}

/** 1, 0, -1, or "fails" for who cannot even try (SRD: paralyzed, stunned and unconscious fail strength and dexterity). */
export function saveLean(state: CombatState, combatant: Combatant, attribute: Attribute): number | "fails" {
  const isBodily = attribute === "str" || attribute === "dex";
  if (isBodily && isHelpless(state, combatant)) return "fails";
  const effects = effectsOn(state, combatant.id);
  const isDodging = attribute === "dex" && effects.some((effect) => !notDodging(effect)) && dodges(state, combatant);
  const hinders =
    leans(effects, "disadvantage", "saves") || (attribute === "dex" && has(state, combatant, "restrained"));
  return Number(isDodging || leans(effects, "advantage", "saves")) - Number(hinders);
}

/** What is left of an amount of damage: nothing, half, all or twice; resistance and vulnerability cancel each other. */
export function tempered(state: CombatState, combatant: Combatant, type: DamageType, amount: number): number {
  const modifiers = effectsOn(state, combatant.id).map(({ spec }) => spec.modifiers);
  const creature = creatureOf(combatant);
  if (creature.immune.includes(type) || modifiers.some(({ immune }) => immune?.includes(type))) return 0;
  const resists = creature.resist.includes(type) || modifiers.some(({ resist }) => resist?.includes(type));
  const suffers = creature.vulnerable.includes(type) || modifiers.some(({ vulnerable }) => vulnerable?.includes(type));
  if (resists === suffers) return amount;
  return resists ? (amount - (amount % 2)) / 2 : amount * 2;
}
