import { moveRefused } from "./action-checks.rules.ts";
import { type ActionData, type ActionType, tryAction } from "./actions.rules.ts";
import { areaOf, metBy } from "./affect.rules.ts";
import type { Combatant, CombatState } from "./combat-state.rules.ts";
import type { Ability, Attack, Cell, Damage } from "./combat-types.rules.ts";
import { has } from "./conditions.rules.ts";
import { cheapestPath, distanceFeet, reachableCells } from "./field.rules.ts";
import {
  abilityOf,
  creatureOf,
  fieldOf,
  footprint,
  gapFeet,
  isHostile,
  isPresent,
  isUnseen,
  known,
  occupants,
} from "./lookup.rules.ts";
import { advance, endTurn } from "./turns.rules.ts";
import { feetOf } from "./windows.rules.ts";
import type { Work } from "./work.rules.ts";

type Choice = { [T in ActionType]: { type: T; data: ActionData[T] } }[ActionType];

/** More than any turn can hold. */
const CHOICES_MAX = 12;

/**
 * Plays a turn greedily: help who is down, hit as many as possible, else the weakest in reach, else get closer. It
 * knows no more than a player in its place would. Stops early when somebody may react; the turn then goes on later.
 */
export function playTurn(work: Work, id: string, why: "ended" | "afk"): void {
  for (let choices = 0; choices < CHOICES_MAX; choices++) {
    const { state } = work;
    if (state.current !== id || state.windows.length > 0) return;
    if (known(state, id).life !== "up" || !chooseAndDo(work, id)) break;
  }
  if (work.state.current !== id || work.state.windows.length > 0) return;
  endTurn(work, id, why);
  advance(work);
}

function chooseAndDo(work: Work, id: string): boolean {
  const { state } = work;
  const actor = known(state, id);
  for (const choice of choicesOf(state, actor))
    if (!tryAction(work, id, choice.type, choice.data as never)) return true;
  return false;
}

/** What it would like to do, best first; what is not allowed now is passed over. */
function choicesOf(state: CombatState, actor: Combatant): Choice[] {
  const enemies = enemiesOf(state, actor);
  const choices: Choice[] = has(state, actor, "prone") ? [{ type: "stand", data: {} }] : [];
  choices.push(...cures(state, actor), ...blasts(state, actor), ...blows(state, actor, enemies));
  choices.push(...approaches(state, actor, enemies));
  if (enemies.length > 0 && !isAnyInReach(actor, enemies)) choices.push({ type: "dash", data: {} });
  return choices;
}

/** Enemies that it knows of and that still stand, the nearest first and of those the weakest. */
function enemiesOf(state: CombatState, actor: Combatant): Combatant[] {
  return state.combatants
    .filter((other) => isHostile(actor, other) && other.life === "up" && !isUnseen(other, actor))
    .sort((a, b) => gapFeet(actor, a) - gapFeet(actor, b) || a.hp - b.hp || (a.id < b.id ? -1 : 1));
}

function ownAbilities(actor: Combatant): Ability[] {
  return creatureOf(actor).abilities.flatMap((id) => abilityOf(actor, id) ?? []);
}

function cures(state: CombatState, actor: Combatant): Choice[] {
  const needy = state.combatants
    .filter((other) => !isHostile(actor, other) && isPresent(other) && !isUnseen(other, actor))
    .filter(({ hp, maxHp }) => hp * 3 <= maxHp)
    .sort((a, b) => a.hp - b.hp || (a.id < b.id ? -1 : 1));
  const healing = ownAbilities(actor).filter(({ heal, target }) => heal && target !== "area");
  return healing.flatMap(({ id, target }) =>
    needy
      .filter((other) => target !== "self" || other.id === actor.id)
      .map((other): Choice => ({ type: "cast", data: { ability: id, targets: [other.id] } })),
  );
}

/** Areas that meet two enemies or more and no friend, the most first. */
function blasts(state: CombatState, actor: Combatant): Choice[] {
  const areas = ownAbilities(actor).filter(({ target, damage, effects, cost }) => {
    return target === "area" && cost !== "reaction" && (damage.length > 0 || effects.length > 0);
  });
  const found = areas.flatMap((ability) =>
    enemiesOf(state, actor).map(({ at }) => ({ ability, at, worth: worthOf(state, actor, ability, at) })),
  );
  return found
    .filter(({ worth }) => worth >= 2)
    .sort((a, b) => b.worth - a.worth)
    .map(({ ability, at }): Choice => ({ type: "cast", data: { ability: ability.id, at } }));
}

function worthOf(state: CombatState, actor: Combatant, ability: Ability, at: Cell): number {
  const met = metBy(state, ability, actor, areaOf(state, ability, actor, at)).filter(
    (other) => !isUnseen(other, actor),
  );
  return met.some((other) => !isHostile(actor, other)) ? 0 : met.filter(({ life }) => life === "up").length;
}

function blows(state: CombatState, actor: Combatant, enemies: readonly Combatant[]): Choice[] {
  const weapons = [...creatureOf(actor).attacks].sort((a, b) => mean(b.damage) - mean(a.damage));
  const spells = ownAbilities(actor).filter(({ target, cost }) => cost !== "reaction" && isHarmful(target));
  spells.sort((a, b) => b.targets * mean(b.damage) - a.targets * mean(a.damage));
  const strength = weapons[0] ? mean(weapons[0].damage) * creatureOf(actor).attacksPerAction : 0;
  const strikes = enemies.flatMap((enemy) => weapons.map((weapon) => strikeAt(enemy, weapon)));
  // A concentration that holds something is worth more than the next one.
  const usable = spells.filter(({ concentration }) => !concentration || actor.concentration === "");
  const casts = usable.flatMap((spell) => enemies.map((enemy) => castOn(enemy, spell, enemies)));
  const better = usable.filter((spell) => spell.targets * mean(spell.damage) > strength || spell.cost === "bonus");
  const first = casts.filter(({ data }) => better.some(({ id }) => id === data.ability));
  return [...first, ...strikes, ...casts, ...boosts(state, actor)];
}

function isHarmful(target: Ability["target"]): boolean {
  return target === "enemy" || target === "creature";
}

function strikeAt(enemy: Combatant, weapon: Attack): Choice {
  return { type: "attack", data: { target: enemy.id, weapon: weapon.id } };
}

function castOn(enemy: Combatant, { id, check, targets }: Ability, enemies: readonly Combatant[]) {
  const others = enemies.filter((other) => other.id !== enemy.id).map((other) => other.id);
  const all = check.kind === "attack" ? Array.from({ length: targets }, () => enemy.id) : [enemy.id];
  const aimed = targets > 1 && check.kind !== "attack" ? [enemy.id, ...others.slice(0, targets - 1)] : all;
  return { type: "cast" as const, data: { ability: id, targets: aimed } };
}

/** What costs no action strengthens whoever uses it. */
function boosts(_: CombatState, actor: Combatant): Choice[] {
  const own = ownAbilities(actor).filter(
    ({ target, cost, concentration }) =>
      target === "self" && cost === "bonus" && (!concentration || !actor.concentration),
  );
  return own.map(({ id }): Choice => ({ type: "cast", data: { ability: id } }));
}

/** Twice the mean damage: integers are enough to compare by. */
function mean(damage: readonly Damage[]): number {
  return damage.reduce((sum, { count, sides, modifier }) => sum + count * (sides + 1) + 2 * modifier, 0);
}

function isAnyInReach(actor: Combatant, enemies: readonly Combatant[]): boolean {
  const reach = creatureOf(actor).attacks.reduce((most, attack) => Math.max(most, feetOf(attack)), 0);
  return enemies.some((enemy) => gapFeet(actor, enemy) <= reach);
}

/** One move towards the nearest enemy, when there is something to do there or nothing to do here. */
function approaches(state: CombatState, actor: Combatant, enemies: readonly Combatant[]): Choice[] {
  const { economy } = actor;
  if (economy.movement < 5 || enemies.length === 0) return [];
  const bodies = occupants(state, actor);
  const reached = reachableCells(fieldOf(state), bodies, footprint(actor), economy.movement);
  const { size } = creatureOf(actor);
  const melee = creatureOf(actor).attacks.some(({ reach }) => reach > 0) ? 5 : 30;
  const far = (cell: Cell) => nearestFeet({ at: cell, size }, enemies);
  const now = far(actor.at);
  if (now <= melee) return [];
  const goals = reached
    .filter(({ cell }) => far(cell) < now)
    .sort((a, b) => far(a.cell) - far(b.cell) || a.feet - b.feet);
  const goal = goals[0];
  const path = goal && cheapestPath(fieldOf(state), bodies, footprint(actor), goal.cell, economy.movement);
  if (!path || path.length < 2 || moveRefused(state, actor, path.slice(1))) return [];
  return [{ type: "move", data: { path: path.slice(1) } }];
}

function nearestFeet(place: { at: Cell; size: number }, enemies: readonly Combatant[]): number {
  return enemies.reduce(
    (least, enemy) => Math.min(least, distanceFeet(place, footprint(enemy))),
    Number.MAX_SAFE_INTEGER,
  );
}
