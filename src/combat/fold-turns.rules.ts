import { setTurnClock } from "./clock.rules.ts";
import type { Combatant, CombatState } from "./combat-state.rules.ts";
import { speedOf } from "./conditions.rules.ts";
import { copy } from "./copy.rules.ts";
import { transition } from "./encounter.rules.ts";
import type { Facts } from "./facts.rules.ts";
import { creatureOf, known } from "./lookup.rules.ts";

type Fold<T extends keyof Facts> = (state: CombatState, fact: Facts[T], at: number) => void;

/** Facts about the order of turns and what is left of one. */
export const TURN_FOLDS = {
  setUp: ((state, { mode, map, rules }) => {
    Object.assign(state, { mode, map, rules: copy(rules) });
  }) as Fold<"setUp">,

  rollingBegan: ((state, _, at) => {
    transition(state, "roll");
    state.deadline = state.rules.windowMs === 0 ? 0 : at + state.rules.windowMs;
  }) as Fold<"rollingBegan">,

  initiativeRolled: ((state, { id, total }) => {
    known(state, id).initiative = total;
  }) as Fold<"initiativeRolled">,

  rolledOff: (() => undefined) as Fold<"rolledOff">,

  ordered: ((state, { order }) => {
    state.order = [...order];
  }) as Fold<"ordered">,

  fightBegan: ((state) => transition(state, "fight")) as Fold<"fightBegan">,

  slotted: ((state, { id, index, waits, initiative }) => {
    const combatant = known(state, id);
    state.order = state.order.filter((other) => other !== id);
    state.order.splice(index, 0, id);
    combatant.initiative = initiative;
    // Who is moved keeps its turn of this round, taken or not: only a newcomer gets one from its place.
    if (combatant.turn === "none") combatant.turn = waits ? "waiting" : "done";
  }) as Fold<"slotted">,

  roundStarted: ((state, { round }) => {
    state.round = round;
    const anchors = new Set(state.effects.map(({ of }) => of));
    const isOver = ({ id, life }: Combatant) => (life === "dead" || life === "gone") && !anchors.has(id);
    for (const combatant of state.combatants) combatant.turn = isOver(combatant) ? "done" : "waiting";
    const forgotten = ({ id, life }: Combatant) => life === "gone" && !anchors.has(id);
    state.order = state.order.filter((id) => !forgotten(known(state, id)));
    state.combatants = state.combatants.filter((combatant) => !forgotten(combatant));
  }) as Fold<"roundStarted">,

  turnStarted: ((state, { id }, at) => {
    const combatant = known(state, id);
    state.current = id;
    combatant.turn = "acting";
    combatant.reaction = true;
    combatant.readied = null;
    countDown(state, id, "turnStart");
    refill(state, combatant);
    setTurnClock(state, at);
  }) as Fold<"turnStarted">,

  turnEnded: ((state, { id, why }) => {
    const combatant = known(state, id);
    combatant.turn = "done";
    combatant.surprised = false;
    combatant.missed = why === "afk" ? combatant.missed + 1 : why === "ended" ? 0 : combatant.missed;
    countDown(state, id, "turnEnd");
    leaveTurn(state, id);
  }) as Fold<"turnEnded">,

  turnSkipped: ((state, { id }) => {
    known(state, id).turn = "done";
    countDown(state, id, "turnStart");
    countDown(state, id, "turnEnd");
  }) as Fold<"turnSkipped">,

  turnDelayed: ((state, { id }) => {
    known(state, id).turn = "delaying";
    leaveTurn(state, id);
  }) as Fold<"turnDelayed">,

  turnEntering: ((state, { id }) => {
    known(state, id).turn = "entering";
  }) as Fold<"turnEntering">,

  /** The put off turn goes on: its start was counted when it came up, and is not counted again. */
  turnEntered: ((state, { id }, at) => {
    const combatant = known(state, id);
    moveBehindDone(state, combatant);
    combatant.turn = "acting";
    state.current = id;
    setTurnClock(state, at);
  }) as Fold<"turnEntered">,

  returned: ((state, { id }, at) => {
    known(state, id).missed = 0;
    if (state.current === id && state.windows.length === 0) setTurnClock(state, at);
  }) as Fold<"returned">,

  acted: ((state, { id, action }) => {
    const combatant = known(state, id);
    const { economy } = combatant;
    if (action === "interact") economy.interaction = false;
    else if (action === "stand") economy.movement -= standCost(state, combatant);
    else economy.action = false;
    if (action === "dash") economy.movement += speedOf(state, combatant);
    if (action === "disengage") economy.disengaged = true;
  }) as Fold<"acted">,

  readied: ((state, { id, readied }) => {
    const combatant = known(state, id);
    combatant.economy.action = false;
    combatant.readied = copy(readied);
  }) as Fold<"readied">,

  attacked: ((state, { id, cost }) => {
    const combatant = known(state, id);
    const { economy } = combatant;
    if (cost === "none") return;
    if (economy.attacks > 0) economy.attacks -= 1;
    else Object.assign(economy, { action: false, attacks: creatureOf(combatant).attacksPerAction - 1 });
  }) as Fold<"attacked">,

  abilityUsed: ((state, { id, ability, cost }) => {
    const combatant = known(state, id);
    const left = combatant.uses[ability];
    if (left !== undefined) combatant.uses[ability] = Math.max(0, left - 1);
    if (cost === "action") combatant.economy.action = false;
    if (cost === "bonus") combatant.economy.bonus = false;
  }) as Fold<"abilityUsed">,

  windowOpened: ((state, { window }, at) => {
    state.windows.push(copy(window));
    state.nextWindow = window.id + 1;
    state.deadline = state.rules.windowMs === 0 ? 0 : at + state.rules.windowMs;
  }) as Fold<"windowOpened">,

  reacted: ((state, { id, take, kind }) => {
    const window = state.windows.at(-1)!;
    window.reactors = window.reactors.filter((reactor) => reactor.id !== id);
    if (!take) return;
    const combatant = known(state, id);
    combatant.reaction = false;
    if (kind === "readied") combatant.readied = null;
  }) as Fold<"reacted">,

  /** What was held goes on with the time it had left. */
  windowClosed: ((state, _, at) => {
    const { heldMs } = state.windows.pop()!;
    state.deadline = heldMs === null ? 0 : at + heldMs;
  }) as Fold<"windowClosed">,

  countered: ((state) => {
    const window = state.windows.at(-1)!;
    state.windows[state.windows.length - 1] = { ...window, held: window.held.filter((step) => step.do !== "cast") };
  }) as Fold<"countered">,
};

/** The feet that getting up from the ground takes: half of the speed (SRD: being prone). */
export function standCost(state: CombatState, combatant: Combatant): number {
  return halfOf(speedOf(state, combatant));
}

function halfOf(feet: number): number {
  return (feet - (feet % 2)) / 2;
}

function refill(state: CombatState, combatant: Combatant): void {
  const movement = speedOf(state, combatant);
  combatant.economy = { action: true, bonus: true, interaction: true, movement, attacks: 0, disengaged: false };
}

/** Effects measured in turns have one less to go; those measured in rounds look at the round. */
function countDown(state: CombatState, id: string, event: "turnStart" | "turnEnd"): void {
  for (const effect of state.effects) {
    const counts = effect.of === id && effect.expireOn === event && effect.spec.duration?.unit === "turns";
    if (counts && effect.until !== null) effect.until -= 1;
  }
}

function leaveTurn(state: CombatState, id: string): void {
  if (state.current !== id) return;
  state.current = "";
  state.deadline = 0;
}

/** Right behind whoever has had the turn last: before the first whose turn is still to come. */
function moveBehindDone(state: CombatState, combatant: Combatant): void {
  const order = state.order.filter((id) => id !== combatant.id);
  const next = order.findIndex((id) => known(state, id).turn === "waiting");
  const index = next < 0 ? order.length : next;
  const before = order[index - 1];
  order.splice(index, 0, combatant.id);
  state.order = order;
  if (before !== undefined) combatant.initiative = known(state, before).initiative;
}
