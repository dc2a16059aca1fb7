import { CombatCombatant, CombatEffect, CombatSeat, CombatSight, CombatState } from "../../schema/combat.ts";
import { type FighterView, type FightView, fighterOf, readFight } from "../../web/combat/fight-view.ts";

/** A row of the state: whoever a test needs, standing, on its turn's fresh means. */
export function combatant(given: Partial<CombatCombatant> & { id: string }): CombatCombatant {
  const fresh = { creature: "bridge_warden", life: "up", hp: 49, maxHp: 49, ac: 18 } as const;
  const means = { action: true, bonus: true, interaction: true, reaction: true, movement: 30 };
  return Object.assign(new CombatCombatant(), fresh, means, given);
}

export function effect(given: Partial<CombatEffect>): CombatEffect {
  return Object.assign(new CombatEffect(), { id: 1, key: "chilled", name: "Chilled" }, given);
}

interface Given extends Partial<Pick<CombatState, "phase" | "current" | "round" | "mode" | "winner" | "windowId">> {
  readonly order?: readonly string[];
  /** The viewer's seat; none for a watcher. */
  readonly seat?: number;
  readonly sight?: readonly CombatCombatant[];
}

/** The view of a fight as a page would read it from what it was sent. */
export function fightOf(
  combatants: readonly CombatCombatant[],
  { order = [], seat, sight = [], ...given }: Given = {},
): FightView {
  const state = Object.assign(new CombatState(), { phase: "active", map: "toll_bridge", round: 1 }, given);
  state.order.push(...order);
  for (const row of combatants) state.combatants.set(row.id, row);
  const seats = new Set([
    ...combatants.map((row) => row.seat).filter((each) => each >= 0),
    ...(seat === undefined ? [] : [seat]),
  ]);
  for (const each of seats)
    state.seats.set(
      String(each),
      Object.assign(new CombatSeat(), { seat: each, gm: each >= 100, name: `P${each}`, connected: true }),
    );
  if (seat === undefined) return readFight(state);
  const own = Object.assign(new CombatSight(), { seat, current: given.current ?? "" });
  own.order.push(...order);
  for (const row of sight) own.combatants.set(row.id, row);
  state.sights.set(String(seat), own);
  return readFight(state);
}

export function known(fight: FightView, id: string): FighterView {
  const found = fighterOf(fight, id);
  if (!found) throw new Error(`no ${id}`);
  return found;
}
