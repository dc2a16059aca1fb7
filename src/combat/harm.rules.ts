import type { Combatant } from "./combat-state.rules.ts";
import type { Damage, Dice, EffectSpec } from "./combat-types.rules.ts";
import { OWN_EFFECTS, tempered } from "./conditions.rules.ts";
import { addEffect, endBorne, endConcentration } from "./effects.rules.ts";
import type { DamagePart } from "./facts.rules.ts";
import { creatureOf, isPresent, known } from "./lookup.rules.ts";
import { saves } from "./throws.rules.ts";
import { emit, roll, type Work } from "./work.rules.ts";

/** Damage as rolled, before anybody's resistance. */
export type Rolled = Omit<DamagePart, "taken">;

/** Rolls damage; a critical hit rolls every die twice (SRD: critical hits). */
export function rollDamage(work: Work, damage: readonly Damage[], critical = false): Rolled[] {
  return damage.map((dice) => ({ type: dice.type, ...roll(work, dice, critical ? 2 : 1) }));
}

export interface Harm {
  readonly rolled: readonly Rolled[];
  /** Who did it; empty for what effects do. */
  readonly by: string;
  /** A save made good halves it, before resistance. */
  readonly half?: boolean;
  readonly critical?: boolean;
}

/** Damage as it arrives: resistance, temporary hit points, hit points, concentration, falling (SRD: damage). */
export function harm(work: Work, target: string, { rolled, by, half, critical }: Harm): void {
  const combatant = known(work.state, target);
  if (!isPresent(combatant) || rolled.length === 0) return;
  const parts = rolled.map((part) => {
    const amount = half ? (part.total - (part.total % 2)) / 2 : part.total;
    return { ...part, taken: tempered(work.state, combatant, part.type, amount) };
  });
  const all = parts.reduce((sum, { taken }) => sum + taken, 0);
  const tempLost = Math.min(combatant.tempHp, all);
  const lost = Math.min(combatant.hp, all - tempLost);
  emit(work, "damaged", { target, by, parts, tempLost, lost });
  if (all === 0) return;
  if (combatant.life !== "up") hurtFallen(work, target, all, critical === true);
  else if (combatant.hp === 0) fall(work, target, all - tempLost - lost);
  else shake(work, target, all);
}

/** Harm to who lies at 0 hit points counts as failed death saves, two for a critical hit. */
function hurtFallen(work: Work, id: string, amount: number, critical: boolean): void {
  const combatant = known(work.state, id);
  if (amount >= combatant.maxHp) {
    kill(work, id);
    return;
  }
  if (combatant.life === "stable") emit(work, "lifeChanged", { id, life: "dying" });
  fail(work, id, critical ? 2 : 1);
}

function fail(work: Work, id: string, failures: number): void {
  const all = Math.min(3, known(work.state, id).failures + failures);
  emit(work, "deathFailed", { id, failures: all });
  if (all === 3) kill(work, id);
}

/** At 0 hit points: dead at once if as much again is left over, or if this kind makes no death saves. */
export function fall(work: Work, id: string, leftOver: number): void {
  const combatant = known(work.state, id);
  if (!creatureOf(combatant).deathSaves || leftOver >= combatant.maxHp) {
    kill(work, id);
    return;
  }
  emit(work, "lifeChanged", { id, life: "dying" });
  endConcentration(work, id);
  knockDown(work, id, "");
}

export function kill(work: Work, id: string): void {
  emit(work, "lifeChanged", { id, life: "dead" });
  endConcentration(work, id);
  endBorne(work, id, "death");
}

const PRONE: EffectSpec = {
  ...{ key: OWN_EFFECTS.prone, name: "Prone", on: "target", duration: null, expireOn: "turnEnd", of: "target" },
  ...{ stacking: "ignore", maxStacks: 1, conditions: ["prone"], modifiers: {} },
};

function knockDown(work: Work, bearer: string, source: string): void {
  addEffect(work, PRONE, { bearer, source, dc: 0, ability: PRONE.key, concentration: false });
}

/** Damage may break concentration: a constitution save against 10 or half the damage, whichever is more. */
function shake(work: Work, id: string, amount: number): void {
  const { concentration } = known(work.state, id);
  if (concentration === "") return;
  const dc = Math.max(10, (amount - (amount % 2)) / 2);
  if (!saves(work, id, { attribute: "con", dc, against: "concentration" })) endConcentration(work, id);
}

/** Gives hit points back, up to the maximum; any at all bring back who was dying. The dead stay dead. */
export function heal(work: Work, target: string, dice: Dice): void {
  const combatant = known(work.state, target);
  if (!isPresent(combatant)) return;
  const rolled = roll(work, dice);
  const gained = Math.min(combatant.maxHp - combatant.hp, rolled.total);
  emit(work, "healed", { target, ...rolled, gained });
  if (combatant.life !== "up" && gained > 0) emit(work, "lifeChanged", { id: target, life: "up" });
}

/** Temporary hit points do not add up: the better ones stay. */
export function grantTemp(work: Work, target: string, dice: Dice): void {
  const combatant = known(work.state, target);
  if (!isPresent(combatant)) return;
  const rolled = roll(work, dice);
  emit(work, "tempGained", { target, ...rolled, tempHp: Math.max(combatant.tempHp, rolled.total) });
}

const ONE_POINT = { count: 0, sides: 1, modifier: 1 };

/** At the start of a dying creature's turn (SRD: death saving throws): 20 brings it back, 1 counts as two failures. */
export function deathSave(work: Work, { id }: Combatant): void {
  const combatant = known(work.state, id);
  const rolled = roll(work, { count: 1, sides: 20, modifier: 0 });
  const natural = rolled.total;
  const successes = natural >= 10 ? combatant.successes + 1 : combatant.successes;
  const failures = Math.min(3, combatant.failures + (natural === 1 ? 2 : natural < 10 ? 1 : 0));
  emit(work, "deathSaved", { id, ...rolled, natural, successes, failures });
  if (natural === 20) {
    emit(work, "healed", { target: id, ...roll(work, ONE_POINT), gained: 1 });
    emit(work, "lifeChanged", { id, life: "up" });
  } else if (failures === 3) kill(work, id);
  else if (successes >= 3) emit(work, "lifeChanged", { id, life: "stable" });
}
