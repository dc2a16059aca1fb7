import type { Ability, Cell } from "../../src/combat/combat-types.rules.ts";
import { type FighterView, type FightView, fighterOf, isPresent } from "./fight-view.ts";
import { attackOrder, castOrder, helpOrder, moveOrder, type Order } from "./orders.ts";
import { type Aim, affectedBy, areaAt, fighterAt, isLongShot, targetRefusal, type Walk, walkTo } from "./targets.ts";
import { cellName } from "./words.ts";

/** What the viewer is about to do on the field. */
export type Plan =
  | { readonly kind: "idle" }
  /** A way that was chosen once; choosing its end again walks it. */
  | { readonly kind: "walk"; readonly walk: Walk }
  | { readonly kind: "aim"; readonly aim: Aim; readonly chosen: readonly string[]; readonly cell: Cell | null };

export interface Chosen {
  readonly plan: Plan;
  /** What is to be sent. */
  readonly order?: Order;
  /** Why nothing came of it. */
  readonly why?: string;
}

export const IDLE: Plan = { kind: "idle" };

export function aimed(aim: Aim): Plan {
  return { kind: "aim", aim, chosen: [], cell: null };
}

/** A cell was chosen. @param whyNot why the actor cannot walk, or null */
export function chooseCell(
  fight: FightView,
  actor: FighterView,
  plan: Plan,
  cell: Cell,
  whyNot: string | null,
): Chosen {
  if (plan.kind === "aim" && areaOf(plan.aim)) return chooseArea(fight, actor, plan, cell);
  if (plan.kind === "aim") {
    const target = fighterAt(fight, cell);
    return target
      ? chooseTarget(fight, actor, plan, target.id)
      : { plan, why: `There is nobody on ${cellName(cell)}.` };
  }
  if (plan.kind === "walk" && same(plan.walk.path.at(-1)!, cell)) return confirm(fight, actor, plan);
  if (same(cell, actor.at)) return { plan: IDLE };
  if (whyNot) return { plan: IDLE, why: `You cannot move: ${whyNot}.` };
  const walk = walkTo(fight, actor, cell);
  return walk ? { plan: { kind: "walk", walk } } : { plan: IDLE, why: `${cellName(cell)} is out of reach.` };
}

/** A creature was chosen, on the field or by its name. */
export function chooseTarget(fight: FightView, actor: FighterView, plan: Plan, id: string): Chosen {
  const target = fighterOf(fight, id);
  if (plan.kind !== "aim" || !target) return { plan };
  const why = targetRefusal(fight, actor, plan.aim, target);
  if (why) return { plan, why: `${target.name} ${why}.` };
  if (targetsOf(plan.aim) === 1) return { plan: IDLE, order: orderOf(plan.aim, [id]) };
  if (!mayRepeat(plan.aim) && plan.chosen.includes(id))
    return { plan: { ...plan, chosen: plan.chosen.filter((other) => other !== id) } };
  const chosen = [...plan.chosen, id];
  return chosen.length === targetsOf(plan.aim)
    ? { plan: IDLE, order: orderOf(plan.aim, chosen) }
    : { plan: { ...plan, chosen } };
}

/** Does what is planned, if it is complete. */
export function confirm(fight: FightView, actor: FighterView, plan: Plan): Chosen {
  if (plan.kind === "walk") return { plan: IDLE, order: moveOrder(plan.walk.path) };
  if (plan.kind !== "aim") return { plan };
  const { aim, cell, chosen } = plan;
  if (cell && aim.kind === "cast" && areaAt(fight, actor, aim.ability, cell))
    return { plan: IDLE, order: castOrder(aim.ability.id, [], cell) };
  return chosen.length > 0 ? { plan: IDLE, order: orderOf(aim, chosen) } : { plan };
}

export function isComplete(plan: Plan): boolean {
  return plan.kind === "walk" || (plan.kind === "aim" && (plan.cell !== null || plan.chosen.length > 0));
}

function chooseArea(fight: FightView, actor: FighterView, plan: Extract<Plan, { kind: "aim" }>, cell: Cell): Chosen {
  if (plan.cell && same(plan.cell, cell)) return confirm(fight, actor, plan);
  const cells = areaAt(fight, actor, areaOf(plan.aim)!, cell);
  return cells ? { plan: { ...plan, cell } } : { plan, why: `It cannot be aimed at ${cellName(cell)}.` };
}

function orderOf(aim: Aim, targets: readonly string[]): Order {
  if (aim.kind === "attack") return attackOrder(aim.attack.id, targets[0]!);
  return aim.kind === "help" ? helpOrder(targets[0]!) : castOrder(aim.ability.id, targets, null);
}

/** The ability that is aimed at a place; null for what is aimed at creatures. */
export function areaOf(aim: Aim): Ability | null {
  return aim.kind === "cast" && aim.ability.target === "area" ? aim.ability : null;
}

function targetsOf(aim: Aim): number {
  return aim.kind === "cast" ? aim.ability.targets : 1;
}

/** Several rays of one ability may meet the same creature. */
function mayRepeat(aim: Aim): boolean {
  return aim.kind === "cast" && aim.ability.check.kind === "attack";
}

/** What is asked of the viewer while it aims. */
export function planWords(fight: FightView, actor: FighterView, plan: Plan): string {
  if (plan.kind === "idle") return "";
  if (plan.kind === "walk") {
    const { path, feet } = plan.walk;
    return `Move to ${cellName(path.at(-1)!)}: ${feet} of ${actor.movement} feet.`;
  }
  const { aim, chosen, cell } = plan;
  const what = aim.kind === "help" ? "Help" : aim.kind === "attack" ? aim.attack.name : aim.ability.name;
  const ability = areaOf(aim);
  if (ability && cell) {
    const met = affectedBy(fight, actor, ability, areaAt(fight, actor, ability, cell) ?? []).map(({ name }) => name);
    return `${what} at ${cellName(cell)} meets ${met.length > 0 ? met.join(", ") : "nobody you see"}.`;
  }
  if (ability) return `${what}: choose where.`;
  const left = targetsOf(aim) - chosen.length;
  return `${what}: choose ${left === 1 ? "a target" : `up to ${left} targets`}.`;
}

export interface TargetChip {
  readonly id: string;
  readonly name: string;
  readonly why: string | null;
  readonly times: number;
  readonly note: string;
}

/** Everybody who could be meant, nearest to being possible first: a way to aim without the map. */
export function targetChips(fight: FightView, actor: FighterView, plan: Plan): TargetChip[] {
  if (plan.kind !== "aim" || areaOf(plan.aim)) return [];
  const { aim, chosen } = plan;
  const chips = fight.fighters.filter(isPresent).map((fighter) => ({
    ...{ id: fighter.id, name: fighter.id === actor.id ? `${fighter.name} (yourself)` : fighter.name },
    why: targetRefusal(fight, actor, aim, fighter),
    times: chosen.filter((id) => id === fighter.id).length,
    note: aim.kind === "attack" && isLongShot(aim, actor, fighter) ? "far: disadvantage" : "",
  }));
  const meant = chips.filter(({ why }) => !why?.startsWith("is on your side") && !why?.startsWith("is an enemy"));
  return meant
    .filter(({ why }) => why !== "is not yourself")
    .sort((a, b) => Number(a.why !== null) - Number(b.why !== null));
}

function same(a: Cell, b: Cell): boolean {
  return a.x === b.x && a.y === b.y;
}
