import { type SchemaType, schema, t } from "@colyseus/schema";

/** Somebody at the table. Players sit on 0 to 15, the game master on a seat from 100 on. */
export const CombatSeat = schema(
  {
    seat: t.uint8().default(0),
    gm: t.boolean().default(false),
    name: t.string().default(""),
    connected: t.boolean().default(false),
  },
  "CombatSeat",
);
export type CombatSeat = SchemaType<typeof CombatSeat>;

/** An effect at work on the combatant that holds it. */
export const CombatEffect = schema(
  {
    id: t.uint16().default(0),
    key: t.string().default(""),
    name: t.string().default(""),
    /** Combatant ids; empty when it is nobody's, or somebody's who is not to be seen. */
    source: t.string().default(""),
    /** By whose turns it is measured, and which side of them ends it. */
    of: t.string().default(""),
    expireOn: t.string<"turnStart" | "turnEnd">().default("turnEnd"),
    unit: t.string<"rounds" | "turns" | "seconds" | "">().default(""),
    /** Unit `turns`: turns of `of` yet to come; else the round in which it ends. -1: until something removes it. */
    until: t.int32().default(-1),
    stacks: t.uint8().default(1),
    concentration: t.boolean().default(false),
    conditions: t.array("string"),
    /** Cells it makes difficult, each as y * 256 + x. */
    cells: t.array("uint16"),
  },
  "CombatEffect",
);
export type CombatEffect = SchemaType<typeof CombatEffect>;

export const CombatCombatant = schema(
  {
    id: t.string().default(""),
    /** Key of CREATURES, and which of its kind it is: `Ogre 2`. */
    creature: t.string().default(""),
    ordinal: t.uint8().default(1),
    /** -1: the game master's or the autopilot's. */
    seat: t.int16().default(-1),
    side: t.uint8().default(0),
    autopilot: t.boolean().default(false),
    hidden: t.boolean().default(false),
    surprised: t.boolean().default(false),
    x: t.uint8().default(0),
    y: t.uint8().default(0),
    life: t.string<"up" | "dying" | "stable" | "dead" | "gone">().default("up"),
    hp: t.int16().default(0),
    maxHp: t.int16().default(0),
    tempHp: t.int16().default(0),
    ac: t.int8().default(0),
    successes: t.uint8().default(0),
    failures: t.uint8().default(0),
    /** Meaningless until `rolled`. */
    initiative: t.int16().default(0),
    rolled: t.boolean().default(false),
    turn: t.string<"none" | "waiting" | "acting" | "delaying" | "entering" | "done">().default("none"),
    reaction: t.boolean().default(false),
    /** What is left of its turn; movement in feet. */
    action: t.boolean().default(false),
    bonus: t.boolean().default(false),
    interaction: t.boolean().default(false),
    movement: t.int16().default(0),
    attacks: t.uint8().default(0),
    disengaged: t.boolean().default(false),
    /** The ability it concentrates on, or empty. */
    concentration: t.string().default(""),
    /** A readied action: what sets it off (empty for none), who (empty for any enemy), and an attack or ability id. */
    readyTrigger: t.string<"approach" | "attack" | "cast" | "">().default(""),
    readyBy: t.string().default(""),
    readyType: t.string<"attack" | "cast" | "">().default(""),
    readyId: t.string().default(""),
    /** Uses left, by ability id; empty unless the viewer may know them. */
    uses: t.map("uint8"),
    /** By effect id. */
    effects: t.map(CombatEffect),
  },
  "CombatCombatant",
);
export type CombatCombatant = SchemaType<typeof CombatCombatant>;

/** What a reactor may do in the open window: `react {take: index}`. */
export const CombatOption = schema(
  {
    kind: t.string<"attack" | "ability" | "readied">().default("attack"),
    /** An attack or ability id; empty for a readied action. */
    what: t.string().default(""),
    target: t.string().default(""),
  },
  "CombatOption",
);
export type CombatOption = SchemaType<typeof CombatOption>;

export const CombatReactor = schema(
  {
    id: t.string().default(""),
    options: t.array(CombatOption),
  },
  "CombatReactor",
);
export type CombatReactor = SchemaType<typeof CombatReactor>;

/**
 * What one seat sees beyond what everybody sees; it reaches nobody but that seat and its coaches. Combatants here add to
 * those of the state or stand in their place: a game master has all of them here, a player the own ones with their uses.
 */
export const CombatSight = schema(
  {
    seat: t.uint8().default(0),
    /** As in the state, with those only this seat sees. */
    current: t.string().default(""),
    order: t.array("string"),
    windowBy: t.string().default(""),
    waiting: t.array("string"),
    combatants: t.map(CombatCombatant),
    /** Whom this seat may let react now, by combatant id. */
    reactors: t.map(CombatReactor),
  },
  "CombatSight",
);
export type CombatSight = SchemaType<typeof CombatSight>;

export const CombatState = schema(
  {
    phase: t.string<"preparing" | "rolling_initiative" | "active" | "ended">().default("preparing"),
    mode: t.string<"pvp" | "pve" | "skirmish">().default("pve"),
    /** Key of MAPS. */
    map: t.string().default(""),
    round: t.uint16().default(0),
    /** Whose turn it is; empty for nobody's, or somebody's who is not to be seen. */
    current: t.string().default(""),
    /** Combatant ids, first to act first. */
    order: t.array("string"),
    /** Milliseconds since the epoch at which the turn or the open window runs out; 0 for never. */
    deadline: t.number().default(0),
    /** Milliseconds of a turn and of a reaction window; 0 for no limit. */
    turnMs: t.number().default(0),
    windowMs: t.number().default(0),
    /** The open reaction window; 0 for none. */
    windowId: t.uint16().default(0),
    windowKind: t.string<"opportunity" | "hit" | "cast" | "ready" | "">().default(""),
    /** Who set it off, and whose answer it waits for. */
    windowBy: t.string().default(""),
    waiting: t.array("string"),
    /** The side that won once it has ended; -1 for none. */
    winner: t.int8().default(-1),
    seats: t.map(CombatSeat),
    /** By id. */
    combatants: t.map(CombatCombatant),
    /** Ground that somebody who is not to be seen made difficult; by effect id. */
    zones: t.map(CombatEffect),
    /** By seat; a client receives its own alone, watchers none. */
    sights: t.map(CombatSight).view(),
  },
  "CombatState",
);
export type CombatState = SchemaType<typeof CombatState>;
