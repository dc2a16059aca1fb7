import type { MapSchema } from "@colyseus/schema";
import { CombatCombatant, CombatEffect, CombatOption, CombatReactor } from "../schema/combat.ts";
import type { Combatant, Effect, Reactor } from "../src/combat/combat-state.rules.ts";
import type { Cell } from "../src/combat/combat-types.rules.ts";
import { replaceItems } from "./project.ts";

/*
 * Rows of a fight's state, written from what a viewer may see. What has not changed is set to what it is, and so not
 * sent again; rows are kept while their id is.
 */

type Rows<Row> = MapSchema<Row>;

export function showCombatants(
  rows: Rows<CombatCombatant>,
  combatants: readonly Combatant[],
  effects: readonly Effect[],
): void {
  keepOnly(rows, combatants);
  for (const combatant of combatants) {
    const row = rowOf(rows, combatant.id, CombatCombatant);
    showCombatant(row, combatant);
    showEffects(
      row.effects,
      effects.filter(({ bearer }) => bearer === combatant.id),
    );
  }
}

export function showReactors(rows: Rows<CombatReactor>, reactors: readonly Reactor[]): void {
  keepOnly(rows, reactors);
  for (const { id, options } of reactors) {
    const row = rowOf(rows, id, CombatReactor);
    row.id = id;
    // What a reactor may do is fixed when the window opens; a window after it is another one.
    const same =
      row.options.length === options.length && options.every((option, at) => isShown(row.options[at], option));
    if (same) continue;
    row.options.clear();
    row.options.push(...options.map((option) => Object.assign(new CombatOption(), shownOption(option))));
  }
}

function showCombatant(row: CombatCombatant, combatant: Combatant): void {
  const { economy, at, readied, initiative, seat, uses, ...plain } = combatant;
  row.id = plain.id;
  row.creature = plain.creature;
  row.ordinal = plain.ordinal;
  row.seat = seat ?? -1;
  row.side = plain.side;
  row.autopilot = plain.autopilot;
  row.hidden = plain.hidden;
  row.surprised = plain.surprised;
  row.x = at.x;
  row.y = at.y;
  row.life = plain.life;
  row.hp = plain.hp;
  row.maxHp = plain.maxHp;
  row.tempHp = plain.tempHp;
  row.ac = plain.ac;
  row.successes = plain.successes;
  row.failures = plain.failures;
  row.initiative = initiative ?? 0;
  row.rolled = initiative !== null;
  row.turn = plain.turn;
  row.reaction = plain.reaction;
  row.action = economy.action;
  row.bonus = economy.bonus;
  row.interaction = economy.interaction;
  row.movement = economy.movement;
  row.attacks = economy.attacks;
  row.disengaged = economy.disengaged;
  row.concentration = plain.concentration;
  row.readyTrigger = readied?.trigger ?? "";
  row.readyBy = readied?.by ?? "";
  row.readyType = readied?.action.type ?? "";
  row.readyId = readied?.action.id ?? "";
  for (const ability of [...row.uses.keys()]) if (!Object.hasOwn(uses, ability)) row.uses.delete(ability);
  for (const [ability, left] of Object.entries(uses)) if (row.uses.get(ability) !== left) row.uses.set(ability, left);
}

export function showEffects(rows: Rows<CombatEffect>, effects: readonly Effect[]): void {
  keepOnly(rows, effects);
  for (const effect of effects) {
    const { spec, cells, until } = effect;
    const row = rowOf(rows, String(effect.id), CombatEffect);
    row.id = effect.id;
    row.key = spec.key;
    row.name = spec.name;
    row.source = effect.source;
    row.of = effect.of;
    row.expireOn = effect.expireOn;
    row.unit = spec.duration?.unit ?? "";
    row.until = until ?? -1;
    row.stacks = effect.stacks;
    row.concentration = effect.concentration;
    replaceItems(row.conditions, spec.conditions);
    replaceItems(row.cells, cells.map(cellNumber));
  }
}

const cellNumber = ({ x, y }: Cell): number => y * 256 + x;

function shownOption(option: Reactor["options"][number]) {
  const { kind, target } = option;
  return { kind, target, what: kind === "attack" ? option.attack : kind === "ability" ? option.ability : "" };
}

function isShown(row: CombatOption | undefined, option: Reactor["options"][number]): boolean {
  const { kind, what, target } = shownOption(option);
  return row?.kind === kind && row.what === what && row.target === target;
}

/** Deletes the rows of seats that nobody has any more. */
export function keepRows<Row>(rows: Rows<Row>, people: ReadonlyMap<number, unknown>): void {
  for (const key of [...rows.keys()]) if (!people.has(Number(key))) rows.delete(key);
}

function keepOnly<Row>(rows: Rows<Row>, items: readonly { readonly id: string | number }[]): void {
  if (rows.size === 0) return;
  const keep = new Set(items.map(({ id }) => String(id)));
  for (const key of [...rows.keys()]) if (!keep.has(key)) rows.delete(key);
}

function rowOf<Row>(rows: Rows<Row>, key: string, Type: new () => Row): Row {
  let row = rows.get(key);
  if (!row) {
    row = new Type();
    rows.set(key, row);
  }
  return row;
}
