import { declare } from "./cast.rules.ts";
import type { Cast, CombatState, ReactionOption, Reactor, Swing, Window } from "./combat-state.rules.ts";
import type { Ability } from "./combat-types.rules.ts";
import { armourOf, canReact } from "./conditions.rules.ts";
import { ABILITIES } from "./content/abilities.rules.ts";
import { creatureOf, find, isAutomatic, known } from "./lookup.rules.ts";
import { run } from "./steps.rules.ts";
import { saves } from "./throws.rules.ts";
import { emit, type Work } from "./work.rules.ts";

/** One reactor's answer to the open window: an option of its own, or null for letting it pass. */
export function answer(work: Work, id: string, option: ReactionOption | null): void {
  const window = work.state.windows.at(-1)!;
  const { readied } = known(work.state, id);
  emit(work, "reacted", { id, window: window.id, take: option !== null, kind: option?.kind ?? "pass" });
  if (!option) return;
  if (option.kind === "attack") strikeBack(work, id, option.target, option.attack);
  else if (option.kind === "ability") useReaction(work, window, id, option);
  else if (readied?.action.type === "attack") strikeBack(work, id, option.target, readied.action.id);
  else if (readied) castReadied(work, id, option.target, readied.action.id);
}

function strikeBack(work: Work, by: string, target: string, attack: string): void {
  emit(work, "attacked", { id: by, target, attack, cost: "none" });
  const swing: Swing = { by, target, attack, ability: "", unseen: false, secret: false };
  run(work, [{ do: "swing", ...swing }]);
}

function castReadied(work: Work, by: string, target: string, ability: string): void {
  const { at } = known(work.state, target);
  const use: Cast = { by, ability, targets: [target], at: { ...at }, unseen: false };
  declare(work, use, "none");
  run(work, [{ do: "cast", ...use }]);
}

function useReaction(
  work: Work,
  window: Window,
  by: string,
  { ability: id, target }: Extract<ReactionOption, { kind: "ability" }>,
): void {
  const ability = ABILITIES.get(id)!;
  const use: Cast = { by, ability: id, targets: [target], at: { ...known(work.state, target).at }, unseen: false };
  declare(work, use, "reaction");
  if (!ability.counters) run(work, [{ do: "cast", ...use }]);
  else if (!withstands(work, window.by, by, ability)) emit(work, "countered", { id: by, by: window.by, ability: id });
}

/** A counter that leaves a save can fail; the others always undo the cast. */
function withstands(work: Work, caster: string, by: string, { id, check }: Ability): boolean {
  const { saveDc } = creatureOf(known(work.state, by));
  return check.kind === "save" && saves(work, caster, { attribute: check.attribute, dc: saveDc, against: id });
}

/**
 * Brings the windows as far as they come by themselves: who can no longer react is passed over, who plays itself
 * answers, and a window that nobody is left to answer closes and lets go on what it held.
 */
export function settle(work: Work): void {
  for (let window = work.state.windows.at(-1); window; window = work.state.windows.at(-1)) {
    const ready = window.reactors.find(({ id }) => isDecided(work.state, id));
    if (ready) answer(work, ready.id, choiceOf(work.state, window, ready));
    else if (window.reactors.length > 0) return;
    else close(work, window);
  }
}

function close(work: Work, { id, held }: Window): void {
  emit(work, "windowClosed", { window: id });
  run(work, held);
}

function isDecided(state: CombatState, id: string): boolean {
  const combatant = find(state, id);
  return !combatant || !canReact(state, combatant) || isAutomatic(state, combatant);
}

/** What a creature that plays itself answers: its first option, unless that would be wasted. */
function choiceOf(state: CombatState, { held }: Window, { id, options }: Reactor): ReactionOption | null {
  const combatant = find(state, id);
  const option = options[0];
  if (!combatant || !option || !canReact(state, combatant)) return null;
  const landing = held[0];
  if (option.kind !== "ability" || landing?.do !== "land") return option;
  const effects = ABILITIES.get(option.ability)!.effects;
  const gain = effects.reduce((sum, { modifiers }) => sum + (modifiers.ac ?? 0), 0);
  if (gain === 0) return option;
  const deflects = landing.natural < 20 && landing.total < armourOf(state, combatant) + landing.cover + gain;
  return deflects ? option : null;
}

/** Everybody who has not answered lets it pass: the window's time is up. */
export function passAll(work: Work): void {
  const window = work.state.windows.at(-1);
  for (const { id } of [...(window?.reactors ?? [])]) {
    const combatant = find(work.state, id);
    if (!combatant || !isAutomatic(work.state, combatant)) answer(work, id, null);
  }
}
