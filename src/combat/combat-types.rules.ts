/*
 * The words of a fight's content and of its field; those of its state are in combat-state.rules.ts. Everything is plain
 * JSON. Distances are feet (a cell is 5), times are milliseconds since the epoch unless a name says otherwise.
 */

/** A square of the grid, counted from the top left. */
export interface Cell {
  readonly x: number;
  readonly y: number;
}

/** Where a creature walks, beginning with the cell where it stands; each next one touches the one before. */
export type Path = readonly Cell[];

/** An axis-aligned footprint: a creature of size n covers n x n cells from its top left one. */
export interface Footprint {
  readonly at: Cell;
  readonly size: number;
}

/** Rows of equal length: `.` floor, `#` wall, `~` difficult terrain. `rough` are cells made difficult by effects. */
export interface Field {
  readonly rows: readonly string[];
  readonly rough: readonly Cell[];
}

/** A creature on the field as geometry sees it. Only who is hostile to the mover bars the way. */
export interface Occupant extends Footprint {
  readonly id: string;
  readonly hostile: boolean;
}

/** A creature that could make an opportunity attack; `reach` in feet. */
export interface Reacher extends Footprint {
  readonly id: string;
  readonly reach: number;
}

/** Feet. A sphere is centred on its origin; cone and line run from the origin towards the aim; a cube starts at it. */
export type Area =
  | { readonly shape: "sphere"; readonly radius: number }
  | { readonly shape: "cone"; readonly length: number }
  | { readonly shape: "line"; readonly length: number; readonly width: number }
  | { readonly shape: "cube"; readonly size: number };

export interface BattleMap {
  readonly id: string;
  readonly name: string;
  readonly rows: readonly string[];
  /** Where the sides begin, the first side first; each list has room for at least 16 creatures of size 1. */
  readonly starts: readonly (readonly Cell[])[];
  /** Who stands against a party when nobody says otherwise: creature ids, against one hero first, against four last. */
  readonly foes: readonly (readonly string[])[];
}

export const ATTRIBUTES = ["str", "dex", "con", "int", "wis", "cha"] as const;
export type Attribute = (typeof ATTRIBUTES)[number];

export const DAMAGE_TYPES = [
  ...(["acid", "bludgeoning", "cold", "fire", "force", "lightning", "necrotic"] as const),
  ...(["piercing", "poison", "psychic", "radiant", "slashing", "thunder"] as const),
] as const;
export type DamageType = (typeof DAMAGE_TYPES)[number];

export const CONDITIONS = [
  ...(["blinded", "charmed", "frightened", "grappled", "incapacitated", "paralyzed", "poisoned"] as const),
  ...(["prone", "restrained", "stunned", "unconscious"] as const),
] as const;
export type Condition = (typeof CONDITIONS)[number];

/** `count` dice of `sides` plus `modifier`. A count of 0 is the modifier alone. */
export interface Dice {
  readonly count: number;
  readonly sides: number;
  readonly modifier: number;
}

export interface Damage extends Dice {
  readonly type: DamageType;
}

export type ExpireOn = "turnStart" | "turnEnd";
export type DurationUnit = "rounds" | "turns" | "seconds";

export interface Duration {
  readonly value: number;
  readonly unit: DurationUnit;
}

/** What rolls an effect helps or hinders: its bearer's attacks, attacks against the bearer, the bearer's saves. */
export type RollKind = "attacks" | "attacksAgainst" | "saves";

/** What an effect changes about its bearer. Everything is optional: an absent member changes nothing. */
export interface Modifiers {
  readonly ac?: number;
  /** Added to the speed in feet; `speedZero` stops the bearer altogether. */
  readonly speed?: number;
  readonly speedZero?: boolean;
  /** Rolled with each attack or save and added to it; a modifier below 0 subtracts. */
  readonly attackDice?: Dice;
  readonly saveDice?: Dice;
  /** Added to the damage of the bearer's weapon attacks. */
  readonly damageDice?: Damage;
  readonly advantage?: readonly RollKind[];
  readonly disadvantage?: readonly RollKind[];
  readonly resist?: readonly DamageType[];
  readonly vulnerable?: readonly DamageType[];
  readonly immune?: readonly DamageType[];
}

/** What the same effect on the same bearer comes to: a new time, one more layer (at most `maxStacks`), or nothing. */
export type Stacking = "refresh" | "stack" | "ignore";

/** An effect as content describes it. */
export interface EffectSpec {
  /** Effects of one key on one bearer stack by `stacking`. */
  readonly key: string;
  readonly name: string;
  /** Who bears it: whom the ability or attack met, or who used it. */
  readonly on: "target" | "source";
  /** Null: until it is removed. */
  readonly duration: Duration | null;
  readonly expireOn: ExpireOn;
  /** Whose turns it is measured by. */
  readonly of: "target" | "source";
  readonly stacking: Stacking;
  readonly maxStacks: number;
  readonly conditions: readonly Condition[];
  readonly modifiers: Modifiers;
  /** What happens to the bearer at every start or end of its turn, while the effect lasts. */
  readonly tick?: { readonly on: ExpireOn; readonly damage?: Damage; readonly heal?: Dice };
  /** The bearer saves against the effect at every start or end of its turn; success removes it. */
  readonly saveEnds?: { readonly attribute: Attribute; readonly on: ExpireOn };
}

/** When a reaction may be taken. */
export type ReactionTrigger =
  /** An attack has hit its bearer; the damage is not rolled yet. */
  | "hit"
  /** A creature that its bearer sees, within range, casts an ability of cost action or bonus. */
  | "cast";

/** A weapon or natural attack. */
export interface Attack {
  readonly id: string;
  readonly name: string;
  /** Added to the d20. */
  readonly bonus: number;
  /** Feet; 0 for what only shoots. Those with a reach can be used for opportunity attacks. */
  readonly reach: number;
  /** Feet; beyond `normal` with disadvantage, beyond `long` not at all. */
  readonly range?: { readonly normal: number; readonly long: number };
  readonly damage: readonly Damage[];
  /** What a hit brings besides, unless the target saves (without `save`: always). */
  readonly rider?: {
    readonly save?: { readonly attribute: Attribute; readonly dc: number };
    readonly effects: readonly EffectSpec[];
  };
}

/** How an ability finds out whom it affects: an attack roll, a save (half damage or none), or without a roll. */
export type AbilityCheck =
  | { readonly kind: "attack" }
  | { readonly kind: "save"; readonly attribute: Attribute; readonly half: boolean }
  | { readonly kind: "none" };

/** A spell or special action as data. */
export interface Ability {
  readonly id: string;
  readonly name: string;
  /** One or two sentences for players. */
  readonly text: string;
  readonly cost: "action" | "bonus" | "reaction";
  /** How often in an encounter; null for at will. */
  readonly uses: number | null;
  /** Feet from the caster to each target or to the area's origin; 0 for the caster itself. */
  readonly range: number;
  /** Whom it may be aimed at. `area` takes a cell; everybody in the area is affected as `affects` says. */
  readonly target: "self" | "ally" | "enemy" | "creature" | "area";
  /** Creatures at most, when it is not an area; the same one may be named more than once for attacks (rays). */
  readonly targets: number;
  /** A cone or line begins at the caster, whatever the range; for the others the named cell is the origin. */
  readonly area?: Area;
  /** Who in the area is affected. */
  readonly affects: "all" | "enemies" | "allies";
  readonly check: AbilityCheck;
  /** Rolled once for all of an area, per target otherwise. A critical hit doubles the dice. */
  readonly damage: readonly Damage[];
  readonly heal?: Dice;
  readonly tempHp?: Dice;
  /** On those who were hit or failed to save (`on: target`), and once on the caster (`on: source`). */
  readonly effects: readonly EffectSpec[];
  /** The caster can hold one such at a time; damage may break it, and with it go all its effects and zones. */
  readonly concentration: boolean;
  /** Feet by which those affected are pushed away from the caster (below 0: pulled), as far as there is room. */
  readonly push?: number;
  /** The area becomes difficult terrain for as long as `duration`, measured by the caster's turns. */
  readonly terrain?: { readonly duration: Duration; readonly expireOn: ExpireOn };
  /** Only for reactions, which have it always. */
  readonly trigger?: ReactionTrigger;
  /** A reaction to a cast: the cast is undone. */
  readonly counters?: boolean;
}

/** A monster or a ready-made character. */
export interface Creature {
  readonly id: string;
  readonly name: string;
  /** The class of a playable one, in a word; monsters have none. */
  readonly role?: string;
  /** Players may join with it. */
  readonly playable: boolean;
  /** Cells along a side: 1 to 3. */
  readonly size: number;
  readonly ac: number;
  readonly hp: number;
  readonly speed: number;
  /** Added to the d20 for initiative; the higher one goes first in a tie. */
  readonly initiative: number;
  readonly saves: { readonly [A in Attribute]: number };
  /** Added to the d20 of its abilities' attacks; what others must reach to save against them. */
  readonly castBonus: number;
  readonly saveDc: number;
  readonly resist: readonly DamageType[];
  readonly vulnerable: readonly DamageType[];
  readonly immune: readonly DamageType[];
  readonly conditionImmune: readonly Condition[];
  /** How many attacks one attack action makes. */
  readonly attacksPerAction: number;
  readonly attacks: readonly Attack[];
  /** Ability ids. */
  readonly abilities: readonly string[];
  /** Whether it falls unconscious and makes death saves at 0 hit points; otherwise it dies there. */
  readonly deathSaves: boolean;
}
