import {
  type Combatant,
  type CombatState,
  type ReactionOption,
  type Reactor,
  type Step,
  WINDOWS_MAX,
  type Window,
} from "./combat-state.rules.ts";
import type { Ability, Attack, ReactionTrigger } from "./combat-types.rules.ts";
import { canReact, charmersOf, has } from "./conditions.rules.ts";
import { lineOfSight } from "./field.rules.ts";
import { abilityOf, attackOf, creatureOf, fieldOf, footprint, gapFeet, isHostile, isUnseen } from "./lookup.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/**
 * Opens a reaction window, unless nobody may react; what was going on waits in it.
 *
 * @param queue what is still to be done: taken over by the window if it opens
 * @returns whether it opened
 */
export function openWindow(
  work: Work,
  { kind, by, reactors }: { kind: Window["kind"]; by: string; reactors: readonly Reactor[] },
  queue: Step[],
): boolean {
  const { state, ctx } = work;
  if (reactors.length === 0 || state.windows.length >= WINDOWS_MAX) return false;
  const heldMs = state.deadline === 0 ? null : Math.max(1, state.deadline - ctx.at);
  const held = queue.splice(0);
  emit(work, "windowOpened", { window: { id: state.nextWindow, kind, by, reactors: [...reactors], held, heldMs } });
  return true;
}

/** Who may answer, one by one, with what each may do: in id order, and never somebody hidden from what happens. */
export function reactorsAmong(
  state: CombatState,
  options: (combatant: Combatant) => readonly ReactionOption[],
): Reactor[] {
  const able = state.combatants.filter((combatant) => !combatant.hidden && canReact(state, combatant));
  return able
    .map((combatant) => ({ id: combatant.id, options: options(combatant) }))
    .filter((r) => r.options.length > 0);
}

/** Enemies whose reach the mover would leave, with each attack that reaches it (SRD: opportunity attacks). */
export function opportunities(state: CombatState, mover: Combatant, provoked: readonly string[]): Reactor[] {
  return reactorsAmong(state, (combatant) => {
    if (!provoked.includes(combatant.id) || !mayHarm(state, combatant, mover)) return [];
    return creatureOf(combatant)
      .attacks.filter(({ reach }) => reach > 0 && gapFeet(combatant, mover) <= reach)
      .map(({ id }) => ({ kind: "attack", attack: id, target: mover.id }));
  });
}

/** Whether it could attack the other at all: sees it, and is not under its charm. */
export function mayHarm(state: CombatState, combatant: Combatant, target: Combatant): boolean {
  const charmed = charmersOf(state, combatant).some(({ id }) => id === target.id);
  return isHostile(combatant, target) && !charmed && sees(state, combatant, target);
}

export function sees(state: CombatState, combatant: Combatant, target: Combatant): boolean {
  if (isUnseen(target, combatant)) return false;
  return !has(state, combatant, "blinded") && lineOfSight(fieldOf(state), footprint(combatant), footprint(target));
}

/** The reaction abilities a combatant could use now for this trigger, against the creature that set it off. */
export function reactionsOf(
  state: CombatState,
  combatant: Combatant,
  trigger: ReactionTrigger,
  by: Combatant,
): ReactionOption[] {
  return creatureOf(combatant)
    .abilities.map((id) => abilityOf(combatant, id)!)
    .filter((ability) => ability.cost === "reaction" && ability.trigger === trigger)
    .filter((ability) => (combatant.uses[ability.id] ?? 1) > 0 && isInRange(state, combatant, ability, by))
    .map(({ id, target }) => ({ kind: "ability", ability: id, target: target === "self" ? combatant.id : by.id }));
}

function isInRange(state: CombatState, combatant: Combatant, ability: Ability, by: Combatant): boolean {
  return ability.target === "self" || (gapFeet(combatant, by) <= ability.range && sees(state, combatant, by));
}

/** Readied actions that what just happened sets off, and that can be carried out against whom set it off. */
export function readiedAgainst(
  state: CombatState,
  trigger: "approach" | "attack" | "cast",
  by: Combatant,
  cameCloser: (combatant: Combatant, feet: number) => boolean = () => true,
): Reactor[] {
  return reactorsAmong(state, (combatant) => {
    const { readied } = combatant;
    if (readied?.trigger !== trigger || (readied.by !== "" && readied.by !== by.id)) return [];
    if (!mayHarm(state, combatant, by)) return [];
    const feet = feetOfReadied(combatant);
    if (gapFeet(combatant, by) > feet || !cameCloser(combatant, feet)) return [];
    return [{ kind: "readied", target: by.id }];
  });
}

/** How far a readied action reaches, in feet. */
export function feetOfReadied(combatant: Combatant): number {
  const { readied } = combatant;
  if (!readied) return 0;
  const { type, id } = readied.action;
  if (type === "cast") return abilityOf(combatant, id)?.range ?? 0;
  const attack = attackOf(combatant, id);
  return attack ? feetOf(attack) : 0;
}

/** The farthest an attack can be made, in feet. */
export function feetOf({ reach, range }: Attack): number {
  return Math.max(reach, range?.long ?? 0);
}
