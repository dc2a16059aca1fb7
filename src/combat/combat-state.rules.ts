import type { Cell, EffectSpec, ExpireOn, Path } from "./combat-types.rules.ts";

/*
 * What is true of one encounter: plain JSON, complete (a rewind restores it and nothing else), small (ten thousand are
 * held at a time: what content says is looked up, never copied).
 */

export const MODES = ["pvp", "pve", "skirmish"] as const;
export type Mode = (typeof MODES)[number];

/** `paused` is the ledger's: while a session is paused it asks the game nothing. */
export type Phase = "preparing" | "rolling_initiative" | "active" | "ended";

/**
 * Where a combatant's turn of this round stands. `none`: not in the order yet. `delaying`: begun and put off; it ends when it is taken or lost.
 * `entering`: put off and to be taken when the current turn ends.
 */
export type TurnState = "none" | "waiting" | "acting" | "delaying" | "entering" | "done";

/** `gone`: removed or left; it stays in the order while effects are measured by its turns. */
export const LIVES = ["up", "dying", "stable", "dead", "gone"] as const;
export type Life = (typeof LIVES)[number];

/** What is left of the current turn. Movement in feet. */
export interface Economy {
  action: boolean;
  bonus: boolean;
  interaction: boolean;
  movement: number;
  /** Attacks left of an attack action already taken. */
  attacks: number;
  disengaged: boolean;
}

/** A readied action and what sets it off; lost at the start of the next own turn. */
export interface Readied {
  trigger: ReadyTrigger;
  /** The creature that sets it off; empty: any enemy. */
  by: string;
  action: { type: "attack" | "cast"; id: string };
}

/** An enemy comes within the reach or range of the readied action; attacks; uses an ability. */
export const READY_TRIGGERS = ["approach", "attack", "cast"] as const;
export type ReadyTrigger = (typeof READY_TRIGGERS)[number];

export interface Combatant {
  readonly id: string;
  /** Key of CREATURES. */
  readonly creature: string;
  /** Counts creatures of one kind, for names such as "Ogre 2". */
  readonly ordinal: number;
  /** The seat that plays it; null for the game master or the autopilot. */
  seat: number | null;
  /** Who shares a side never counts as an enemy. */
  side: number;
  autopilot: boolean;
  hidden: boolean;
  surprised: boolean;
  at: Cell;
  life: Life;
  hp: number;
  maxHp: number;
  tempHp: number;
  ac: number;
  /** Death saves so far. */
  successes: number;
  failures: number;
  /** Null until it has been rolled. */
  initiative: number | null;
  /** Its turn of this round; who joins above the current turn is `done` until the next round. */
  turn: TurnState;
  reaction: boolean;
  economy: Economy;
  /** Uses left of the abilities that have a number of them, by ability id. */
  uses: { [ability: string]: number };
  readied: Readied | null;
  /** The ability it concentrates on, or empty. */
  concentration: string;
  /** Turn timers that ran out one after another. */
  missed: number;
}

/** An effect at work. Its key's content is repeated: game masters make effects of their own. */
export interface Effect {
  readonly id: number;
  readonly spec: EffectSpec;
  readonly bearer: string;
  /** Who brought it about, or empty for the game master. */
  readonly source: string;
  /** The combatant whose turns it is measured by. */
  readonly of: string;
  readonly expireOn: ExpireOn;
  /**
   * With unit `turns`: starts or ends of `of`'s turns yet to come, the last of which ends it. With `rounds` or
   * `seconds`: the first round in which `of`'s turn ends it. Null: nothing but a removal ends it.
   */
  until: number | null;
  stacks: number;
  /** The save difficulty of `saveEnds`. */
  readonly dc: number;
  /** The source's concentration holds it. */
  readonly concentration: boolean;
  /** Cells it makes difficult; the bearer of such a zone is its source. */
  readonly cells: readonly Cell[];
}

/** What a reactor may do in a window, by index. */
export type ReactionOption =
  | { readonly kind: "attack"; readonly attack: string; readonly target: string }
  | { readonly kind: "ability"; readonly ability: string; readonly target: string }
  | { readonly kind: "readied"; readonly target: string };

export interface Reactor {
  readonly id: string;
  readonly options: readonly ReactionOption[];
}

/** An attack roll that has been made and hits; the damage waits for those who may react to it. */
export interface Strike {
  readonly by: string;
  readonly target: string;
  /** An attack of the creature, or empty. */
  readonly attack: string;
  /** Else an ability of check `attack`. */
  readonly ability: string;
  readonly natural: number;
  readonly total: number;
  /** What the target's armour class gained by cover. */
  readonly cover: number;
  readonly critical: boolean;
}

/** An attack still to be rolled. `unseen`: the target did not know of the attacker; `secret`: players see no dice. */
export interface Swing extends Pick<Strike, "by" | "target" | "attack" | "ability"> {
  readonly unseen: boolean;
  readonly secret: boolean;
}

/** An ability whose use has been declared. `at`: where it is aimed, for areas. */
export interface Cast {
  readonly by: string;
  readonly ability: string;
  readonly targets: readonly string[];
  readonly at: Cell | null;
  readonly unseen: boolean;
}

/**
 * A move, of which `done` steps have been made: those are kept, because who is stopped in a friend's place goes back to its
 * own last one. `provoked`: the next step's opportunity attacks have been made already.
 */
export interface Walk {
  readonly id: string;
  readonly path: Path;
  readonly done: number;
  readonly provoked: boolean;
}

/** What goes on once nobody may react any more: done first to last. */
export type Step =
  | ({ readonly do: "walk" } & Walk)
  | ({ readonly do: "swing" } & Swing)
  | ({ readonly do: "land" } & Strike)
  | ({ readonly do: "cast" } & Cast);

/** Somebody may react. The last window is the open one; the others wait with the time they have left. */
export interface Window {
  readonly id: number;
  readonly kind: "opportunity" | "hit" | "cast" | "ready";
  /** The creature that set it off. */
  readonly by: string;
  /** Who has not answered yet. */
  reactors: Reactor[];
  /** What the window interrupted. */
  readonly held: readonly Step[];
  /** Milliseconds that were left of the clock below when this window opened; null when that one never runs out. */
  readonly heldMs: number | null;
}

export interface Rules {
  /** Milliseconds of a turn and of a reaction window; 0 for no limit. */
  turnMs: number;
  windowMs: number;
  /** What a turn that ran out comes to. */
  afk: "dodge" | "autopilot";
}

export interface CombatState {
  phase: Phase;
  mode: Mode;
  /** Key of MAPS. */
  map: string;
  rules: Rules;
  round: number;
  /** Whose turn it is, or empty; while its turn is put off, nobody's until the next begins. */
  current: string;
  /** Ids, first to act first. */
  order: string[];
  /** By id. */
  combatants: Combatant[];
  /** By id. */
  effects: Effect[];
  windows: Window[];
  /** When the clock of the turn or of the open window runs out; 0 for never. */
  deadline: number;
  /** Random numbers drawn so far. */
  draws: number;
  nextEffect: number;
  nextWindow: number;
  /** Taken player seats, ascending; `gm` while the game master's is. */
  seats: number[];
  gm: boolean;
  /** The side that won, -1 for none. */
  winner: number;
}

/** Bounds of what a fight may hold. The hidden have their own, so that nobody is told of them by finding no room. */
export const COMBATANTS_MAX = 32;
export const HIDDEN_MAX = 16;
export const EFFECTS_MAX = 128;
export const WINDOWS_MAX = 4;
/** A fight that is not over by then is a draw. */
export const ROUNDS_MAX = 200;
export const STACKS_MAX = 10;
