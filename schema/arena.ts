import { type SchemaType, schema, t } from "@colyseus/schema";

/** What a client sends once per tick. `aim` is in radians, 0 along +x, growing clockwise on screen (y points down). */
export const ArenaInput = schema(
  {
    up: t.boolean().default(false),
    down: t.boolean().default(false),
    left: t.boolean().default(false),
    right: t.boolean().default(false),
    fire: t.boolean().default(false),
    aim: t.angle().default(0),
  },
  "ArenaInput",
);
export type ArenaInput = SchemaType<typeof ArenaInput>;

/** A player. Positions are 1/1024 of a tile. `hp` reaches only the player, their coach and spectators. */
export const ArenaPlayer = schema(
  {
    seat: t.uint8().default(0),
    name: t.string().default(""),
    connected: t.boolean().default(false),
    x: t.uint16().default(0),
    y: t.uint16().default(0),
    aim: t.angle({ bits: 8 }).default(0),
    alive: t.boolean().default(false),
    /** Out of play because nothing was heard of them; the next input brings them back. */
    away: t.boolean().default(false),
    /** Cannot be hurt yet: just spawned. */
    shielded: t.boolean().default(false),
    /** Fires faster for a while. */
    rapid: t.boolean().default(false),
    score: t.int16().default(0),
    deaths: t.uint16().default(0),
    hp: t.uint8().default(0).view(),
  },
  "ArenaPlayer",
);
export type ArenaPlayer = SchemaType<typeof ArenaPlayer>;

/** A shot flies straight at a known speed, so its start says where it is at any tick. */
export const ArenaShot = schema(
  {
    owner: t.uint8().default(0),
    /** Where the muzzle was. */
    x: t.uint16().default(0),
    y: t.uint16().default(0),
    /** 16-bit angle: 65536 is a full turn. */
    angle: t.uint16().default(0),
    /** When the shot was at its muzzle, in 1/16 of a tick. It may lie before the tick at which the shot appears. */
    born: t.int32().default(0),
  },
  "ArenaShot",
);
export type ArenaShot = SchemaType<typeof ArenaShot>;

export const ArenaState = schema(
  {
    phase: t.string<"waiting" | "countdown" | "playing" | "over">().default("waiting"),
    /** Which of the built-in maps is played. */
    map: t.uint8().default(0),
    tick: t.uint32().default(0),
    /** The tick at which the phase ends; 0 when it has no end. */
    until: t.uint32().default(0),
    /** The winner's seat once the match is over; -1 for none. */
    winner: t.int8().default(-1),
    players: t.map(ArenaPlayer),
    shots: t.map(ArenaShot),
    /** By pick-up spot of the map: 1 while something lies there, else 0. */
    pickups: t.array("uint8"),
  },
  "ArenaState",
);
export type ArenaState = SchemaType<typeof ArenaState>;
