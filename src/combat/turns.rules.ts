import { CORE } from "../journal/game.ts";
import { type Combatant, type CombatState, ROUNDS_MAX } from "./combat-state.rules.ts";
import type { ExpireOn } from "./combat-types.rules.ts";
import { isHelpless } from "./conditions.rules.ts";
import { endEffect, expire } from "./effects.rules.ts";
import type { Facts } from "./facts.rules.ts";
import { endFight } from "./fold-core.rules.ts";
import { deathSave, harm, heal, rollDamage } from "./harm.rules.ts";
import { effectsOn, find, isPresent, known } from "./lookup.rules.ts";
import { saves } from "./throws.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/**
 * Goes on to the next turn that somebody can take. Places are never counted: the next is the first in the order whose
 * turn of this round is still to come, so nobody who joins, leaves or delays can make anybody lose or repeat a turn.
 */
export function advance(work: Work): void {
  const { state } = work;
  // Where everybody sleeps, at most so many turns pass by themselves in one decision.
  for (let passes = 2 * state.order.length; ; passes--) {
    if (finishIfOver(work)) return;
    const next = nextUp(state);
    if (!next) {
      if (!startRound(work)) return;
      continue;
    }
    if (next.life === "dead" || next.life === "gone") passBy(work, next);
    else if (takeTurn(work, next) || passes <= 0) return;
    else endTurn(work, next.id, "unable");
  }
}

function nextUp(state: CombatState): Combatant | undefined {
  const inOrder = state.order.map((id) => known(state, id));
  return inOrder.find(({ turn }) => turn === "entering") ?? inOrder.find(({ turn }) => turn === "waiting");
}

/** The slot of who is not there any more: what is measured by its turns goes on being measured. */
function passBy(work: Work, { id, turn }: Combatant): void {
  // It fell while its turn was put off: the turn's start has been counted.
  if (turn === "entering") {
    endTurn(work, id, "lost");
    return;
  }
  emit(work, "turnSkipped", { id });
  expire(work, id, "turnStart");
  expire(work, id, "turnEnd");
}

/** Begins a turn, or goes on with one that was put off. False when its owner cannot use it. */
function takeTurn(work: Work, { id, turn }: Combatant): boolean {
  if (turn === "entering") emit(work, "turnEntered", { id });
  else beginTurn(work, id);
  return canUseTurn(work.state, known(work.state, id));
}

function beginTurn(work: Work, id: string): void {
  const wasDying = known(work.state, id).life === "dying";
  emit(work, "turnStarted", { id });
  pulse(work, id, "turnStart");
  if (wasDying && known(work.state, id).life === "dying") deathSave(work, known(work.state, id));
  expire(work, id, "turnStart");
}

function canUseTurn(state: CombatState, combatant: Combatant): boolean {
  return combatant.life === "up" && !combatant.surprised && !isHelpless(state, combatant);
}

/** Ends a turn, taken or not: first what happens at its end, then what ends with it. */
export function endTurn(work: Work, id: string, why: Facts["turnEnded"]["why"]): void {
  pulse(work, id, "turnEnd");
  emit(work, "turnEnded", { id, why });
  expire(work, id, "turnEnd");
}

/** What the bearer's effects do to it at one side of its turn, then its saves against them. */
function pulse(work: Work, id: string, event: ExpireOn): void {
  for (const { id: effect, spec } of effectsOn(work.state, id)) {
    if (!isThere(work, id, effect) || spec.tick?.on !== event) continue;
    const { damage, heal: healing } = spec.tick;
    if (damage) harm(work, id, { rolled: rollDamage(work, [damage]), by: "" });
    if (healing && known(work.state, id).life === "up") heal(work, id, healing);
  }
  for (const effect of effectsOn(work.state, id)) {
    const { spec, dc } = effect;
    if (!isThere(work, id, effect.id) || spec.saveEnds?.on !== event) continue;
    if (saves(work, id, { attribute: spec.saveEnds.attribute, dc, against: spec.key }))
      endEffect(work, effect, "saved");
  }
}

function isThere({ state }: Work, bearer: string, effect: number): boolean {
  return isPresent(known(state, bearer)) && state.effects.some(({ id }) => id === effect);
}

/** Turns that were put off and never taken are lost. False when the fight has lasted long enough. */
function startRound(work: Work): boolean {
  const { state } = work;
  for (const id of [...state.order]) if (known(state, id).turn === "delaying") endTurn(work, id, "lost");
  if (state.round >= ROUNDS_MAX) {
    finish(work, "stalemate", -1);
    return false;
  }
  emit(work, "roundStarted", { round: state.round + 1 });
  return true;
}

/** After anything that may have changed who can go on: ends the fight, or the turn of who cannot take it any more. */
export function goOn(work: Work): void {
  const { state } = work;
  if (state.phase !== "active" || finishIfOver(work) || state.windows.length > 0) return;
  const current = find(state, state.current);
  if (current && canUseTurn(state, current)) return;
  if (current) endTurn(work, current.id, "unable");
  advance(work);
}

/** Ends the fight when no two sides have anybody standing. */
export function finishIfOver(work: Work): boolean {
  if (work.state.phase !== "active") return true;
  const sides = sidesStanding(work.state);
  if (sides.length > 1) return false;
  finish(work, "won", sides[0] ?? -1);
  return true;
}

export function sidesStanding({ combatants }: CombatState): number[] {
  return [...new Set(combatants.filter(({ life }) => life === "up").map(({ side }) => side))].sort((a, b) => a - b);
}

/** Ends the session. `winner` is a side, -1 for none; `seats` are those of that side. */
export function finish(work: Work, reason: string, winner: number): void {
  const winners = work.state.combatants.filter(({ side, seat }) => side === winner && seat !== null);
  const seats = [...new Set(winners.map(({ seat }) => seat!))].sort((a, b) => a - b);
  work.drafts.push({ type: CORE.ended, data: { reason, winner, seats } });
  endFight(work.state, winner);
}
