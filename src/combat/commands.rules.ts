import { z } from "zod";
import type { CommandSpec } from "../journal/game.ts";
import { MODES, READY_TRIGGERS } from "./combat-state.rules.ts";
import { CONDITIONS } from "./combat-types.rules.ts";

const id = z.string().min(1).max(16);
const name = z.string().min(1).max(40);
const cell = z.strictObject({ x: z.int().min(0).max(63), y: z.int().min(0).max(63) });
const seat = z.int().min(0).max(15);
const side = z.int().min(0).max(15);
const hitPoints = z.int().min(0).max(9999);
/** Up to thirty days, so that a fight can be played by post. */
const seconds = z.int().min(0).max(2_592_000);

const duration = z.strictObject({ value: z.int().min(1).max(14_400), unit: z.enum(["rounds", "turns", "seconds"]) });

const patch = z.strictObject({
  hp: hitPoints.exactOptional(),
  maxHp: hitPoints.min(1).exactOptional(),
  tempHp: hitPoints.exactOptional(),
  ac: z.int().min(0).max(40).exactOptional(),
  at: cell.exactOptional(),
  side: side.exactOptional(),
  seat: seat.nullable().exactOptional(),
  autopilot: z.boolean().exactOptional(),
  surprised: z.boolean().exactOptional(),
  reaction: z.boolean().exactOptional(),
});

const setup = z.strictObject({
  mode: z.enum(MODES).exactOptional(),
  map: name.exactOptional(),
  turnSeconds: seconds.exactOptional(),
  windowSeconds: seconds.exactOptional(),
  afk: z.enum(["dodge", "autopilot"]).exactOptional(),
  foes: z.array(name).max(16).exactOptional(),
});

const add = z.strictObject({
  creature: name,
  at: cell.exactOptional(),
  side: side.exactOptional(),
  seat: seat.nullable().exactOptional(),
  hidden: z.boolean().exactOptional(),
  autopilot: z.boolean().exactOptional(),
  surprised: z.boolean().exactOptional(),
});

const effect = z.strictObject({
  combatant: id,
  conditions: z.array(z.enum(CONDITIONS)).max(4),
  ac: z.int().min(-20).max(20).exactOptional(),
  speed: z.int().min(-100).max(100).exactOptional(),
  duration: duration.nullable(),
  expireOn: z.enum(["turnStart", "turnEnd"]),
  source: id.exactOptional(),
  /** Whose turns it is measured by. */
  of: z.enum(["source", "target"]).exactOptional(),
});

/** Of every command: whoever has several creatures says which one is meant; without a word it is the current one. */
const actor = { combatant: id.exactOptional() };
const alone = z.strictObject(actor);

const DATA = {
  setup,
  join: z.strictObject({ creature: name }),
  rollInitiative: z.strictObject({}),
  move: z.strictObject({ ...actor, path: z.array(cell).min(1).max(128) }),
  attack: z.strictObject({ ...actor, target: id, weapon: name.exactOptional(), secret: z.boolean().exactOptional() }),
  cast: z.strictObject({
    ...actor,
    ability: name,
    targets: z.array(id).max(8).exactOptional(),
    at: cell.exactOptional(),
  }),
  dash: alone,
  dodge: alone,
  disengage: alone,
  help: z.strictObject({ ...actor, target: id }),
  interact: alone,
  stand: alone,
  ready: z.strictObject({
    ...actor,
    trigger: z.enum(READY_TRIGGERS),
    by: id.exactOptional(),
    action: z.strictObject({ type: z.enum(["attack", "cast"]), id: name }),
  }),
  delay: alone,
  enter: alone,
  drop: alone,
  /** `take`: index of the option, null to let it pass. `window`: refused as stale when another one is open. */
  react: z.strictObject({ ...actor, take: z.int().min(0).max(31).nullable(), window: z.int().exactOptional() }),
  endTurn: alone,
  concede: alone,
  "gm.add": add,
  "gm.remove": z.strictObject({ combatant: id }),
  "gm.hide": z.strictObject({ combatant: id }),
  "gm.reveal": z.strictObject({ combatant: id }),
  "gm.edit": z.strictObject({ combatant: id, patch }),
  "gm.initiative": z.strictObject({ combatant: id, value: z.int().min(-20).max(60) }),
  "gm.effect": effect,
  "gm.removeEffect": z.strictObject({ effect: z.int().min(0) }),
  "gm.roll": z.strictObject({
    count: z.int().min(1).max(20),
    sides: z.int().min(2).max(100),
    modifier: z.int().min(-100).max(100).exactOptional(),
    secret: z.boolean().exactOptional(),
  }),
  "gm.endTurn": z.strictObject({}),
  "gm.end": z.strictObject({ winner: side.exactOptional() }),
} as const;

export type CommandType = keyof typeof DATA;
export type CommandData = { readonly [T in CommandType]: z.output<(typeof DATA)[T]> };

/** All of them critical: nobody sees a blow that a crash could take back. */
export const COMMANDS: { readonly [type: string]: CommandSpec } = Object.fromEntries(
  Object.entries(DATA).map(([type, data]) => [type, { data, durability: "critical" }]),
);
