import { type Combatant, type CombatState, EFFECTS_MAX, type Effect, STACKS_MAX } from "./combat-state.rules.ts";
import type { Cell, EffectSpec, ExpireOn } from "./combat-types.rules.ts";
import { has, isHelpless } from "./conditions.rules.ts";
import type { EffectEnd } from "./facts.rules.ts";
import { creatureOf, find, isPresent, known } from "./lookup.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** How an effect comes about. */
export interface Bringing {
  readonly bearer: string;
  readonly source: string;
  readonly dc: number;
  /** The ability or attack it comes from, for the log and for concentration. */
  readonly ability: string;
  readonly concentration: boolean;
  readonly cells?: readonly Cell[];
}

const ROUND_SECONDS = 6;

/**
 * When an effect that begins now will end (see Effect.until). A `turns` effect that ends with a turn does not count the
 * turn it began in; a `rounds` effect lasts whole rounds, wherever in the order it began. Both hold on to a combatant,
 * never to a place in the order: who joins, delays or leaves moves places, and would make an effect too long or short.
 */
function untilOf(state: CombatState, { duration, expireOn }: EffectSpec, of: string): number | null {
  if (!duration) return null;
  const { value, unit } = duration;
  if (unit === "turns") return value + (expireOn === "turnEnd" && state.current === of ? 1 : 0);
  if (unit === "rounds") return state.round + value;
  const seconds = value + ROUND_SECONDS - 1;
  return state.round + (seconds - (seconds % ROUND_SECONDS)) / ROUND_SECONDS;
}

/** Puts an effect on its bearer, unless it is immune to all that the effect would be, or out of the fight. */
export function addEffect(work: Work, spec: EffectSpec, bringing: Bringing): void {
  const { state } = work;
  const bearer = find(state, bringing.bearer);
  if (!bearer || !isPresent(bearer) || isImmune(bearer, spec)) return;
  const old = state.effects.find((effect) => effect.bearer === bearer.id && effect.spec.key === spec.key);
  const of = spec.of === "source" && bringing.source !== "" ? bringing.source : bearer.id;
  const until = untilOf(state, spec, of);
  if (old && spec.stacking === "ignore") return;
  const stacks = old && spec.stacking === "stack" ? Math.min(old.stacks + 1, spec.maxStacks, STACKS_MAX) : 1;
  if (old && isSame(old, spec, bringing, of)) {
    emit(work, "effectRenewed", { effect: old.id, bearer: bearer.id, key: spec.key, until, stacks });
    return;
  }
  // What is measured by other turns, or otherwise, cannot be renewed, only replaced.
  if (old) endEffect(work, old, "removed");
  if (state.effects.length >= EFFECTS_MAX) return;
  const { source, dc, concentration, ability, cells = [] } = bringing;
  const born = { id: state.nextEffect, spec, bearer: bearer.id, source, of, expireOn: spec.expireOn, until, stacks };
  emit(work, "effectAdded", { effect: { ...born, dc, concentration, cells }, bearer: bearer.id, ability });
  breakIfStunned(work, bearer.id);
}

function isImmune(bearer: Combatant, { conditions }: EffectSpec): boolean {
  const { conditionImmune } = creatureOf(bearer);
  return conditions.length > 0 && conditions.every((condition) => conditionImmune.includes(condition));
}

function isSame(old: Effect, spec: EffectSpec, { source, concentration, cells }: Bringing, of: string): boolean {
  const isTimedAlike =
    old.expireOn === spec.expireOn &&
    old.spec.duration?.unit === spec.duration?.unit &&
    old.spec.duration?.value === spec.duration?.value;
  return (
    isTimedAlike && old.source === source && old.of === of && old.concentration === concentration && !cells?.length
  );
}

/** Nobody concentrates who cannot act (SRD: concentration). */
function breakIfStunned(work: Work, id: string): void {
  const combatant = known(work.state, id);
  if (isHelpless(work.state, combatant) || has(work.state, combatant, "incapacitated")) endConcentration(work, id);
}

export function endEffect(work: Work, { id, bearer, spec }: Effect, why: EffectEnd): void {
  if (!work.state.effects.some((effect) => effect.id === id)) return;
  emit(work, "effectEnded", { effect: id, bearer, key: spec.key, why });
}

/** Ends what the combatant concentrates on, wherever its effects are. */
export function endConcentration(work: Work, id: string): void {
  const { concentration } = known(work.state, id);
  if (concentration === "") return;
  emit(work, "concentrationEnded", { id, ability: concentration });
  for (const effect of [...work.state.effects])
    if (effect.concentration && effect.source === id) endEffect(work, effect, "concentration");
}

/** Ends what is measured by this combatant's turns and is over at this side of one. */
export function expire(work: Work, of: string, event: ExpireOn): void {
  for (const effect of [...work.state.effects])
    if (effect.of === of && effect.expireOn === event && isOver(work.state, effect)) endEffect(work, effect, "expired");
}

function isOver({ round }: CombatState, { until, spec }: Effect): boolean {
  if (until === null) return false;
  return spec.duration?.unit === "turns" ? until <= 0 : round >= until;
}

/** What lies on somebody ends with it; what it did to the ground lasts as long as it lasts. */
export function endBorne(work: Work, bearer: string, why: EffectEnd): void {
  for (const effect of [...work.state.effects])
    if (effect.bearer === bearer && effect.cells.length === 0) endEffect(work, effect, why);
}
