import type { Combatant, CombatState } from "./combat-state.rules.ts";
import { creatureOf, isAutomatic, known } from "./lookup.rules.ts";
import { d20 } from "./throws.rules.ts";
import { advance } from "./turns.rules.ts";
import { die, emit, type Work } from "./work.rules.ts";

/** Rolls initiative for those who have none yet (SRD: initiative). */
export function rollInitiative(work: Work, ids: readonly string[]): void {
  for (const id of ids) {
    const combatant = known(work.state, id);
    if (combatant.initiative !== null || combatant.life === "gone") continue;
    const { sides, rolls, modifier, total } = d20(work, 0, creatureOf(combatant).initiative);
    emit(work, "initiativeRolled", { id, sides, rolls, modifier, total });
  }
}

/** Whose initiative nobody is there to roll. */
export function selfRolling(state: CombatState): string[] {
  return state.combatants.filter((one) => one.seat === null || isAutomatic(state, one)).map(({ id }) => id);
}

/** Begins the fight once everybody has rolled. */
export function beginIfRolled(work: Work): void {
  const { combatants, phase } = work.state;
  if (phase !== "rolling_initiative") return;
  if (combatants.some(({ initiative, life }) => initiative === null && life !== "gone")) return;
  const order = ranked(work);
  emit(work, "ordered", { order });
  emit(work, "fightBegan", {});
  advance(work);
}

/** Rounds of rolling off, after which the ids decide: twenty equal throws in a row do not happen to anybody. */
const ROLLOFFS_MAX = 20;

/** The order: the higher total, then the higher modifier, then a roll-off that is written down like any other roll. */
function ranked(work: Work): string[] {
  const all = [...work.state.combatants].sort((a, b) => compare(a, b) || (a.id < b.id ? -1 : 1));
  const order: string[] = [];
  while (all.length > 0) {
    const tied = all.filter((other) => compare(all[0]!, other) === 0).map(({ id }) => id);
    all.splice(0, tied.length);
    order.push(...rolledOff(work, tied));
  }
  return order;
}

/** Below 0 when a goes first; 0 is a tie. */
function compare(a: Combatant, b: Combatant): number {
  const total = (b.initiative ?? 0) - (a.initiative ?? 0);
  return total || creatureOf(b).initiative - creatureOf(a).initiative;
}

function rolledOff(work: Work, tied: readonly string[]): readonly string[] {
  if (tied.length < 2) return tied;
  const rolls = new Map<string, number[]>(tied.map((id) => [id, []]));
  const order = thrown(work, tied, rolls, ROLLOFFS_MAX);
  for (const id of order) {
    const own = rolls.get(id)!;
    emit(work, "rolledOff", { id, sides: 20, rolls: own, modifier: 0, total: own.at(-1)! });
  }
  return order;
}

function thrown(work: Work, tied: readonly string[], rolls: Map<string, number[]>, left: number): readonly string[] {
  if (tied.length < 2 || left === 0) return tied;
  for (const id of tied) rolls.get(id)!.push(die(work, 20));
  const last = (id: string) => rolls.get(id)!.at(-1)!;
  const faces = [...new Set(tied.map(last))].sort((a, b) => b - a);
  return faces.flatMap((face) =>
    thrown(
      work,
      tied.filter((id) => last(id) === face),
      rolls,
      left - 1,
    ),
  );
}

/** Gives a newcomer its place in a fight that is on. Its turn comes this round only if its place is behind the current. */
export function joinOrder(work: Work, id: string): void {
  rollInitiative(work, [id]);
  place(work, id, known(work.state, id).initiative ?? 0);
}

/** Moves a combatant to where an initiative belongs; ties are rolled off with each of those who tie. */
export function place(work: Work, id: string, initiative: number): void {
  const { state } = work;
  const others = state.order.filter((other) => other !== id);
  const own = { ...known(state, id), initiative };
  let index = 0;
  for (; index < others.length; index++) {
    const other = known(state, others[index]!);
    const order = compare(own, other);
    if (order < 0 || (order === 0 && rolledOff(work, [id, other.id])[0] === id)) break;
  }
  const current = others.indexOf(state.current);
  emit(work, "slotted", { id, index, waits: index > current, initiative });
}
