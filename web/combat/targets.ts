import type { Ability, Attack, Cell } from "../../src/combat/combat-types.rules.ts";
import {
  cellsOf,
  cheapestPath,
  distanceFeet,
  lineOfSight,
  pathCost,
  reachableCells,
} from "../../src/combat/field.rules.ts";
import { cellsUnder, overlap } from "../../src/combat/field-grid.rules.ts";
import { creatureOf, type FighterView, type FightView, fieldOf, hasCondition, isPresent } from "./fight-view.ts";

/** What the viewer is about to do and still has to aim. */
export type Aim =
  | { readonly kind: "attack"; readonly attack: Attack }
  | { readonly kind: "cast"; readonly ability: Ability }
  | { readonly kind: "help" };

export interface Walk {
  readonly path: readonly Cell[];
  readonly feet: number;
}

const BESIDE_FEET = 5;

/** Why this creature cannot be aimed at, or null. What only the server knows it says itself. */
export function targetRefusal(fight: FightView, actor: FighterView, aim: Aim, target: FighterView): string | null {
  if (!isPresent(target)) return "is out of the fight";
  const side = sideRefusal(actor, wanted(aim), target);
  if (side) return side;
  if (target.id === actor.id) return null;
  const feet = distanceFeet(footprint(actor), footprint(target));
  const reach = feetOf(aim);
  if (feet > reach) return `is ${feet} feet away, ${reach} at most`;
  return lineOfSight(fieldOf(fight), footprint(actor), footprint(target)) ? null : "cannot be seen from here";
}

function wanted(aim: Aim): Ability["target"] {
  if (aim.kind === "cast") return aim.ability.target;
  return aim.kind === "attack" ? "enemy" : "ally";
}

function sideRefusal(actor: FighterView, target: Ability["target"], { id, side }: FighterView): string | null {
  if (target === "enemy" && side === actor.side) return "is on your side";
  if (target === "ally" && side !== actor.side) return "is an enemy";
  if (target === "self" && id !== actor.id) return "is not yourself";
  return null;
}

export function feetOf(aim: Aim): number {
  if (aim.kind === "cast") return aim.ability.range;
  return aim.kind === "help" ? BESIDE_FEET : Math.max(aim.attack.reach, aim.attack.range?.long ?? 0);
}

/** Whether an attack at this target is made with disadvantage for the distance alone. */
export function isLongShot(
  { attack }: Extract<Aim, { kind: "attack" }>,
  actor: FighterView,
  target: FighterView,
): boolean {
  const feet = distanceFeet(footprint(actor), footprint(target));
  return feet > attack.reach && attack.range !== undefined && feet > attack.range.normal;
}

/** The cells an ability would cover if it were aimed at this one; null where it cannot be aimed. */
export function areaAt(fight: FightView, actor: FighterView, ability: Ability, cell: Cell): Cell[] | null {
  const { area } = ability;
  if (!area) return null;
  const field = fieldOf(fight);
  if (area.shape === "cone" || area.shape === "line") {
    const own = cellsUnder(footprint(actor));
    const cells = cellsOf(field, area, nearestCell(actor, cell), cell);
    return someOf(cells.filter(({ x, y }) => !own.some((under) => under.x === x && under.y === y)));
  }
  if (distanceFeet(footprint(actor), cell) > ability.range || !lineOfSight(field, footprint(actor), cell)) return null;
  // A cube extends away from its caster.
  const away = { x: 2 * cell.x - actor.at.x, y: 2 * cell.y - actor.at.y };
  return someOf(cellsOf(field, area, cell, area.shape === "cube" ? away : cell));
}

function someOf(cells: Cell[]): Cell[] | null {
  return cells.length > 0 ? cells : null;
}

/** The caster's cell from which an area towards another cell begins. */
function nearestCell(actor: FighterView, cell: Cell): Cell {
  const own = cellsUnder(footprint(actor));
  return own.reduce((best, each) => (straight(each, cell) < straight(best, cell) ? each : best));
}

function straight(a: Cell, b: Cell): number {
  return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
}

/** Whom an ability would affect there, as far as the viewer sees. */
export function affectedBy(
  fight: FightView,
  actor: FighterView,
  ability: Ability,
  cells: readonly Cell[],
): FighterView[] {
  const isMeant = ({ side }: FighterView) =>
    ability.affects === "all" || (ability.affects === "allies") === (side === actor.side);
  return fight.fighters.filter(
    (fighter) =>
      isPresent(fighter) &&
      isMeant(fighter) &&
      cells.some((cell) => overlap(footprint(fighter), { at: cell, size: 1 })),
  );
}

/** Every cell the creature can walk to with the movement it has left; its own is not among them. */
export function walkable(fight: FightView, actor: FighterView): Cell[] {
  return reachableCells(fieldOf(fight), others(fight, actor), footprint(actor), actor.movement / priceOf(actor))
    .filter(({ feet }) => feet > 0)
    .map(({ cell }) => cell);
}

/** The cheapest way there and what it costs, or null. */
export function walkTo(fight: FightView, actor: FighterView, to: Cell): Walk | null {
  const field = fieldOf(fight);
  const path = cheapestPath(field, others(fight, actor), footprint(actor), to, actor.movement / priceOf(actor));
  const feet = path ? pathCost(field, path, creatureOf(actor).size) : "blocked";
  return path && feet !== "blocked" && feet > 0 ? { path, feet: feet * priceOf(actor) } : null;
}

/** Feet of movement for a foot of way: who is prone crawls. */
function priceOf(actor: FighterView): number {
  return hasCondition(actor, "prone") ? 2 : 1;
}

function others({ fighters }: FightView, actor: FighterView) {
  return fighters
    .filter((other) => other.id !== actor.id && isPresent(other))
    .map((other) => ({
      ...footprint(other),
      id: other.id,
      hostile: other.side !== actor.side && other.life === "up",
    }));
}

export function footprint(fighter: FighterView) {
  return { at: fighter.at, size: creatureOf(fighter).size };
}

/** Who stands on a cell: the standing before the fallen. */
export function fighterAt({ fighters }: FightView, cell: Cell): FighterView | undefined {
  const there = fighters.filter(
    (fighter) => fighter.life !== "gone" && overlap(footprint(fighter), { at: cell, size: 1 }),
  );
  const rank = ({ life }: FighterView) => (life === "up" ? 0 : life === "dead" ? 2 : 1);
  return there.sort((a, b) => rank(a) - rank(b))[0];
}
