import { type SchemaType, schema, t } from "@colyseus/schema";

/** A seat at the table. `dice` reaches only who may see it; `shown` is what a challenge laid open. */
export const DiceSeat = schema(
  {
    seat: t.uint8().default(0),
    name: t.string().default(""),
    connected: t.boolean().default(false),
    left: t.uint8().default(0),
    dice: t.array("uint8").view(),
    shown: t.array("uint8"),
  },
  "DiceSeat",
);
export type DiceSeat = SchemaType<typeof DiceSeat>;

export const DiceState = schema(
  {
    phase: t.string<"seating" | "bidding" | "reveal" | "over">().default("seating"),
    round: t.uint16().default(0),
    turn: t.int8().default(-1),
    bidSeat: t.int8().default(-1),
    bidCount: t.uint8().default(0),
    bidFace: t.uint8().default(0),
    loser: t.int8().default(-1),
    winner: t.int8().default(-1),
    /** Milliseconds since the epoch at which the turn passes; 0 without a timer. */
    deadline: t.number().default(0),
    seats: t.map(DiceSeat),
  },
  "DiceState",
);
export type DiceState = SchemaType<typeof DiceState>;
