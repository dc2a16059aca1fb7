import { COMBATANTS_MAX, type Combatant, type CombatState, HIDDEN_MAX } from "./combat-state.rules.ts";
import type { Cell, Creature, Footprint } from "./combat-types.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { CREATURES } from "./content/creatures.rules.ts";
import { MAPS } from "./content/maps.rules.ts";
import { distanceFeet, isWayFree, pathCost } from "./field.rules.ts";
import { overlap } from "./field-grid.rules.ts";
import { fieldOf, find, footprint, isPresent } from "./lookup.rules.ts";
import { die, emit, type Work } from "./work.rules.ts";

export interface Arrival {
  readonly creature: string;
  readonly seat: number | null;
  readonly side: number;
  readonly at?: Cell | undefined;
  readonly hidden?: boolean | undefined;
  readonly autopilot?: boolean | undefined;
  readonly surprised?: boolean | undefined;
}

/** Why a creature cannot come, or null. */
export function arrivalRefused(state: CombatState, arrival: Arrival): string | null {
  const { creature, at } = arrival;
  const kind = CREATURES.get(creature);
  if (!kind) return "unknown_creature";
  if (isFullFor(arrival, state)) return "too_many_combatants";
  if (at && !isFree(state, at, kind.size)) return "place_taken";
  return at || startFor(state, arrival, kind) ? null : "no_room";
}

/** What is revealed may be more than comes in shown, so all together have a bound that only who comes hidden meets. */
function isFullFor({ hidden = false }: Arrival, { combatants }: CombatState): boolean {
  const unseen = combatants.filter((one) => one.hidden).length;
  if (!hidden) return combatants.length - unseen >= COMBATANTS_MAX;
  return unseen >= HIDDEN_MAX || combatants.length >= COMBATANTS_MAX + HIDDEN_MAX;
}

/** Puts a creature on the field; its place must be free (see arrivalRefused). Returns its id. */
export function arrive(work: Work, arrival: Arrival): string {
  const { state } = work;
  const kind = CREATURES.get(arrival.creature)!;
  const at = arrival.at ?? startFor(state, arrival, kind)!;
  stepAside(work, { at, size: kind.size });
  const id = newId(work);
  const ordinal = 1 + state.combatants.filter(({ creature, hidden }) => creature === kind.id && !hidden).length;
  emit(work, "joined", { combatant: { ...fresh(kind), ...flagsOf(arrival), id, ordinal, at } });
  return id;
}

function flagsOf({ seat, side, hidden = false, autopilot = false, surprised = false }: Arrival) {
  return { seat, side, hidden, autopilot, surprised };
}

function fresh({
  id,
  hp,
  ac,
  abilities,
}: Creature): Omit<Combatant, "id" | "ordinal" | "at" | keyof ReturnType<typeof flagsOf>> {
  const counted = abilities.flatMap((ability) => {
    const uses = ABILITIES.get(ability)?.uses ?? null;
    return uses === null ? [] : [[ability, uses] as const];
  });
  const economy = { action: false, bonus: false, interaction: false, movement: 0, attacks: 0, disengaged: false };
  return {
    ...{ creature: id, life: "up", hp, maxHp: hp, tempHp: 0, ac, successes: 0, failures: 0, initiative: null },
    ...{ turn: "none", reaction: true, economy, uses: Object.fromEntries(counted), readied: null },
    ...{ concentration: "", missed: 0 },
  };
}

const ID_SIDES = 36 * 36 * 36 * 36;

/** Drawn, not counted: from a gap in numbers players could tell that somebody hidden is there. */
function newId(work: Work): string {
  for (;;) {
    const id = `c${spelled(die(work, ID_SIDES) - 1)}`;
    if (!find(work.state, id)) return id;
  }
}

function spelled(number: number): string {
  return number.toString(36).padStart(4, "0");
}

/**
 * The first place where the side starts that is free, as far as players are shown, else the first of the whole field: a
 * start that was passed over would tell where somebody hides. Who hides there steps aside.
 */
function startFor(state: CombatState, { side, hidden }: Arrival, { size }: Creature): Cell | undefined {
  const { starts } = MAPS.get(state.map)!;
  const inTheWay = state.combatants.filter((other) => isPresent(other) && (hidden || !other.hidden));
  const isOpen = (at: Cell) => isFreeOf(state, inTheWay, at, size);
  return starts[side % starts.length]!.find(isOpen) ?? cellsOf(state).find(isOpen);
}

/** Row by row. */
function cellsOf({ map }: CombatState): Cell[] {
  return MAPS.get(map)!.rows.flatMap((row, y) => Array.from(row, (_, x) => ({ x, y })));
}

/** Whoever hides where somebody arrives goes to the nearest free place, which only the game master hears of. */
function stepAside(work: Work, newcomer: Footprint): void {
  const { state } = work;
  const isThere = (other: Combatant) => isPresent(other) && overlap(footprint(other), newcomer);
  for (const lurker of state.combatants.filter(isThere)) {
    const at = nearestFree(state, lurker, newcomer);
    if (at) emit(work, "edited", { id: lurker.id, patch: { at } });
  }
}

/** Undefined on a field without any place left, which so few creatures do not fill. */
function nearestFree(state: CombatState, lurker: Combatant, newcomer: Footprint): Cell | undefined {
  const { size } = footprint(lurker);
  const feet = (at: Cell) => distanceFeet(lurker.at, at);
  return cellsOf(state)
    .filter((at) => !overlap({ at, size }, newcomer) && isFree(state, at, size, lurker.id))
    .reduce<Cell | undefined>((best, at) => (best && feet(best) <= feet(at) ? best : at), undefined);
}

/** Whether a creature of this size could stand there; `except` is the one that is to be moved. */
export function isFree(state: CombatState, at: Cell, size: number, except = ""): boolean {
  const others = state.combatants.filter((other) => isPresent(other) && other.id !== except);
  return isFreeOf(state, others, at, size);
}

function isFreeOf(state: CombatState, others: readonly Combatant[], at: Cell, size: number): boolean {
  const bodies = others.map((other) => ({ ...footprint(other), id: other.id, hostile: true }));
  return pathCost(fieldOf(state), [at], size) !== "blocked" && isWayFree(bodies, [at], size);
}
