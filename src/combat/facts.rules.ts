import type { Combatant, Effect, Mode, Readied, Rules, Window } from "./combat-state.rules.ts";
import type { Attribute, Cell, DamageType } from "./combat-types.rules.ts";

/** How a d20 was rolled: both dice when there were two. `advantage` is 1, 0 or -1. */
export interface D20 {
  readonly rolls: readonly number[];
  readonly natural: number;
  readonly advantage: number;
  readonly modifier: number;
  /** Dice that effects added or subtracted, summed with their sign. */
  readonly bonus: number;
  readonly total: number;
}

/** One kind of damage: the dice, what they came to, and what resistance or vulnerability left of it. */
export interface DamagePart {
  readonly type: DamageType;
  readonly rolls: readonly number[];
  readonly modifier: number;
  readonly total: number;
  readonly taken: number;
}

/** What a game master may change about a combatant at once. */
export interface Patch {
  readonly hp?: number;
  readonly maxHp?: number;
  readonly tempHp?: number;
  readonly ac?: number;
  readonly at?: Cell;
  readonly side?: number;
  readonly seat?: number | null;
  readonly autopilot?: boolean;
  readonly surprised?: boolean;
  readonly reaction?: boolean;
}

/**
 * Everything that can become true in a fight, by entry type. `id` and `target` are combatants. Entries that drew dice
 * also hold `dice`, pairs of sides and outcome in the order drawn; those about a hidden creature hold `gm: true`.
 */
export interface Facts {
  setUp: { mode: Mode; map: string; rules: Rules };
  joined: { combatant: Combatant };
  rollingBegan: Record<never, never>;
  /** `rolloffs`: the dice of a tie, as far as this combatant had to roll them. */
  initiativeRolled: { id: string; rolls: readonly number[]; modifier: number; total: number };
  rolledOff: { id: string; rolls: readonly number[] };
  ordered: { order: readonly string[] };
  fightBegan: Record<never, never>;
  /** A newcomer or a new initiative: the place in the order, and whether the turn of this round is still to come. */
  slotted: { id: string; index: number; waits: boolean; initiative: number };
  roundStarted: { round: number };
  turnStarted: { id: string };
  turnEnded: { id: string; why: "ended" | "unable" | "afk" | "lost" | "forced" };
  turnSkipped: { id: string };
  turnDelayed: { id: string };
  turnEntering: { id: string };
  turnEntered: { id: string };
  returned: { id: string };
  acted: { id: string; action: "dash" | "disengage" | "dodge" | "help" | "interact" | "stand" };
  readied: { id: string; readied: Readied };
  attacked: { id: string; target: string; attack: string; cost: "action" | "none" };
  abilityUsed: {
    id: string;
    ability: string;
    targets: readonly string[];
    at: Cell | null;
    cost: "action" | "bonus" | "reaction" | "none";
  };
  countered: { id: string; by: string; ability: string };
  moved: { id: string; path: readonly Cell[]; cost: number };
  pushed: { id: string; to: Cell };
  revealed: { id: string };
  hid: { id: string };
  attackRolled: D20 & { id: string; target: string; attack: string; hit: boolean; critical: boolean; secret: boolean };
  deflected: { id: string; target: string };
  damaged: { target: string; by: string; parts: readonly DamagePart[]; tempLost: number; lost: number };
  healed: { target: string; rolls: readonly number[]; modifier: number; gained: number };
  tempGained: { target: string; rolls: readonly number[]; modifier: number; tempHp: number };
  saved: D20 & { id: string; attribute: Attribute; against: string; dc: number; success: boolean };
  deathSaved: { id: string; natural: number; successes: number; failures: number };
  deathFailed: { id: string; failures: number };
  lifeChanged: { id: string; life: "up" | "dying" | "stable" | "dead" };
  effectAdded: { effect: Effect; bearer: string; ability: string };
  effectRenewed: { effect: number; bearer: string; key: string; until: number | null; stacks: number };
  effectEnded: { effect: number; bearer: string; key: string; why: EffectEnd };
  concentrationEnded: { id: string; ability: string };
  windowOpened: { window: Window };
  reacted: { id: string; window: number; take: boolean; kind: string };
  windowClosed: { window: number };
  removed: { id: string; why: "removed" | "conceded" | "left" };
  edited: { id: string; patch: Patch };
  rolledByGm: { rolls: readonly number[]; modifier: number; total: number; secret: boolean };
}

export type EffectEnd = "expired" | "saved" | "concentration" | "used" | "removed" | "death";
export type FactType = keyof Facts;
