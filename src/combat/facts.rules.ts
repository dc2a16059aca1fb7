import type { Combatant, Effect, Mode, Readied, Rules, Window } from "./combat-state.rules.ts";
import type { Attribute, Cell, DamageType } from "./combat-types.rules.ts";

/**
 * Dice of one kind as they fell, what is added to them, and what it came to. An amount without dice has no `rolls`. The
 * sides stand here and not only in the entry's draws: damage of an area is drawn once, and written down for each it meets.
 */
export interface Throw {
  readonly sides: number;
  readonly rolls: readonly number[];
  readonly modifier: number;
  readonly total: number;
}

/** How a d20 was rolled: both dice when there were two. `advantage` is 1, 0 or -1. No `rolls` where no die could help. */
export interface D20 extends Throw {
  readonly natural: number;
  readonly advantage: number;
  /** What effects added or subtracted, with the dice of it. */
  readonly bonus: number;
  readonly bonusDice: readonly { readonly sides: number; readonly value: number }[];
}

/** One kind of damage: the dice, what they came to, and what resistance or vulnerability left of it. */
export interface DamagePart extends Throw {
  readonly type: DamageType;
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
  initiativeRolled: Throw & { id: string };
  /** The dice of a tie, as far as this combatant had to roll them: the last one decides. */
  rolledOff: Throw & { id: string };
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
  healed: Throw & { target: string; gained: number };
  tempGained: Throw & { target: string; tempHp: number };
  saved: D20 & { id: string; attribute: Attribute; against: string; dc: number; success: boolean };
  deathSaved: Throw & { id: string; natural: number; successes: number; failures: number };
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
  rolledByGm: Throw & { secret: boolean };
}

export type EffectEnd = "expired" | "saved" | "concentration" | "used" | "removed" | "death";
export type FactType = keyof Facts;
