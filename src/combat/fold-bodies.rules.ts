import { handOver } from "./clock.rules.ts";
import type { Combatant, CombatState } from "./combat-state.rules.ts";
import { copy } from "./copy.rules.ts";
import type { Facts } from "./facts.rules.ts";
import { known } from "./lookup.rules.ts";

type Fold<T extends keyof Facts> = (state: CombatState, fact: Facts[T], at: number) => void;

const nothing = () => undefined;

/** Facts about where creatures are and how they fare. */
export const BODY_FOLDS = {
  joined: ((state, { combatant }) => {
    state.combatants.push(copy(combatant));
    state.combatants.sort((a, b) => (a.id < b.id ? -1 : 1));
  }) as Fold<"joined">,

  moved: ((state, { id, path, cost }) => {
    const combatant = known(state, id);
    combatant.at = { ...path.at(-1)! };
    combatant.economy.movement = Math.max(0, combatant.economy.movement - cost);
  }) as Fold<"moved">,

  pushed: ((state, { id, to }) => {
    known(state, id).at = { ...to };
  }) as Fold<"pushed">,

  revealed: ((state, { id }) => {
    known(state, id).hidden = false;
  }) as Fold<"revealed">,

  hid: ((state, { id }) => {
    known(state, id).hidden = true;
  }) as Fold<"hid">,

  attackRolled: nothing as Fold<"attackRolled">,
  deflected: nothing as Fold<"deflected">,
  saved: nothing as Fold<"saved">,
  rolledByGm: nothing as Fold<"rolledByGm">,

  damaged: ((state, { target, tempLost, lost }) => {
    const combatant = known(state, target);
    combatant.tempHp -= tempLost;
    combatant.hp -= lost;
  }) as Fold<"damaged">,

  healed: ((state, { target, gained }) => {
    known(state, target).hp += gained;
  }) as Fold<"healed">,

  tempGained: ((state, { target, tempHp }) => {
    known(state, target).tempHp = tempHp;
  }) as Fold<"tempGained">,

  deathSaved: ((state, { id, successes, failures }) => {
    Object.assign(known(state, id), { successes, failures });
  }) as Fold<"deathSaved">,

  deathFailed: ((state, { id, failures }) => {
    known(state, id).failures = failures;
  }) as Fold<"deathFailed">,

  lifeChanged: ((state, { id, life }) => {
    Object.assign(known(state, id), { life, successes: 0, failures: 0 });
    if (life !== "up") fall(known(state, id));
  }) as Fold<"lifeChanged">,

  removed: ((state, { id }) => {
    const combatant = known(state, id);
    combatant.life = "gone";
    fall(combatant);
    // Before the fight there is no order to keep a place in.
    if (state.phase === "preparing") state.combatants = state.combatants.filter((other) => other.id !== id);
  }) as Fold<"removed">,

  edited: ((state, { id, patch }, at) => {
    const combatant = known(state, id);
    Object.assign(combatant, copy(patch));
    const handsChanged = patch.seat !== undefined || patch.autopilot !== undefined;
    if (handsChanged && state.current === id) handOver(state, at);
  }) as Fold<"edited">,
};

function fall(combatant: Combatant): void {
  combatant.readied = null;
  combatant.tempHp = 0;
}
