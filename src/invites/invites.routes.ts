import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { Invites } from "./invites.ts";

const TAG = "Invites";
const SOME_ID = "01900000-0000-7000-8000-000000000000";
const SOME_CODE = "7K2M-94QX-RD0T";
const MONTH_S = 30 * 24 * 3600;

const SessionParams = z.strictObject({ id: z.uuid() });
const Code = z.string().min(1).max(64);

const NewInvite = z.strictObject({
  role: z.enum(["player", "spectator"]).optional(),
  uses: z.int().min(1).max(100).optional().describe("Accounts it lets in; 1 unless it is said."),
  expiresIn: z.int().min(60).max(MONTH_S).optional().describe("Seconds; a day unless it is said."),
});

const Invite = z
  .strictObject({
    code: z.string(),
    role: z.enum(["player", "spectator"]),
    usesLeft: z.int(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: "Invite" });

/** Letting others into a session by a code. @param parts `place` is what those get whom one lets in */
export function invitesEndpoints(parts: { invites: Invites; place: z.ZodType }): readonly AnyEndpoint[] {
  const { invites, place } = parts;
  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/invites", id: "createInvite", tag: TAG, access: "account" },
      summary: "Make a code that lets others in",
      description: "For the host and game masters.",
      params: SessionParams,
      body: NewInvite,
      idempotent: true,
      answers: { 201: { description: "The invite.", body: Invite } },
      errors: ["session_not_found", "session_ended", "invite_quota", "forbidden"],
      examples: { params: { id: SOME_ID }, body: { uses: 3 } },
      async handle({ params, body, principal, requestId, effectId }) {
        const caller = { principal: principal!, requestId };
        return { status: 201, body: await invites.create(params.id, body, caller, effectId) };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/sessions/{id}/invites", id: "listInvites", tag: TAG, access: "account" },
      summary: "List the invites of a session that are still good",
      params: SessionParams,
      answers: {
        200: {
          description: "The first to expire first.",
          body: z.strictObject({ items: z.array(Invite), nextCursor: z.null() }),
        },
      },
      errors: ["session_not_found", "forbidden"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId }) {
        const items = await invites.list(params.id, { principal: principal!, requestId });
        return { status: 200, body: { items, nextCursor: null } };
      },
    }),

    defineEndpoint({
      ...{ method: "delete", path: "/v1/sessions/{id}/invites/{code}", id: "revokeInvite", tag: TAG },
      access: "account",
      summary: "Revoke an invite",
      params: z.strictObject({ id: z.uuid(), code: Code }),
      answers: { 204: { description: "It lets nobody in any more." } },
      errors: ["session_not_found", "not_found", "forbidden"],
      examples: { params: { id: SOME_ID, code: SOME_CODE } },
      async handle({ params: { id, code }, principal, requestId }) {
        await invites.revoke(id, code, { principal: principal!, requestId });
        return { status: 204 };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/invites/{code}/join", id: "joinByInvite", tag: TAG, access: "play" },
      summary: "Take a seat by an invite",
      params: z.strictObject({ code: Code }),
      answers: {
        200: {
          description:
            "For `client.consumeSeatReservation` of the Colyseus SDK, within 15 s; or the seat itself, in a session that is not played in a room.",
          body: place,
        },
      },
      errors: ["code_invalid", "session_ended", "session_full", "session_paused", "no_room"],
      // Sixty bits and these two: nobody finds a code by trying.
      limits: [
        { by: "account", points: 10, seconds: 60 },
        { by: "address", points: 60, seconds: 60 },
      ],
      examples: { params: { code: SOME_CODE } },
      async handle({ params, principal, requestId }) {
        return { status: 200, body: await invites.join(params.code, { principal: principal!, requestId }) };
      },
    }),
  ];
}
