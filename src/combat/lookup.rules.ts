import type { Combatant, CombatState, Effect } from "./combat-state.rules.ts";
import type { Ability, Attack, Cell, Creature, Field, Footprint, Occupant } from "./combat-types.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { CREATURES } from "./content/creatures.rules.ts";
import { MAPS } from "./content/maps.rules.ts";
import { distanceFeet } from "./field.rules.ts";

/** The combatant of that id, gone ones too. */
export function find(state: CombatState, id: string): Combatant | undefined {
  return state.combatants.find((combatant) => combatant.id === id);
}

/** The combatant of an id that the state itself holds. */
export function known(state: CombatState, id: string): Combatant {
  const found = find(state, id);
  if (!found) throw new Error(`no combatant ${id}`);
  return found;
}

export function creatureOf({ creature }: Combatant): Creature {
  return CREATURES.get(creature)!;
}

/** An attack of the combatant's own; without a name its first that fits, else undefined. */
export function attackOf(combatant: Combatant, id: string): Attack | undefined {
  return creatureOf(combatant).attacks.find((attack) => attack.id === id);
}

/** An ability of the combatant's own. */
export function abilityOf(combatant: Combatant, id: string): Ability | undefined {
  return creatureOf(combatant).abilities.includes(id) ? ABILITIES.get(id) : undefined;
}

export function footprint(combatant: Combatant): Footprint {
  return { at: combatant.at, size: creatureOf(combatant).size };
}

/** Feet between the nearest cells of two creatures. */
export function gapFeet(a: Combatant, b: Combatant): number {
  return distanceFeet(footprint(a), footprint(b));
}

/** In the fight and on the field: the fallen lie where they fell, the dead and the gone are in nobody's way. */
export function isPresent({ life }: Combatant): boolean {
  return life === "up" || life === "dying" || life === "stable";
}

export function isHostile(a: Combatant, b: Combatant): boolean {
  return a.side !== b.side;
}

export function fieldOf({ map, effects }: CombatState): Field {
  return { rows: MAPS.get(map)!.rows, rough: effects.flatMap(({ cells }) => cells) };
}

/**
 * Whether somebody is there unknown to an actor. To who is played from a player's seat that is everybody hidden, on its own
 * side too: the player is shown none of them, and must not learn of them by what its creature may do.
 */
export function isUnseen(other: Combatant, actor: Combatant): boolean {
  return other.hidden && other.id !== actor.id && (isHostile(other, actor) || actor.seat !== null);
}

/** Who stands in the way of a mover, as far as it can know. */
export function occupants(state: CombatState, mover: Combatant): Occupant[] {
  return bodies(state, mover, (other) => !isUnseen(other, mover));
}

/** Who stands there unknown to the mover: nothing that is refused may depend on it. */
export function unseen(state: CombatState, mover: Combatant): Occupant[] {
  return bodies(state, mover, (other) => isUnseen(other, mover));
}

function bodies(state: CombatState, mover: Combatant, counts: (other: Combatant) => boolean): Occupant[] {
  return state.combatants
    .filter((other) => other.id !== mover.id && isPresent(other) && counts(other))
    .map((other) => ({ ...footprint(other), id: other.id, hostile: isHostile(other, mover) && other.life === "up" }));
}

export function effectsOn({ effects }: CombatState, bearer: string): Effect[] {
  return effects.filter((effect) => effect.bearer === bearer);
}

/** Whether nobody but the autopilot plays it: it was told so, or has neither a player nor a game master. */
export function isAutomatic(state: CombatState, { seat, autopilot }: Combatant): boolean {
  return autopilot || (seat === null ? !state.gm : !state.seats.includes(seat));
}

/** Whether a game master's seat, a player's, or (null) the system may command the combatant. */
export function controls(seat: number | null, combatant: Combatant): boolean {
  return isGm(seat) ? combatant.seat === null : seat !== null && combatant.seat === seat;
}

/** Game masters sit beyond the players' numbers (see core.rules). */
export const GM_SEAT = 100;

export function isGm(seat: number | null): boolean {
  return seat !== null && seat >= GM_SEAT;
}

export function sameCell(a: Cell, b: Cell): boolean {
  return a.x === b.x && a.y === b.y;
}
