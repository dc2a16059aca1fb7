import { z } from "zod";
import { refusal } from "../errors.ts";
import type { Command } from "../journal/game.ts";
import { JsonObject, Name } from "../sessions/session-shapes.ts";
import type { Opening } from "../sessions/session-wishes.ts";
import { Latencies, MaxPlayers } from "../sessions/session-writes.routes.ts";
import { MODES } from "./combat-state.rules.ts";
import { COMMANDS } from "./commands.rules.ts";
import { FOES } from "./gm.rules.ts";

/** As ids of creatures and maps are written. */
const Key = z.string().min(1).max(40);
/** So many creatures one call may place; the rest comes by actions. */
const PLACED_MAX = 16;
const Side = z.int().min(0).max(15);
const Coordinate = z.int().min(0).max(63);
const PARTY = 0;

export const Mode = z.enum(MODES);

const Placed = z
  .strictObject({
    creature: Key,
    side: Side.optional().describe("Whom it fights for; 0 for the party's creatures and 1 for foes unless it is said."),
    at: z.strictObject({ x: Coordinate, y: Coordinate }).optional().describe("Its cell; else where its side starts."),
    hidden: z.boolean().optional(),
    surprised: z.boolean().optional(),
    seat: z.int().min(0).max(15).optional().describe("The player's seat that plays it."),
  })
  .meta({ id: "PlacedCreature" });
type Placed = z.infer<typeof Placed>;

const FightRules = z.strictObject({
  turnSeconds: z.int().min(0).max(2_592_000).optional().describe("A turn's time, up to thirty days; 0 for no limit."),
  windowSeconds: z.int().min(0).max(2_592_000).optional().describe("The time of a reaction window."),
  afk: z.enum(["dodge", "autopilot"]).optional().describe("What becomes of a turn that runs out."),
});

export const NewFight = z.strictObject({
  mode: Mode.optional(),
  map: Key.optional(),
  rules: FightRules.optional(),
  role: z.enum(["gm", "player"]).optional().describe("Where the caller sits: as the game master unless it is said."),
  creature: Key.optional().describe("For a player: the ready-made character to begin with."),
  party: z.array(Placed).max(PLACED_MAX).optional().describe("Creatures of the players' side; game masters only."),
  foes: z.array(Placed).max(PLACED_MAX).optional().describe("Of a player only their names are taken."),
  autopilot: z.array(Side).max(16).optional().describe("Sides whose creatures play themselves; game masters only."),
  region: Name.optional(),
  latencies: Latencies.optional(),
  metadata: JsonObject.optional(),
  maxPlayers: MaxPlayers.optional(),
  private: z.boolean().optional(),
  campaignId: z.uuid().optional(),
  seed: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe("Admins only; the fight is unranked then."),
});
export type NewFight = z.infer<typeof NewFight>;

/**
 * What the caller does at once in the new fight, from its seat: sets it up, and brings who is to be there.
 *
 * @throws Refusal `validation_failed` for what only a game master may place
 */
export function openingOf(wish: NewFight): Opening {
  return wish.role === "player" ? playersOpening(wish) : mastersOpening(wish);
}

function mastersOpening({ creature, party = [], foes = [], autopilot = [], ...wish }: NewFight): Opening {
  if (creature !== undefined) throw invalid("creature", "Game masters have no character: use `party`.");
  const add = (placed: Placed, own: number) => {
    const side = placed.side ?? own;
    return checked("gm.add", { ...placed, side, ...(autopilot.includes(side) ? { autopilot: true } : {}) });
  };
  const placed = [...party.map((one) => add(one, PARTY)), ...foes.map((one) => add(one, FOES))];
  return { role: "gm", commands: [setup(wish), ...placed] };
}

function playersOpening({ creature, party = [], foes = [], autopilot = [], ...wish }: NewFight): Opening {
  if (party.length > 0) throw invalid("party", "Only a game master brings a party.");
  if (autopilot.length > 0) throw invalid("autopilot", "Only a game master says who plays itself.");
  const fancy = foes.findIndex((foe) => Object.keys(foe).length > 1);
  if (fancy >= 0) throw invalid(`foes.${fancy}`, "Only a game master says more of a foe than what it is.");
  const names = foes.length > 0 ? { foes: foes.map((foe) => foe.creature) } : {};
  const join = creature === undefined ? [] : [checked("join", { creature })];
  return { role: "player", commands: [setup(wish, names), ...join] };
}

function setup({ mode, map, rules = {} }: NewFight, more: object = {}): Command {
  return checked("setup", { mode, map, ...rules, ...more });
}

/** The rules' own shapes have the last word, so that nothing can be said here that a socket may not say. */
function checked(type: string, wanted: object): Command {
  const data = JSON.parse(JSON.stringify(wanted)) as Command["data"]; // without what was not given
  const { error } = COMMANDS[type]!.data.safeParse(data);
  if (!error) return { type, data };
  throw invalid(`${type}.${error.issues[0]!.path.join(".")}`, error.issues[0]!.message);
}

function invalid(path: string, message: string) {
  return refusal("validation_failed", undefined, [{ path, message }]);
}
