import { affect, affectScene, areaOf, metBy } from "./affect.rules.ts";
import type { Cast, Combatant, Step } from "./combat-state.rules.ts";
import type { Ability, Cell } from "./combat-types.rules.ts";
import { canAct } from "./conditions.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { endConcentration } from "./effects.rules.ts";
import type { Facts } from "./facts.rules.ts";
import { rollDamage } from "./harm.rules.ts";
import { creatureOf, isPresent, known } from "./lookup.rules.ts";
import { saves } from "./throws.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** Declares the use of an ability: its price is paid whatever comes of it, and an earlier concentration ends. */
export function declare(work: Work, { by, ability, targets, at }: Cast, cost: Facts["abilityUsed"]["cost"]): void {
  emit(work, "abilityUsed", { id: by, ability, targets, at, cost });
  if (ABILITIES.get(ability)!.concentration) endConcentration(work, by);
}

/** Carries an ability out. Attacks are rolled one by one; area damage is rolled once for all. */
export function cast(work: Work, { by, ability: id, targets, at, unseen }: Cast, queue: Step[]): void {
  const caster = known(work.state, by);
  if (!canAct(work.state, caster)) return;
  const ability = ABILITIES.get(id)!;
  const cells = ability.target === "area" ? areaOf(work.state, ability, caster, at ?? caster.at) : [];
  const met = ability.target === "area" ? metBy(work.state, ability, caster, cells).map((one) => one.id) : targets;
  if (ability.check.kind === "attack") {
    const swings = met.map(
      (target): Step => ({ do: "swing", by, target, attack: "", ability: id, unseen, secret: false }),
    );
    queue.unshift(...swings);
  } else {
    meet(work, ability, caster, met);
  }
  affectScene(work, ability, by, cells as Cell[]);
}

function meet(work: Work, ability: Ability, caster: Combatant, met: readonly string[]): void {
  if (met.length === 0) return;
  const rolled = rollDamage(work, ability.damage);
  const { saveDc } = creatureOf(caster);
  for (const target of met) {
    const isThere = isPresent(known(work.state, target));
    if (!isThere) continue;
    const { check } = ability;
    const isSaved =
      check.kind === "save" && saves(work, target, { attribute: check.attribute, dc: saveDc, against: ability.id });
    if (isSaved && !(check.kind === "save" && check.half)) continue;
    affect(work, ability, caster.id, target, { rolled, half: isSaved, critical: false, isSaved });
  }
}
