import { z } from "zod";

/** How many of a list, and from where. */
export const Limit = z.coerce.number().int().min(1).max(100).default(20).describe("How many items at most.");
export const Name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/);
export const SessionId = z.uuid();
export const SessionParams = z.strictObject({ id: SessionId });
export const Status = z.enum(["waiting", "active", "paused", "ended"]);
/** A JSON object of a client's own. */
export const JsonObject = z.record(z.string(), z.unknown());

export const page = (item: z.ZodType) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable().describe("Null on the last page.") });

const Player = z
  .strictObject({
    seat: z.int(),
    playerId: z.string(),
    name: z.string(),
    device: z.enum(["mobile", "desktop", "console"]),
    connected: z.boolean(),
    role: z.enum(["player", "gm"]),
  })
  .meta({ id: "SessionPlayer" });

export const Event = z
  .strictObject({
    seq: z.int(),
    at: z.int().describe("Milliseconds since 1970."),
    seat: z.int().nullable(),
    type: z.string(),
    data: JsonObject,
    actionId: z.string().optional().describe("Of the caller's own actions only."),
  })
  .meta({ id: "SessionEvent" });

const Stats = z
  .strictObject({
    entries: z.int().describe("Entries of the journal."),
    changes: z.int().describe("Changes of the session: its version."),
    seats: z.int(),
    connected: z.int(),
    durationMs: z.int().describe("Since it started, or from start to end."),
  })
  .meta({ id: "SessionStats" });

export const Session = z
  .strictObject({
    id: SessionId,
    type: z.string(),
    gameId: z.string(),
    mode: z.string(),
    status: Status,
    region: z.string(),
    private: z.boolean(),
    unranked: z.boolean().describe("True for a session that was created with a given seed."),
    hostId: z.string().nullable(),
    campaignId: z.string().optional(),
    maxPlayers: z.int().optional().describe("Absent when as many may play as the game can seat."),
    players: z.array(Player),
    version: z.int().describe("Counts the changes of the session; the ETag."),
    seq: z.int().describe("Position in the journal."),
    epoch: z.int().describe("Grows with every change of the process that holds the session."),
    roomId: z.string().optional().describe("Present while the session is played in a room."),
    state: z.unknown().optional().describe("The game as the caller may see it."),
    result: JsonObject.optional(),
    metadata: JsonObject,
    createdAt: z.iso.datetime(),
    startedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    lastUpdated: z.iso.datetime(),
    logs: z.array(Event).optional(),
    stats: Stats.optional(),
  })
  .meta({ id: "Session" });

export const Reservation = z
  .strictObject({
    name: z.string(),
    sessionId: z.string(),
    roomId: z.string(),
    processId: z.string(),
    publicAddress: z.string().optional(),
  })
  .meta({ id: "SeatReservation" });

export const TakenSeat = z.strictObject({ sessionId: SessionId, seat: z.int(), role: z.enum(["player", "gm"]) }).meta({
  id: "TakenSeat",
  description: "A seat in a session that is not played in a room: nothing is to be connected.",
});

/** What those get who may come in. */
export const Place = z.union([Reservation, TakenSeat]);

/** For examples: well-formed ids of nothing. */
export const SOME_ID = "01900000-0000-7000-8000-000000000000";
