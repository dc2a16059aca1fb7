import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { callerOf } from "./changed-answer.ts";
import type { Entering } from "./entering.ts";
import type { Handoffs } from "./handoffs.ts";
import type { Seating } from "./seating.ts";
import type { SessionReads } from "./session-reads.ts";
import { Limit, Place, page, Reservation, SessionId, SessionParams, SOME_ID, Status } from "./session-shapes.ts";

const TAG = "Seats";

const Join = z.strictObject({
  role: z.enum(["player", "gm", "coach"]).optional().describe("`player` unless it is said; `gm` is for the host."),
  code: z.string().max(64).optional().describe("For a coach: what the player gave away."),
});

const Handoff = z.strictObject({ code: z.string(), expiresAt: z.iso.datetime() }).meta({ id: "Handoff" });

const TakeHandoff = z.strictObject({
  code: z.string().min(1).max(64),
  deviceId: z.string().min(1).max(128).describe("The device that takes the seat: another one than that which asked."),
});

const MySeats = z.strictObject({ limit: Limit, cursor: SessionId.optional() });

const MySeat = z
  .strictObject({
    sessionId: SessionId,
    type: z.string(),
    gameId: z.string(),
    mode: z.string(),
    status: Status,
    seat: z.int(),
    role: z.enum(["player", "gm"]),
    roomId: z.string().optional(),
    lastUpdated: z.iso.datetime(),
  })
  .meta({ id: "MySeat" });

const RESERVED = {
  200: { description: "For `client.consumeSeatReservation` of the Colyseus SDK, within 15 s.", body: Reservation },
} as const;
const SEATED = {
  200: {
    description:
      "For `client.consumeSeatReservation` of the Colyseus SDK, within 15 s; or the seat itself, in a session that is not played in a room.",
    body: Place,
  },
} as const;
const WATCH_ERRORS = ["session_not_found", "session_ended", "session_full", "no_room"] as const;

export interface SeatsParts {
  readonly entering: Entering;
  readonly seating: Seating;
  readonly handoffs: Handoffs;
  readonly reads: SessionReads;
}

/** Getting into sessions, and from one device to another. */
export function seatsEndpoints({ entering, seating, handoffs, reads }: SeatsParts): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/join", id: "joinSession", tag: TAG, access: "play" },
      summary: "Take a seat",
      description: "The caller's own where there is one, else a free one: reserved in a room, or taken at once.",
      params: SessionParams,
      body: Join,
      answers: SEATED,
      errors: [...WATCH_ERRORS, "session_paused", "forbidden"],
      limits: [{ by: "account", points: 60, seconds: 60 }],
      examples: { params: { id: SOME_ID }, body: {} },
      async handle({ params, body: { role = "player", code }, principal, requestId }) {
        return { status: 200, body: await entering.join(params.id, callerOf(principal, requestId), { role, code }) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/leave", id: "leaveSession", tag: TAG, access: "play" },
      summary: "Give the caller's seat up",
      description: "For good. In a room its connection is closed, too, and the others see it leave.",
      params: SessionParams,
      answers: { 204: { description: "The seat is free." } },
      errors: ["session_not_found", "not_seated", "session_ended", "owner_stays"],
      limits: [{ by: "account", points: 60, seconds: 60 }],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId }) {
        await seating.leave(params.id, callerOf(principal, requestId));
        return { status: 204 };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/spectate", id: "spectateSession", tag: TAG, access: "play" },
      summary: "Reserve a place to watch from",
      params: SessionParams,
      answers: RESERVED,
      errors: WATCH_ERRORS,
      limits: [{ by: "account", points: 60, seconds: 60 }],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId }) {
        return { status: 200, body: await entering.watch(params.id, callerOf(principal, requestId)) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/handoff", id: "offerHandoff", tag: TAG, access: "play" },
      summary: "Ask for a code that moves the caller's seat to another device",
      description: "Good once, for a minute. A new code takes the place of the one before.",
      params: SessionParams,
      answers: { 201: { description: "The code, to be typed on the other device.", body: Handoff } },
      errors: ["session_not_found", "not_seated", "session_ended"],
      limits: [{ by: "account", points: 20, seconds: 60 }],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId }) {
        return { status: 201, body: await handoffs.offer(params.id, callerOf(principal, requestId)) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/handoff", id: "takeHandoff", tag: TAG, access: "play" },
      summary: "Take a seat over from another device of the same account",
      description:
        "When the reservation is consumed the former connection is closed with 4102; the others see nobody leave. After five wrong codes the account needs a new one.",
      body: TakeHandoff,
      answers: RESERVED,
      errors: ["code_invalid", "same_device", "no_room", "unavailable"],
      limits: [
        { by: "account", points: 20, seconds: 60 },
        { by: "address", points: 60, seconds: 60 },
      ],
      examples: { body: { code: "7K2M-94QX-RD0T", deviceId: "desktop" } },
      async handle({ body: { code, deviceId }, principal, requestId }) {
        return { status: 200, body: await handoffs.take(code, deviceId, callerOf(principal, requestId)) };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/me/seats", id: "listMySeats", tag: TAG, access: "account" },
      summary: "Where was I playing",
      query: MySeats,
      answers: {
        200: { description: "Sessions that have not ended and hold a seat of the caller.", body: page(MySeat) },
      },
      examples: { query: { limit: 10 } },
      async handle({ query: { limit, cursor }, principal }) {
        return { status: 200, body: await reads.seatsOf(principal!, limit, cursor) };
      },
    }),
  ];
}
