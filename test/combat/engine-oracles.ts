import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import type { Combatant, CombatState, Effect } from "../../src/combat/combat-state.rules.ts";
import { MAPS } from "../../src/combat/content/maps.rules.ts";
import { CORE, type Entry, SPECTATOR, SYSTEM, type Viewer } from "../../src/journal/game.ts";
import { canonical } from "../../src/lib/canonical.ts";

/** What must be true of every state between two commands. */
export function assertSane(state: CombatState): void {
  canonical(state); // no NaN, no undefined that the journal would lose
  for (const combatant of state.combatants) assertBody(state, combatant);
  for (const effect of state.effects) assertEffect(state, effect);
  assertConcentration(state);
  const ids = state.combatants.map(({ id }) => id);
  assert.deepEqual(ids, [...new Set(ids)].sort(), "combatants in id order");
  assert.equal(new Set(state.order).size, state.order.length, "nobody is in the order twice");
  if (state.phase === "active") assertTurn(state);
  else assert.deepEqual([state.current, state.windows], ["", []]);
}

function assertTurn(state: CombatState): void {
  const acting = state.combatants.filter(({ turn }) => turn === "acting").map(({ id }) => id);
  assert.deepEqual(acting, [state.current], "exactly one current turn");
  assert.deepEqual(
    [...state.order].sort(),
    state.combatants.map(({ id }) => id),
  );
  const current = state.combatants.find(({ id }) => id === state.current)!;
  if (state.windows.length === 0) assert.equal(current.life, "up", "nobody holds the turn who cannot take it");
  for (const { reactors } of state.windows.slice(-1)) assert.ok(reactors.length > 0, "a window waits for somebody");
}

function assertBody(state: CombatState, combatant: Combatant): void {
  const { hp, maxHp, tempHp, life, failures, economy, at, uses } = combatant;
  assert.ok(Number.isInteger(hp) && hp >= 0 && hp <= maxHp, `${hp} of ${maxHp} hit points`);
  assert.ok(Number.isInteger(tempHp) && tempHp >= 0 && economy.movement >= 0 && economy.attacks >= 0);
  if (life !== "gone") assert.equal(life === "up", hp > 0, `${life} with ${hp} hit points`);
  assert.ok(failures < 3 && combatant.successes < 3, "three death saves decide");
  for (const left of Object.values(uses)) assert.ok(Number.isInteger(left) && left >= 0);
  const floor = MAPS.get(state.map)!.rows[at.y]?.[at.x];
  assert.ok(floor !== undefined && floor !== "#", "nobody stands in a wall");
}

function assertEffect(state: CombatState, { bearer, source, of, until, cells, stacks }: Effect): void {
  const byId = new Map(state.combatants.map((combatant) => [combatant.id, combatant]));
  const life = byId.get(bearer)?.life;
  if (cells.length === 0) assert.ok(life === "up" || life === "dying" || life === "stable", "borne by who is there");
  assert.ok(byId.has(of), "measured by somebody who is in the order");
  if (source !== "" && until === null) assert.ok(life !== "gone");
  assert.ok(stacks >= 1 && (until === null || until >= 1));
}

function assertConcentration({ combatants, effects }: CombatState): void {
  for (const { id, concentration } of combatants) {
    const holds = effects.some((effect) => effect.concentration && effect.source === id);
    assert.equal(concentration !== "", holds, "concentration is on something");
  }
}

/** Hit points counted from the journal alone. */
export class HitPoints {
  #left = new Map<string, number>();

  note({ type, data }: Entry): void {
    const { combatant, target, id, patch } = data as {
      combatant?: Combatant;
      target?: string;
      id?: string;
      patch?: { hp?: number };
    };
    if (type === "joined") this.#left.set(combatant!.id, combatant!.hp);
    if (type === "damaged") this.#left.set(target!, this.#left.get(target!)! - Number(data.lost));
    if (type === "healed") this.#left.set(target!, this.#left.get(target!)! + Number(data.gained));
    if (type === "edited" && patch!.hp !== undefined) this.#left.set(id!, patch!.hp);
  }

  agree(state: CombatState): void {
    for (const { id, hp } of state.combatants)
      assert.equal(hp, this.#left.get(id), "damage in the journal = hit points lost");
  }

  restart(state: CombatState): void {
    this.#left = new Map(state.combatants.map(({ id, hp }) => [id, hp]));
  }
}

interface Lasting {
  of: string;
  expireOn: string;
  unit: string | undefined;
  value: number;
  /** Turns to come, or the round in which it ends. */
  left: number;
}

/**
 * When effects must end, told from the turns in the journal and from what the effects say of themselves: a second
 * account, which knows nothing of how the rules count.
 */
export class Calendar {
  #round = 0;
  #inTurn = "";
  #effects = new Map<number, Lasting>();
  #due = new Set<number>();

  note({ type, data }: Entry): void {
    const id = String(data.id);
    if (type === "roundStarted") this.#round = Number(data.round);
    if (type === "turnStarted" || type === "turnEntered") this.#inTurn = id;
    if (type === "turnDelayed") this.#inTurn = "";
    if (type === "turnStarted" || type === "turnSkipped") this.#pass(id, "turnStart");
    if (type === "turnEnded" || type === "turnSkipped") this.#pass(id, "turnEnd");
    if (type === "turnEnded") this.#inTurn = "";
    if (type === "effectAdded") this.#add(data.effect as unknown as Effect);
    if (type === "effectRenewed") this.#renew(Number(data.effect));
    if (type === "effectEnded") this.#end(Number(data.effect), String(data.why));
  }

  /** Nothing that was due is still there, between two commands. */
  agree(state: CombatState): void {
    assert.deepEqual([...this.#due], [], "no effect outlives its expiry");
    assert.deepEqual(
      [...this.#effects.keys()].sort((a, b) => a - b),
      state.effects.map(({ id }) => id),
    );
  }

  copy(): Calendar {
    const twin = new Calendar();
    twin.#round = this.#round;
    twin.#inTurn = this.#inTurn;
    twin.#effects = new Map([...this.#effects].map(([id, effect]) => [id, { ...effect }]));
    return twin;
  }

  #add({ id, spec, of, expireOn }: Effect): void {
    const { duration } = spec;
    const effect = { of, expireOn, unit: duration?.unit, value: duration?.value ?? 0, left: 0 };
    this.#effects.set(id, effect);
    this.#renew(id);
  }

  #renew(id: number): void {
    const effect = this.#effects.get(id)!;
    const rounds = effect.unit === "seconds" ? Math.ceil(effect.value / 6) : effect.value;
    const isOwnTurn = effect.expireOn === "turnEnd" && this.#inTurn === effect.of;
    effect.left = effect.unit === "turns" ? effect.value + (isOwnTurn ? 1 : 0) : this.#round + rounds;
  }

  #pass(of: string, side: string): void {
    for (const [id, effect] of this.#effects) {
      if (effect.of !== of || effect.expireOn !== side || effect.unit === undefined) continue;
      if (effect.unit === "turns") effect.left -= 1;
      if (effect.unit === "turns" ? effect.left === 0 : this.#round >= effect.left) this.#due.add(id);
    }
  }

  #end(id: number, why: string): void {
    if (why === "expired") assert.ok(this.#due.has(id), "no effect ends early");
    this.#due.delete(id);
    this.#effects.delete(id);
  }
}

/** Every kind of viewer that is not the game master. */
export const PLAYERS: readonly Viewer[] = [
  { kind: "seat", seat: 0 },
  { kind: "seat", seat: 1 },
  { kind: "seat", seat: 7 },
  SPECTATOR,
];

/** All clients see one order, each without whom it may not see; and nobody hidden is anywhere in what players see. */
export function assertViews(state: CombatState): void {
  const all = combat.view(state, SYSTEM);
  const hidden = hiddenIn(state);
  assert.deepEqual(combat.view(state, { kind: "gm", seat: 100 }).order, all.order);
  for (const viewer of PLAYERS) {
    const view = combat.view(state, viewer);
    const visible = new Set(view.combatants.map(({ id }) => id));
    assert.deepEqual(
      view.order,
      all.order.filter((id) => visible.has(id)),
      "order agrees on every client",
    );
    assert.equal(view.current, visible.has(all.current) ? all.current : "");
    assertSilent(view, hidden);
    assert.ok(!("draws" in view));
  }
}

export function hiddenIn(state: CombatState): string[] {
  return state.combatants.filter(({ hidden }) => hidden).map(({ id }) => id);
}

export function assertSilent(told: unknown, hidden: readonly string[]): void {
  const text = JSON.stringify(told);
  for (const id of hidden) assert.ok(!text.includes(id), `${id} is hidden, and is in ${text}`);
}

/** Every die of an entry is the next draw of the seed. */
export function diceIn({ data }: Entry): [number, number][] {
  return (data.dice ?? []) as unknown as [number, number][];
}

export const isRewind = ({ type }: Entry): boolean => type === CORE.rewound;
