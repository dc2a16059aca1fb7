import type { Combatant, CombatState } from "./combat-state.rules.ts";
import type { Ability, Cell, EffectSpec } from "./combat-types.rules.ts";
import { addEffect, type Bringing } from "./effects.rules.ts";
import { cellsOf, pushedTo } from "./field.rules.ts";
import { cellsUnder } from "./field-grid.rules.ts";
import { grantTemp, harm, heal, type Rolled } from "./harm.rules.ts";
import { creatureOf, fieldOf, footprint, isHostile, isPresent, known, sameCell } from "./lookup.rules.ts";
import { emit, type Work } from "./work.rules.ts";

export interface Impact {
  readonly rolled: readonly Rolled[];
  readonly half: boolean;
  readonly critical: boolean;
  /** Half of the damage is all that a made save leaves. */
  readonly isSaved: boolean;
}

/** What an ability does to one creature that it has met. */
export function affect(work: Work, ability: Ability, by: string, target: string, impact: Impact): void {
  harm(work, target, { ...impact, by });
  if (impact.isSaved) return;
  if (ability.heal) heal(work, target, ability.heal);
  if (ability.tempHp) grantTemp(work, target, ability.tempHp);
  bring(work, ability.effects, "target", bringingOf(work, ability, by, target));
  if (ability.push) push(work, by, target, ability.push);
}

/** What it does to the caster and to the ground, once. */
export function affectScene(work: Work, ability: Ability, by: string, cells: readonly Cell[]): void {
  const bringing = bringingOf(work, ability, by, by);
  bring(work, ability.effects, "source", bringing);
  if (ability.terrain && cells.length > 0) addEffect(work, groundOf(ability, ability.terrain), { ...bringing, cells });
}

function bringingOf(work: Work, { id, concentration }: Ability, source: string, bearer: string): Bringing {
  return { bearer, source, dc: creatureOf(known(work.state, source)).saveDc, ability: id, concentration };
}

/** Puts those of the effects on the bearer that are for it. */
export function bring(work: Work, effects: readonly EffectSpec[], on: EffectSpec["on"], bringing: Bringing): void {
  for (const spec of effects) if (spec.on === on) addEffect(work, spec, bringing);
}

function groundOf({ id, name }: Ability, { duration, expireOn }: NonNullable<Ability["terrain"]>): EffectSpec {
  return {
    ...{ key: `ground:${id}`, name, on: "source", duration, expireOn, of: "source" },
    ...{ stacking: "refresh", maxStacks: 1, conditions: [], modifiers: {} },
  };
}

/** Forced movement provokes nobody (SRD: opportunity attacks). */
function push(work: Work, by: string, target: string, feet: number): void {
  const [mover, from] = [known(work.state, target), known(work.state, by)];
  if (!isPresent(mover) || target === by) return;
  // A hidden creature in the way must stop it too, or two would share a place.
  const others = work.state.combatants.filter((other) => other.id !== target && isPresent(other));
  const bodies = others.map((other) => ({ ...footprint(other), id: other.id, hostile: true }));
  const to = pushedTo(fieldOf(work.state), bodies, footprint(mover), footprint(from), feet);
  if (!sameCell(to, mover.at)) emit(work, "pushed", { id: target, to });
}

/** The cells of an area: cone and line begin at the caster, the others at the cell that was named. */
export function areaOf(state: CombatState, { area }: Ability, caster: Combatant, at: Cell): Cell[] {
  if (!area) return [];
  if (area.shape === "sphere") return cellsOf(fieldOf(state), area, at, at);
  // A cube extends away from its caster.
  if (area.shape === "cube")
    return cellsOf(fieldOf(state), area, at, { x: 2 * at.x - caster.at.x, y: 2 * at.y - caster.at.y });
  return cellsOf(fieldOf(state), area, nearestOwn(caster, at), at).filter((cell) => !isUnder(caster, cell));
}

function nearestOwn(caster: Combatant, to: Cell): Cell {
  const far = ({ x, y }: Cell) => (x - to.x) * (x - to.x) + (y - to.y) * (y - to.y);
  return cellsUnder(footprint(caster)).reduce((best, cell) => (far(cell) < far(best) ? cell : best));
}

function isUnder(combatant: Combatant, cell: Cell): boolean {
  return cellsUnder(footprint(combatant)).some((own) => sameCell(own, cell));
}

/** Whom an area meets, in id order. */
export function metBy(
  state: CombatState,
  { affects }: Ability,
  caster: Combatant,
  cells: readonly Cell[],
): Combatant[] {
  return state.combatants.filter((other) => {
    if (!isPresent(other) || (affects === "enemies" && !isHostile(caster, other))) return false;
    if (affects === "allies" && isHostile(caster, other)) return false;
    return cells.some((cell) => isUnder(other, cell));
  });
}
