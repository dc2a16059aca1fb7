import fc from "fast-check";
import { CONDITIONS } from "../../src/combat/combat-types.rules.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";
import { type Data, GM, type Play } from "./engine-play.ts";

/** One happening of a random fight: numbers, of which each kind makes what it needs. */
export interface Move {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

const nat = fc.nat(100_000);
const move: fc.Arbitrary<Move> = fc.record({ kind: nat, a: nat, b: nat, c: nat });
export const moves = (maxLength: number) => fc.array(move, { minLength: 10, maxLength, size: "max" });

const pick = <T>(items: readonly T[], index: number): T => items[index % items.length]!;
const MONSTERS = [...CREATURES.values()].filter(({ playable }) => !playable).map(({ id }) => id);

interface Order {
  readonly seat: number;
  readonly type: string;
  readonly data: Data;
}

/** What the seat whose turn it is might do: mostly possible, sometimes not. */
function ownAction({ state }: Play, { a, b, c }: Move): Order {
  const actor = state.combatants.find(({ id }) => id === state.current);
  const seat = actor?.seat ?? GM;
  const target = pick(state.combatants, b)?.id ?? "";
  const creature = actor ? CREATURES.get(actor.creature)! : undefined;
  const ability = creature && creature.abilities.length > 0 ? pick(creature.abilities, c) : "";
  const { x, y } = actor?.at ?? { x: 0, y: 0 };
  const steps = [b, c, b + c]
    .slice(0, 1 + (a % 3))
    .map((n, i) => ({ x: x + (i + 1) * ((n % 3) - 1), y: y + (i + 1) * ((c % 3) - 1) }));
  const place = pick(state.combatants, c)?.at ?? { x: 1, y: 1 };
  const isArea = ABILITIES.get(ability)?.target === "area";
  const options: readonly [string, Data][] = [
    ["attack", { target }],
    ["attack", { target, weapon: creature?.attacks.at(-1)?.id ?? "x" }],
    ["cast", isArea ? { ability, at: place } : { ability, targets: [target] }],
    ["cast", isArea ? { ability, at: place } : { ability, targets: [state.current] }],
    ["move", { path: steps }],
    ["move", { path: steps.slice(0, 1) }],
    ["dash", {}],
    ["dodge", {}],
    ["disengage", {}],
    ["help", { target }],
    ["stand", {}],
    ["interact", {}],
    ["drop", {}],
    ["delay", {}],
    [
      "ready",
      {
        trigger: pick(["approach", "attack", "cast"], b),
        action: { type: "attack", id: creature?.attacks[0]?.id ?? "x" },
      },
    ],
    ["endTurn", {}],
    ["endTurn", {}],
    ["endTurn", {}],
  ];
  const [type, data] = pick(options, a);
  return { seat, type, data };
}

function gmAction({ state }: Play, { a, b, c }: Move): Order {
  const combatant = pick(state.combatants, b)?.id ?? "none";
  const source = pick(state.combatants, c)?.id ?? "none";
  const duration = { value: 1 + (c % 9), unit: pick(["rounds", "turns", "seconds"], a + b) };
  const conditions = [pick(CONDITIONS, c), pick(CONDITIONS, a)].slice(0, (b + c) % 3);
  const expireOn = pick(["turnStart", "turnEnd"], b + c);
  const effect = {
    combatant,
    conditions: [...new Set(conditions)],
    duration,
    expireOn,
    source,
    of: pick(["source", "target"], c),
  };
  const options: readonly [string, Data][] = [
    ["gm.effect", effect],
    ["gm.effect", { ...effect, ac: 2, conditions: [] }],
    ["gm.effect", { ...effect, speed: -10, duration: { value: 6, unit: duration.unit }, conditions: [] }],
    ["gm.effect", { ...effect, conditions: [] }],
    ["gm.add", { creature: pick(MONSTERS, c), hidden: b % 2 === 0 }],
    ["gm.remove", { combatant }],
    ["gm.hide", { combatant }],
    ["gm.reveal", { combatant }],
    ["gm.edit", { combatant, patch: { hp: c % 30, tempHp: b % 8 } }],
    ["gm.edit", { combatant, patch: { autopilot: c % 2 === 0, ac: 5 + (c % 15) } }],
    ["gm.initiative", { combatant, value: c % 25 }],
    ["gm.removeEffect", { effect: state.effects[c % Math.max(1, state.effects.length)]?.id ?? 0 }],
    ["gm.roll", { count: 2, sides: 20 }],
    ["gm.endTurn", {}],
  ];
  const [type, data] = pick(options, a);
  return { seat: GM, type, data };
}

function reaction({ state }: Play, { a, b }: Move): Order {
  const reactor = pick(state.windows.at(-1)?.reactors ?? [], b);
  const seat = state.combatants.find(({ id }) => id === reactor?.id)?.seat ?? GM;
  return { seat, type: "react", data: { take: a % 3 === 0 ? null : 0, combatant: reactor?.id ?? "none" } };
}

/** What a move orders; null for those that are no command. */
export function orderOf(play: Play, move: Move): Order | null {
  if (play.state.windows.length > 0 && move.kind % 4 > 0) return reaction(play, move);
  const kind = move.kind % 20;
  if (kind < 13) return ownAction(play, move);
  if (kind < 16) return gmAction(play, move);
  if (kind === 16)
    return {
      seat: move.a % 2,
      type: pick(["enter", "join", "enter", "enter"], move.b),
      data: move.b % 4 === 1 ? { creature: "moor_hunter" } : {},
    };
  return null;
}

/** Whatever happens to a fight besides commands. */
export function happen(play: Play, { kind, a, b }: Move): void {
  if (kind % 20 < 19) play.timer();
  else if (a % 4 === 0) play.pauseFor(b);
  else if (a % 4 === 1) replace(play, b % 2);
  else play.wait(b % 5000);
}

/** A seat is left and taken again. */
function replace(play: Play, seat: number): void {
  if (play.state.seats.includes(seat)) play.leave(seat);
  else if (play.state.phase !== "ended") play.take(seat);
}
