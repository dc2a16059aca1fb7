import { type CombatState, HIDDEN_MAX } from "./combat-state.rules.ts";
import type { Condition, Duration, EffectSpec, ExpireOn } from "./combat-types.rules.ts";
import { addEffect, endBorne, endConcentration, endEffect } from "./effects.rules.ts";
import type { Facts, Patch } from "./facts.rules.ts";
import { fall } from "./harm.rules.ts";
import { joinOrder, place, rollInitiative } from "./initiative.rules.ts";
import { creatureOf, find, isPresent, known } from "./lookup.rules.ts";
import { type Arrival, arrivalRefused, arrive, isFree } from "./spawn.rules.ts";
import { advance, endTurn, finish } from "./turns.rules.ts";
import { emit, roll, type Work } from "./work.rules.ts";

/** What a game master can do besides playing creatures; the shapes are checked by the schemas of the same names. */
export interface GmData {
  "gm.add": Omit<Arrival, "seat" | "side"> & { seat?: number | null | undefined; side?: number | undefined };
  "gm.remove": { combatant: string };
  "gm.hide": { combatant: string };
  "gm.reveal": { combatant: string };
  "gm.edit": { combatant: string; patch: Patch };
  "gm.initiative": { combatant: string; value: number };
  "gm.effect": {
    combatant: string;
    conditions: readonly Condition[];
    ac?: number;
    speed?: number;
    duration: Duration | null;
    expireOn: ExpireOn;
    source?: string;
    of?: "source" | "target";
  };
  "gm.removeEffect": { effect: number };
  "gm.roll": { count: number; sides: number; modifier?: number | undefined; secret?: boolean | undefined };
  "gm.endTurn": Record<never, never>;
  "gm.end": { winner?: number | undefined };
}
export type GmType = keyof GmData;

type GmActions = {
  readonly [T in GmType]: {
    refused(state: CombatState, data: GmData[T]): string | null;
    carryOut(work: Work, data: GmData[T]): void;
  };
};

/** Foes of a party stand on this side. */
export const FOES = 1;

/** The game master's corrections. They follow no rule of play, but leave nothing behind that could not be. */
export const GM_ACTIONS: GmActions = {
  "gm.add": {
    refused: (state, data) =>
      arrivalRefused(state, arrivalOf(data)) ?? (data.hidden && data.seat != null ? "not_hideable" : null),
    carryOut: (work, data) => enterFight(work, arrivalOf(data)),
  },
  "gm.remove": { refused: unknown, carryOut: (work, { combatant }) => remove(work, combatant, "removed") },
  "gm.hide": {
    refused: hideRefused,
    carryOut: (work, { combatant }) => emit(work, "hid", { id: combatant }),
  },
  "gm.reveal": { refused: unknown, carryOut: (work, { combatant }) => emit(work, "revealed", { id: combatant }) },
  "gm.edit": { refused: editRefused, carryOut: edit },
  "gm.initiative": {
    refused: unknown,
    carryOut: (work, { combatant, value }) => setInitiative(work, combatant, value),
  },
  "gm.effect": {
    refused: (state, { combatant, source }) =>
      unknown(state, { combatant }) ?? (source === undefined ? null : unknown(state, { combatant: source })),
    carryOut: (work, data) => {
      const { combatant: bearer, source = "" } = data;
      addEffect(work, rulingOf(data), { bearer, source, dc: 0, ability: "ruling", concentration: false });
    },
  },
  "gm.removeEffect": {
    refused: (state, { effect }) => (state.effects.some(({ id }) => id === effect) ? null : "unknown_effect"),
    carryOut: (work, { effect }) => endEffect(work, work.state.effects.find(({ id }) => id === effect)!, "removed"),
  },
  "gm.roll": {
    refused: () => null,
    carryOut: (work, { count, sides, modifier = 0, secret = true }) => {
      const { rolls, total } = roll(work, { count, sides, modifier: 0 });
      emit(work, "rolledByGm", { sides, rolls, modifier, total: total + modifier, secret });
    },
  },
  "gm.endTurn": {
    refused: ({ current }) => (current === "" ? "not_in_a_turn" : null),
    carryOut: (work) => {
      endTurn(work, work.state.current, "forced");
      advance(work);
    },
  },
  "gm.end": { refused: () => null, carryOut: (work, { winner = -1 }) => finish(work, "called", winner) },
};

/** An effect by the game master's word. Its key is made of its conditions, so that different rulings stand side by side. */
function rulingOf({ conditions, ac, speed, duration, expireOn, of = "target" }: GmData["gm.effect"]): EffectSpec {
  const modifiers = { ...(ac === undefined ? {} : { ac }), ...(speed === undefined ? {} : { speed }) };
  return {
    ...{ key: ["ruling", ...conditions].join(":"), name: "Ruling", on: "target", duration, expireOn, of },
    ...{ stacking: "refresh", maxStacks: 1, conditions, modifiers },
  };
}

function arrivalOf({ seat = null, side = FOES, ...rest }: GmData["gm.add"]): Arrival {
  return { ...rest, seat, side };
}

function unknown(state: CombatState, { combatant }: { combatant: string }): string | null {
  const found = find(state, combatant);
  return found && found.life !== "gone" ? null : "unknown_combatant";
}

function hideRefused(state: CombatState, data: GmData["gm.hide"]): string | null {
  const refused = unknown(state, data);
  if (refused) return refused;
  if (known(state, data.combatant).seat !== null) return "not_hideable";
  const others = state.combatants.filter(({ id, hidden }) => hidden && id !== data.combatant);
  return others.length >= HIDDEN_MAX ? "too_many_combatants" : null;
}

/** Puts a creature on the field and, when the fight is on, into the order. */
export function enterFight(work: Work, arrival: Arrival): void {
  const id = arrive(work, arrival);
  if (work.state.phase === "active") joinOrder(work, id);
  if (work.state.phase === "rolling_initiative" && arrival.seat === null) rollInitiative(work, [id]);
}

/** Takes a creature out of the fight with all it bears and holds. What it did to others runs out by its empty turns. */
export function remove(work: Work, id: string, why: Facts["removed"]["why"]): void {
  endConcentration(work, id);
  endBorne(work, id, "removed");
  // Before the fight there are no turns for anything of its to run out by.
  if (work.state.phase === "preparing")
    for (const effect of [...work.state.effects])
      if (effect.of === id || effect.source === id) endEffect(work, effect, "removed");
  emit(work, "removed", { id, why });
}

function setInitiative(work: Work, id: string, value: number): void {
  if (work.state.phase === "active") place(work, id, value);
  else emit(work, "initiativeRolled", { id, sides: 20, rolls: [], modifier: 0, total: value });
}

function editRefused(state: CombatState, { combatant, patch }: GmData["gm.edit"]): string | null {
  const refused = unknown(state, { combatant });
  if (refused) return refused;
  const found = known(state, combatant);
  if (patch.at && isPresent(found) && !isFree(state, patch.at, creatureOf(found).size, combatant)) return "place_taken";
  if (patch.seat != null && found.hidden) return "not_hideable";
  return patch.hp !== undefined && patch.hp > (patch.maxHp ?? found.maxHp) ? "too_many_hit_points" : null;
}

/** Hit points, life and concentration stay of one mind: 0 brings down, more bring back, even from the dead. */
function edit(work: Work, { combatant: id, patch }: GmData["gm.edit"]): void {
  const { hp } = known(work.state, id);
  const clipped = patch.maxHp !== undefined && patch.hp === undefined ? { hp: Math.min(hp, patch.maxHp) } : {};
  emit(work, "edited", { id, patch: { ...patch, ...clipped } });
  const now = known(work.state, id);
  if (now.life === "up" && now.hp === 0) fall(work, id, 0);
  if (now.life !== "up" && now.hp > 0) emit(work, "lifeChanged", { id, life: "up" });
}
