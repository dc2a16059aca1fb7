import { COMBATANTS_MAX, type Combatant, type CombatState } from "./combat-state.rules.ts";
import type { Cell, Creature } from "./combat-types.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { CREATURES } from "./content/creatures.rules.ts";
import { MAPS } from "./content/maps.rules.ts";
import { isWayFree, pathCost } from "./field.rules.ts";
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
export function arrivalRefused(state: CombatState, { creature, at, side }: Arrival): string | null {
  const kind = CREATURES.get(creature);
  if (!kind) return "unknown_creature";
  if (state.combatants.length >= COMBATANTS_MAX) return "too_many_combatants";
  if (at && !isFree(state, at, kind.size)) return "place_taken";
  return at || startFor(state, side, kind) ? null : "no_room";
}

/** Puts a creature on the field; its place must be free (see arrivalRefused). Returns its id. */
export function arrive(work: Work, arrival: Arrival): string {
  const { state } = work;
  const kind = CREATURES.get(arrival.creature)!;
  const at = arrival.at ?? startFor(state, arrival.side, kind)!;
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

/** The first free place where the side starts, else the first free one of the whole field. */
function startFor(state: CombatState, side: number, { size }: Creature): Cell | undefined {
  const { starts, rows } = MAPS.get(state.map)!;
  const own = starts[side % starts.length]!.find((at) => isFree(state, at, size));
  if (own) return own;
  for (let y = 0; y < rows.length; y++)
    for (let x = 0; x < rows[y]!.length; x++) if (isFree(state, { x, y }, size)) return { x, y };
  return undefined;
}

/** Whether a creature of this size could stand there; `except` is the one that is to be moved. */
export function isFree(state: CombatState, at: Cell, size: number, except = ""): boolean {
  const others = state.combatants.filter((other) => isPresent(other) && other.id !== except);
  const bodies = others.map((other) => ({ ...footprint(other), id: other.id, hostile: true }));
  return pathCost(fieldOf(state), [at], size) !== "blocked" && isWayFree(bodies, [at], size);
}
