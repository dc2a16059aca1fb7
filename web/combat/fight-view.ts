import type { CombatCombatant, CombatEffect, CombatState } from "../../schema/combat.ts";
import type { Cell, Condition, Creature, Field } from "../../src/combat/combat-types.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";
import { MAPS } from "../../src/combat/content/maps.rules.ts";

export interface EffectView extends EffectRow {
  readonly cells: readonly Cell[];
  readonly conditions: readonly Condition[];
}

export interface FighterView extends FighterRow {
  readonly at: Cell;
  readonly name: string;
  /** Whether the viewer may know how many uses are left. */
  readonly uses: { readonly [ability: string]: number };
  /** By id. */
  readonly effects: readonly EffectView[];
}

export interface PersonView {
  readonly seat: number;
  readonly gm: boolean;
  readonly name: string;
  readonly connected: boolean;
}

export interface OptionView {
  readonly kind: "attack" | "ability" | "readied";
  readonly what: string;
  readonly target: string;
}

export interface ReactorView {
  readonly id: string;
  readonly options: readonly OptionView[];
}

export interface WindowView {
  readonly id: number;
  readonly kind: CombatState["windowKind"];
  readonly by: string;
  /** Whose answer it waits for. */
  readonly waiting: readonly string[];
}

/** A plain copy of what the server shows to this page: the public part with the own seat's sight laid over it. */
export interface FightView {
  readonly phase: CombatState["phase"];
  readonly mode: CombatState["mode"];
  readonly map: string;
  readonly round: number;
  readonly current: string;
  readonly order: readonly string[];
  readonly deadline: number;
  readonly turnMs: number;
  readonly windowMs: number;
  readonly window: WindowView | null;
  readonly winner: number;
  /** Ascending by seat. */
  readonly people: readonly PersonView[];
  /** By id, those that left the fight too. */
  readonly fighters: readonly FighterView[];
  /** Null for who only watches. */
  readonly own: { readonly seat: number; readonly gm: boolean } | null;
  /** Whom the viewer may let react now. */
  readonly reactors: readonly ReactorView[];
}

type FighterRow = Pick<
  CombatCombatant,
  | ("id" | "creature" | "ordinal" | "seat" | "side" | "autopilot" | "hidden" | "surprised" | "life" | "hp")
  | ("maxHp" | "tempHp" | "ac" | "successes" | "failures" | "initiative" | "rolled" | "turn" | "reaction" | "action")
  | ("bonus" | "interaction" | "movement" | "attacks" | "disengaged" | "concentration" | "readyTrigger" | "readyBy")
  | ("readyType" | "readyId")
>;
type EffectRow = Pick<
  CombatEffect,
  "id" | "key" | "name" | "source" | "of" | "expireOn" | "unit" | "until" | "stacks" | "concentration"
>;

const CELLS_A_ROW = 256;

export function readFight(state: CombatState): FightView {
  const sight = [...(state.sights?.values() ?? [])][0];
  const rows = new Map<string, CombatCombatant>();
  for (const row of state.combatants.values()) rows.set(row.id, row);
  for (const row of sight?.combatants.values() ?? []) rows.set(row.id, row);
  const { phase, mode, map, round, deadline, turnMs, windowMs, windowId, windowKind, winner } = state;
  const waiting = [...(sight ?? state).waiting];
  return {
    ...{ phase, mode, map, round, deadline, turnMs, windowMs, winner },
    ...{ current: (sight ?? state).current, order: [...(sight ?? state).order] },
    window: windowId === 0 ? null : { id: windowId, kind: windowKind, by: (sight ?? state).windowBy, waiting },
    people: [...state.seats.values()]
      .map(({ seat, gm, name, connected }) => ({ seat, gm, name, connected }))
      .sort((a, b) => a.seat - b.seat),
    fighters: namesGiven([...rows.values()].map(readFighter)),
    own: sight ? { seat: sight.seat, gm: state.seats.get(String(sight.seat))?.gm ?? false } : null,
    reactors: [...(sight?.reactors.values() ?? [])].map(({ id, options }) => ({
      id,
      options: [...options].map(({ kind, what, target }) => ({ kind, what, target })),
    })),
  };
}

function readFighter(row: CombatCombatant): FighterView {
  const { id, creature, ordinal, seat, side, autopilot, hidden, surprised, life, hp, maxHp, tempHp, ac } = row;
  const { successes, failures, initiative, rolled, turn, reaction, action, bonus, interaction } = row;
  const { movement, attacks, disengaged, concentration, readyTrigger, readyBy, readyType, readyId } = row;
  return {
    ...{ id, creature, ordinal, seat, side, autopilot, hidden, surprised, life, hp, maxHp, tempHp, ac },
    ...{ successes, failures, initiative, rolled, turn, reaction, action, bonus, interaction },
    ...{ movement, attacks, disengaged, concentration, readyTrigger, readyBy, readyType, readyId },
    at: { x: row.x, y: row.y },
    name: "",
    uses: Object.fromEntries(row.uses.entries()),
    effects: [...row.effects.values()].map(readEffect).sort((a, b) => a.id - b.id),
  };
}

function readEffect(row: CombatEffect): EffectView {
  const { id, key, name, source, of, expireOn, unit, until, stacks, concentration } = row;
  return {
    ...{ id, key, name, source, of, expireOn, unit, until, stacks, concentration },
    conditions: [...row.conditions] as Condition[],
    cells: [...row.cells].map((cell) => ({ x: cell % CELLS_A_ROW, y: Math.floor(cell / CELLS_A_ROW) })),
  };
}

/** A creature is numbered only where the viewer sees another of its kind: a bare 2 would tell of a hidden 1. */
function namesGiven(fighters: readonly FighterView[]): FighterView[] {
  const named = fighters.map((fighter) => {
    const isAlone = !fighters.some(({ id, creature }) => creature === fighter.creature && id !== fighter.id);
    const kind = CREATURES.get(fighter.creature)?.name ?? fighter.creature;
    return { ...fighter, name: isAlone && fighter.ordinal === 1 ? kind : `${kind} ${fighter.ordinal}` };
  });
  return named.sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function fighterOf(fight: FightView, id: string): FighterView | undefined {
  return fight.fighters.find((fighter) => fighter.id === id);
}

export function creatureOf({ creature }: Pick<FighterView, "creature">): Creature {
  const found = CREATURES.get(creature);
  if (!found) throw new Error(`no creature ${creature}`);
  return found;
}

/** On the field, standing or fallen. */
export function isPresent({ life }: Pick<FighterView, "life">): boolean {
  return life === "up" || life === "dying" || life === "stable";
}

/** Whether the viewer plays this creature: a player the own one, a game master every one that is nobody's. */
export function isOwn({ own }: Pick<FightView, "own">, { seat }: Pick<FighterView, "seat">): boolean {
  if (!own) return false;
  return own.gm ? seat === -1 : seat === own.seat;
}

/** The creature that the viewer acts for: the one whose turn it is if it may, else the own one (players have one). */
export function actorOf(fight: FightView): FighterView | undefined {
  const current = fighterOf(fight, fight.current);
  if (current && isOwn(fight, current)) return current;
  if (fight.own?.gm) return undefined;
  return fight.fighters.find((fighter) => isOwn(fight, fighter) && fighter.life !== "gone");
}

export function fieldOf({ map, fighters }: FightView): Field {
  const rough = fighters.flatMap(({ effects }) => effects.flatMap(({ cells }) => cells));
  return { rows: MAPS.get(map)?.rows ?? [], rough };
}

export function hasCondition(fighter: FighterView, condition: Condition): boolean {
  const isOut = fighter.life === "dying" || fighter.life === "stable";
  if (condition === "unconscious" && isOut) return true;
  return fighter.effects.some(({ conditions }) => conditions.includes(condition));
}
