import type { Combatant, CombatState } from "./combat-state.rules.ts";
import type { Ability, Attack, Cell } from "./combat-types.rules.ts";
import { canAct, charmersOf, fearsOf, has, speedOf } from "./conditions.rules.ts";
import { distanceFeet, isWayFree, lineOfSight } from "./field.rules.ts";
import {
  abilityOf,
  attackOf,
  creatureOf,
  fieldOf,
  find,
  footprint,
  gapFeet,
  isHostile,
  isPresent,
  isUnseen,
  occupants,
} from "./lookup.rules.ts";
import { coverOf } from "./strike.rules.ts";
import { walkCost } from "./walk.rules.ts";
import { feetOf } from "./windows.rules.ts";

/*
 * Whether a creature may do something now: each answers the code of the first reason against it, or null. Whoever is
 * hidden from it is answered for exactly as somebody who does not exist.
 */

/** The combatant of that id as far as the actor can know of it. */
export function noticed(state: CombatState, actor: Combatant, id: string): Combatant | undefined {
  const found = find(state, id);
  if (!found || !isPresent(found)) return undefined;
  return isUnseen(found, actor) ? undefined : found;
}

export function moveRefused(state: CombatState, actor: Combatant, steps: readonly Cell[]): string | null {
  const path = [actor.at, ...steps];
  if (speedOf(state, actor) === 0) return "cannot_move";
  const cost = walkCost(state, actor, path);
  if (cost === "blocked") return "path_blocked";
  if (!isWayFree(occupants(state, actor), path, creatureOf(actor).size)) return "way_occupied";
  if (cost > actor.economy.movement) return "too_far";
  return fearsOf(state, actor).some((source) => comesCloser(actor, source, steps)) ? "frightened" : null;
}

function comesCloser(actor: Combatant, source: Combatant, steps: readonly Cell[]): boolean {
  const { size } = creatureOf(actor);
  const now = gapFeet(actor, source);
  return steps.some((at) => distanceFeet({ at, size }, footprint(source)) < now);
}

/** The attack it would use: the named one, else its first that reaches the target. */
export function weaponFor(
  state: CombatState,
  actor: Combatant,
  target: string,
  weapon: string | undefined,
): Attack | undefined {
  if (weapon !== undefined) return attackOf(actor, weapon);
  const other = find(state, target);
  const { attacks } = creatureOf(actor);
  return (other && attacks.find((attack) => gapFeet(actor, other) <= feetOf(attack))) ?? attacks[0];
}

export function attackRefused(
  state: CombatState,
  actor: Combatant,
  target: string,
  weapon: string | undefined,
): string | null {
  const attack = weaponFor(state, actor, target, weapon);
  if (!attack) return "unknown_attack";
  if (!canAct(state, actor)) return "cannot_act";
  if (!actor.economy.action && actor.economy.attacks === 0) return "no_action";
  return targetRefused(state, actor, target) ?? reachRefused(state, actor, find(state, target)!, feetOf(attack));
}

function targetRefused(state: CombatState, actor: Combatant, id: string): string | null {
  const target = noticed(state, actor, id);
  if (!target) return "unknown_target";
  if (!isHostile(actor, target)) return "wrong_target";
  return charmersOf(state, actor).some((charmer) => charmer.id === id) ? "charmed" : null;
}

function reachRefused(state: CombatState, actor: Combatant, target: Combatant, feet: number): string | null {
  if (gapFeet(actor, target) > feet) return "out_of_range";
  return coverOf(state, actor, target) === "full" ? "no_line_of_sight" : null;
}

export interface Aim {
  readonly targets: readonly string[];
  readonly at: Cell | null;
}

export function castRefused(state: CombatState, actor: Combatant, id: string, aim: Aim): string | null {
  const ability = abilityOf(actor, id);
  if (!ability) return "unknown_ability";
  if (!canAct(state, actor)) return "cannot_act";
  if (ability.cost === "reaction") return "only_as_reaction";
  if ((actor.uses[id] ?? 1) === 0) return "no_uses_left";
  if (!actor.economy[ability.cost]) return ability.cost === "action" ? "no_action" : "no_bonus_action";
  if (ability.target === "self") return null;
  return ability.target === "area"
    ? areaRefused(state, actor, ability, aim.at)
    : aimRefused(state, actor, ability, aim.targets);
}

function areaRefused(state: CombatState, actor: Combatant, { area, range }: Ability, at: Cell | null): string | null {
  if (!at) return "aim_missing";
  const own = footprint(actor);
  const starts = area?.shape === "cone" || area?.shape === "line";
  if (starts) return distanceFeet(own, at) === 0 ? "wrong_target" : null;
  if (distanceFeet(own, at) > range) return "out_of_range";
  return lineOfSight(fieldOf(state), own, at) ? null : "no_line_of_sight";
}

function aimRefused(state: CombatState, actor: Combatant, ability: Ability, targets: readonly string[]): string | null {
  if (targets.length === 0) return "aim_missing";
  if (targets.length > ability.targets) return "too_many_targets";
  const isRepeated = new Set(targets).size < targets.length;
  if (isRepeated && ability.check.kind !== "attack") return "wrong_target";
  return targets.reduce<string | null>((code, id) => code ?? oneRefused(state, actor, ability, id), null);
}

function oneRefused(state: CombatState, actor: Combatant, { target: kind, range }: Ability, id: string): string | null {
  const target = noticed(state, actor, id);
  if (!target) return "unknown_target";
  const isEnemy = isHostile(actor, target);
  if ((kind === "enemy" && !isEnemy) || (kind === "ally" && isEnemy)) return "wrong_target";
  if (isEnemy && charmersOf(state, actor).some((charmer) => charmer.id === id)) return "charmed";
  if (target.id === actor.id) return null;
  return reachRefused(state, actor, target, range);
}

/** For dash, dodge, disengage, help and ready. */
export function actionRefused(state: CombatState, actor: Combatant): string | null {
  if (!canAct(state, actor)) return "cannot_act";
  return actor.economy.action ? null : "no_action";
}

export function helpRefused(state: CombatState, actor: Combatant, id: string): string | null {
  const refused = actionRefused(state, actor);
  if (refused) return refused;
  const ally = noticed(state, actor, id);
  if (!ally) return "unknown_target";
  if (isHostile(actor, ally) || ally.id === actor.id) return "wrong_target";
  return gapFeet(actor, ally) > 5 ? "out_of_range" : null;
}

/** Feet to get up, at half of the speed. */
export function standRefused(state: CombatState, actor: Combatant): string | null {
  const speed = speedOf(state, actor);
  if (!has(state, actor, "prone")) return "not_prone";
  if (speed === 0 || !canAct(state, actor)) return "cannot_move";
  return actor.economy.movement * 2 < speed ? "too_far" : null;
}

export function readyRefused(
  state: CombatState,
  actor: Combatant,
  action: { type: string; id: string },
  by: string,
): string | null {
  const refused = actionRefused(state, actor);
  if (refused) return refused;
  if (by !== "" && !noticed(state, actor, by)) return "unknown_target";
  if (action.type === "attack") return attackOf(actor, action.id) ? null : "unknown_attack";
  const ability = abilityOf(actor, action.id);
  if (!ability) return "unknown_ability";
  if (ability.cost !== "action" || ability.target === "self" || ability.target === "ally") return "wrong_target";
  return (actor.uses[action.id] ?? 1) === 0 ? "no_uses_left" : null;
}

/** A turn can be put off before anything was done in it, while somebody else's is still to come. */
export function delayRefused(state: CombatState, actor: Combatant): string | null {
  const { action, bonus, interaction, movement, attacks } = actor.economy;
  const isFresh = action && bonus && interaction && attacks === 0 && movement >= speedOf(state, actor);
  if (!isFresh) return "turn_begun";
  const isToCome = ({ turn }: Combatant) => turn === "waiting" || turn === "entering";
  const isOneLeft = state.combatants.some(
    (other) => other.id !== actor.id && isToCome(other) && !isUnseen(other, actor),
  );
  return isOneLeft ? null : "nobody_to_wait_for";
}
