import type { CombatCombatant, CombatSight, CombatState } from "../schema/combat.ts";
import type { Attack, Footprint, Occupant } from "../src/combat/combat-types.rules.ts";
import { CREATURES } from "../src/combat/content/creatures.rules.ts";
import { MAPS } from "../src/combat/content/maps.rules.ts";
import { cheapestPath, distanceFeet, reachableCells } from "../src/combat/field.rules.ts";

/*
 * A player without any cunning, who knows what a client knows: it hits whoever is near, else it goes there, and takes
 * every reaction it is offered.
 */

export interface Move {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** What a seat would do now, or nothing while it is not its turn to do anything. */
export function nextMove(state: CombatState, seat: number): Move | undefined {
  if (state.phase === "rolling_initiative")
    return mustRoll(state, seat) ? { type: "rollInitiative", data: {} } : undefined;
  if (state.phase !== "active") return undefined;
  if (state.windowId !== 0) return reaction(state, seat);
  const own = state.combatants.get(state.current);
  return own?.seat === seat ? turn(state, own) : undefined;
}

function mustRoll({ combatants }: CombatState, seat: number): boolean {
  return [...combatants.values()].some((one) => one.seat === seat && !one.rolled);
}

function reaction({ sights, windowId }: CombatState, seat: number): Move | undefined {
  const sight = sights?.get(String(seat)) as CombatSight | undefined;
  const [reactor] = sight ? [...sight.reactors.values()] : [];
  return reactor && { type: "react", data: { combatant: reactor.id, window: windowId, take: 0 } };
}

function turn(state: CombatState, own: CombatCombatant): Move {
  const enemies = [...state.combatants.values()].filter(({ side, life }) => side !== own.side && life === "up");
  const target = nearest(footprint(own), enemies);
  if (!target) return endTurn;
  const weapon = weaponFor(own, target);
  if (weapon && (own.action || own.attacks > 0)) {
    return { type: "attack", data: { target: target.id, weapon: weapon.id } };
  }
  return own.action && own.movement >= 5 ? (approach(state, own, target) ?? endTurn) : endTurn;
}

const endTurn: Move = { type: "endTurn", data: {} };

function weaponFor(own: CombatCombatant, target: CombatCombatant): Attack | undefined {
  const feet = distanceFeet(footprint(own), footprint(target));
  // Shots may have no line of sight: only blows are sure.
  return CREATURES.get(own.creature)!.attacks.find(({ reach }) => feet <= reach);
}

function approach(state: CombatState, own: CombatCombatant, target: CombatCombatant): Move | undefined {
  const field = { rows: MAPS.get(state.map)!.rows, rough: roughOf(state) };
  const others = [...state.combatants.values()].filter(({ id, life }) => id !== own.id && life !== "dead");
  const bodies = others.map(
    (one): Occupant => ({ ...footprint(one), id: one.id, hostile: one.side !== own.side && one.life === "up" }),
  );
  const { size } = footprint(own);
  const far = (at: Footprint["at"]) => distanceFeet({ at, size }, footprint(target));
  const [goal] = reachableCells(field, bodies, footprint(own), own.movement).sort(
    (a, b) => far(a.cell) - far(b.cell) || a.feet - b.feet,
  );
  const path =
    goal && far(goal.cell) < far(own) && cheapestPath(field, bodies, footprint(own), goal.cell, own.movement);
  return path ? { type: "move", data: { path: path.slice(1) } } : undefined;
}

function roughOf(state: CombatState) {
  const effects = [...state.combatants.values()].flatMap((one) => [...one.effects.values()]);
  const cells = [...effects, ...state.zones.values()].flatMap((effect) => [...effect.cells]);
  return cells.map((cell) => ({ x: cell % 256, y: Math.floor(cell / 256) }));
}

function nearest(from: Footprint, some: readonly CombatCombatant[]): CombatCombatant | undefined {
  const far = (one: CombatCombatant) => distanceFeet(from, footprint(one));
  return [...some].sort((a, b) => far(a) - far(b) || a.hp - b.hp)[0];
}

function footprint({ creature, x, y }: CombatCombatant): Footprint {
  return { at: { x, y }, size: CREATURES.get(creature)!.size };
}
