import type { Combatant, CombatState, Step, Walk } from "./combat-state.rules.ts";
import type { Cell, Path, Reacher } from "./combat-types.rules.ts";
import { canReact, has, speedOf } from "./conditions.rules.ts";
import { distanceFeet, leavesReach, pathCost } from "./field.rules.ts";
import { overlap } from "./field-grid.rules.ts";
import { foesAmong, isFree } from "./field-search.rules.ts";
import { creatureOf, fieldOf, footprint, isHostile, known, occupants, sameCell, unseen } from "./lookup.rules.ts";
import { feetOfReadied, mayHarm, openWindow, opportunities, readiedAgainst } from "./windows.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** Something on the way at `index` of the path: the mover stops there, for a while or for good. */
interface Halt {
  readonly index: number;
  readonly why: "arrived" | "barred" | "approach" | "leave";
  readonly whom: readonly string[];
}

/**
 * Walks until something happens: an enemy's reach is about to be left (SRD: the attack comes right before that), a
 * readied action is set off, or somebody stands in the way whom the mover did not know of.
 */
export function walk(work: Work, step: Walk, queue: Step[]): void {
  const { id, path, done, provoked } = step;
  const mover = known(work.state, id);
  const rest = path.slice(done);
  // Who was thrown elsewhere meanwhile does not go on from where it was.
  const isHere = rest.length > 1 && sameCell(rest[0]!, mover.at);
  if (!isHere || mover.life !== "up" || speedOf(work.state, mover) === 0) return;
  const halt = firstHalt(work.state, mover, rest, provoked);
  const isReached = halt.why === "barred" ? runInto(work, step, halt) : advanceTo(work, mover, halt.index, rest);
  if (!isReached || halt.why === "barred" || halt.why === "arrived") return;
  queue.unshift({ do: "walk", id, path, done: done + halt.index, provoked: halt.why === "leave" });
  if (halt.why === "leave") {
    openWindow(work, { kind: "opportunity", by: id, reactors: opportunities(work.state, mover, halt.whom) }, queue);
  } else {
    const reactors = readiedAgainst(work.state, "approach", mover, (one) => halt.whom.includes(one.id));
    openWindow(work, { kind: "ready", by: id, reactors }, queue);
  }
}

/** False when the movement left does not reach: the ground may have changed while others reacted. */
function advanceTo(work: Work, mover: Combatant, index: number, path: Path): boolean {
  if (index === 0) return true;
  const cost = affordable(work.state, mover, path.slice(0, index + 1));
  if (cost !== null) emit(work, "moved", { id: mover.id, path: path.slice(0, index + 1), cost });
  return cost !== null;
}

/**
 * The mover stops where it last stood alone, and finds whom it ran into. The step that failed is paid for like the others:
 * else walking into things would be a way to feel for the hidden that costs nothing.
 */
function runInto(work: Work, { id, path, done }: Walk, { index, whom }: Halt): boolean {
  const mover = known(work.state, id);
  const cost = affordable(work.state, mover, path.slice(done, done + index + 2));
  if (cost === null) return false;
  const stop = lastFree(work.state, mover, path.slice(0, done + index + 1)) ?? done;
  const way = stop < done ? path.slice(stop, done + 1).toReversed() : path.slice(done, stop + 1);
  emit(work, "moved", { id, path: way, cost });
  for (const other of whom) emit(work, "revealed", { id: other });
  return true;
}

function lastFree(state: CombatState, mover: Combatant, path: Path): number | null {
  const { size } = creatureOf(mover);
  const everybody = [...occupants(state, mover), ...unseen(state, mover)];
  const index = path.findLastIndex((at) => isFree(everybody, { at, size }));
  return index < 0 ? null : index;
}

function affordable(state: CombatState, mover: Combatant, path: Path): number | null {
  const cost = walkCost(state, mover, path);
  return cost === "blocked" || cost > mover.economy.movement ? null : cost;
}

/** Feet of movement; crawling takes twice as much. */
export function walkCost(state: CombatState, mover: Combatant, path: Path): number | "blocked" {
  const feet = pathCost(fieldOf(state), path, creatureOf(mover).size);
  return feet !== "blocked" && has(state, mover, "prone") ? 2 * feet : feet;
}

function firstHalt(state: CombatState, mover: Combatant, path: Path, provoked: boolean): Halt {
  const halts = [barred(state, mover, path), approach(state, mover, path), leave(state, mover, path, provoked)];
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

/**
 * Foes bar every cell, friends and the fallen only the last: nobody ends a move in another's place. Whom the mover knows of
 * was looked at before it went, but may have been thrown into its way since.
 */
function barred(state: CombatState, mover: Combatant, path: Path): Halt | null {
  const { size } = creatureOf(mover);
  const hidden = unseen(state, mover);
  const everybody = [...occupants(state, mover), ...hidden];
  const foes = foesAmong(everybody);
  for (let index = 1; index < path.length; index++) {
    const place = { at: path[index]!, size };
    const barring = index === path.length - 1 ? everybody : foes;
    if (isFree(barring, place)) continue;
    const found = hidden.filter((other) => barring.includes(other) && overlap(other, place));
    return { index: index - 1, why: "barred", whom: found.map(({ id }) => id) };
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
