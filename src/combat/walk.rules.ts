import type { Combatant, CombatState, Step, Walk } from "./combat-state.rules.ts";
import type { Cell, Path, Reacher } from "./combat-types.rules.ts";
import { canReact, has, speedOf } from "./conditions.rules.ts";
import { distanceFeet, leavesReach, pathCost } from "./field.rules.ts";
import { overlap } from "./field-grid.rules.ts";
import { creatureOf, fieldOf, footprint, isHostile, isPresent, known } from "./lookup.rules.ts";
import { feetOfReadied, mayHarm, openWindow, opportunities, readiedAgainst } from "./windows.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** Something on the way at `index` of the path: the mover stops there, for a while or for good. */
interface Halt {
  readonly index: number;
  readonly why: "arrived" | "bump" | "approach" | "leave";
  readonly whom: readonly string[];
}

/**
 * Walks until something happens: an enemy's reach is about to be left (SRD: the attack comes right before that), a
 * readied action is set off, or somebody hidden stands in the way, who is thereby found.
 */
export function walk(work: Work, { id, path, provoked }: Walk, queue: Step[]): void {
  const mover = known(work.state, id);
  if (path.length < 2 || mover.life !== "up" || speedOf(work.state, mover) === 0) return;
  const halt = firstHalt(work.state, mover, path, provoked);
  if (!advanceTo(work, mover, path.slice(0, halt.index + 1))) return;
  const rest = path.slice(halt.index);
  if (halt.why === "bump") for (const other of halt.whom) emit(work, "revealed", { id: other });
  if (halt.why === "arrived" || halt.why === "bump") return;
  queue.unshift({ do: "walk", id, path: rest, provoked: halt.why === "leave" });
  if (halt.why === "leave") {
    openWindow(work, { kind: "opportunity", by: id, reactors: opportunities(work.state, mover, halt.whom) }, queue);
  } else {
    const reactors = readiedAgainst(work.state, "approach", mover, (one) => halt.whom.includes(one.id));
    openWindow(work, { kind: "ready", by: id, reactors }, queue);
  }
}

/** False when the movement left does not reach: the ground may have changed while others reacted. */
function advanceTo(work: Work, mover: Combatant, path: Path): boolean {
  if (path.length < 2) return true;
  const cost = walkCost(work.state, mover, path);
  if (cost === "blocked" || cost > mover.economy.movement) return false;
  emit(work, "moved", { id: mover.id, path, cost });
  return true;
}

/** Feet of movement; crawling takes twice as much. */
export function walkCost(state: CombatState, mover: Combatant, path: Path): number | "blocked" {
  const feet = pathCost(fieldOf(state), path, creatureOf(mover).size);
  return feet !== "blocked" && has(state, mover, "prone") ? 2 * feet : feet;
}

function firstHalt(state: CombatState, mover: Combatant, path: Path, provoked: boolean): Halt {
  const halts = [bump(state, mover, path), approach(state, mover, path), leave(state, mover, path, provoked)];
  const end: Halt = { index: path.length - 1, why: "arrived", whom: [] };
  return halts.reduce<Halt>(
    (first, halt) => (halt && (halt.index < first.index || isSooner(halt, first)) ? halt : first),
    end,
  );
}

/** At one place: who waited for the mover's coming acts first. */
function isSooner(halt: Halt, first: Halt): boolean {
  return (
    halt.index === first.index && (first.why === "arrived" || (halt.why === "approach" && first.why !== "approach"))
  );
}

function bump(state: CombatState, mover: Combatant, path: Path): Halt | null {
  const { size } = creatureOf(mover);
  const hidden = state.combatants.filter((other) => other.hidden && isPresent(other) && isHostile(other, mover));
  for (let index = 1; index < path.length; index++) {
    const whom = hidden.filter((other) => overlap(footprint(other), { at: path[index]!, size })).map(({ id }) => id);
    if (whom.length > 0) return { index: index - 1, why: "bump", whom };
  }
  return null;
}

function leave(state: CombatState, mover: Combatant, path: Path, provoked: boolean): Halt | null {
  if (mover.economy.disengaged || mover.hidden) return null;
  const departures = leavesReach(reachersFor(state, mover), path, creatureOf(mover).size).filter(
    ({ stepIndex }) => !provoked || stepIndex > 0,
  );
  const first = departures[0]?.stepIndex;
  if (first === undefined) return null;
  const whom = departures.filter(({ stepIndex }) => stepIndex === first).map(({ by }) => by);
  return { index: first, why: "leave", whom };
}

/** A creature hidden from the mover must not betray itself by the window it would open. */
function reachersFor(state: CombatState, mover: Combatant): Reacher[] {
  return state.combatants
    .filter((other) => !other.hidden && canReact(state, other) && mayHarm(state, other, mover))
    .map((other) => ({ ...footprint(other), id: other.id, reach: longestReach(other) }))
    .filter(({ reach }) => reach > 0);
}

function longestReach(combatant: Combatant): number {
  return creatureOf(combatant).attacks.reduce((longest, { reach }) => Math.max(longest, reach), 0);
}

function approach(state: CombatState, mover: Combatant, path: Path): Halt | null {
  if (mover.hidden) return null;
  const { size } = creatureOf(mover);
  const waiting = state.combatants.filter(
    (other) =>
      other.readied?.trigger === "approach" && !other.hidden && isHostile(other, mover) && canReact(state, other),
  );
  const isWithin = (other: Combatant, at: Cell) => distanceFeet(footprint(other), { at, size }) <= feetOfReadied(other);
  for (let index = 1; index < path.length; index++) {
    const cameIn = waiting.filter((one) => isWithin(one, path[index]!) && !isWithin(one, path[index - 1]!));
    if (cameIn.length > 0) return { index, why: "approach", whom: cameIn.map(({ id }) => id) };
  }
  return null;
}
