import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { CHANGED, callerOf, changedAnswer } from "./changed-answer.ts";
import type { SessionCommands } from "./session-commands.ts";
import type { SessionReads } from "./session-reads.ts";
import { Event, JsonObject, page, SessionParams, SOME_ID } from "./session-shapes.ts";

const TAG = "Sessions";

const Action = z.strictObject({
  id: z.string().max(36).describe("UUIDv7, the client's own: the same id takes effect once and is answered the same."),
  type: z.string().min(1).max(32),
  data: JsonObject.optional(),
});

const Acted = z.strictObject({ seq: z.int(), version: z.int(), events: z.array(Event) }).meta({ id: "Acted" });

/** What a client sends to act in any session, and what it may hear. */
export const ACTING = {
  body: Action,
  answers: { 200: { description: "Where it took effect, and what followed.", body: Acted } },
  errors: [
    ...(["session_not_found", "not_seated", "unknown_action", "invalid_action_id", "action_expired"] as const),
    ...(["session_ended", "session_paused", "outcome_unknown", "overloaded"] as const),
  ],
} as const;

const Snapshot = z.strictObject({ seq: z.int(), epoch: z.int(), stateHash: z.string() }).meta({ id: "SnapshotInfo" });

const Rewind = z.strictObject({
  toSeq: z.int().min(1).describe("The entry after which play goes on."),
  reroll: z.boolean().optional().describe("True: what is drawn from here on is not what was drawn before."),
});

const STATE_ERRORS = ["session_not_found", "forbidden", "version_conflict", "session_ended", "session_paused"] as const;

export interface SessionStateParts {
  readonly commands: SessionCommands;
  readonly reads: SessionReads;
}

/** Acting on the state of sessions: client-owned states, actions, going back. */
export function sessionStateEndpoints({ commands, reads }: SessionStateParts): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "put", path: "/v1/sessions/{id}/state", id: "replaceSessionState", tag: TAG, access: "account" },
      summary: "Replace the state of a client-owned session",
      description: "Of `player` and `custom` sessions. Such a state never feeds ratings or boards.",
      params: SessionParams,
      body: JsonObject,
      ifMatch: "required",
      answers: CHANGED,
      errors: STATE_ERRORS,
      examples: { params: { id: SOME_ID }, body: { round: 2 } },
      async handle({ params, body, principal, requestId, ifMatch }) {
        const version = ifMatch ?? (await reads.get(params.id, principal!)).version;
        const caller = callerOf(principal, requestId);
        return changedAnswer(reads, principal, await commands.replaceState(caller, params.id, body, version));
      },
    }),

    defineEndpoint({
      ...{ method: "patch", path: "/v1/sessions/{id}/state", id: "patchSessionState", tag: TAG, access: "account" },
      summary: "Change parts of the state of a client-owned session",
      description: "A JSON merge patch (RFC 7396): members are set, and removed by null.",
      params: SessionParams,
      body: JsonObject,
      bodyType: "application/merge-patch+json",
      ifMatch: "required",
      answers: CHANGED,
      errors: STATE_ERRORS,
      examples: { params: { id: SOME_ID }, body: { round: 3, hint: null } },
      async handle({ params, body, principal, requestId, ifMatch }) {
        const version = ifMatch ?? (await reads.get(params.id, principal!)).version;
        const caller = callerOf(principal, requestId);
        return changedAnswer(reads, principal, await commands.patchState(caller, params.id, body, version));
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/actions", id: "actInSession", tag: TAG, access: "account" },
      summary: "Act in a session",
      description: "By the same door as from a socket. A rule's no is 409 with the game's own code.",
      params: SessionParams,
      ...ACTING,
      examples: { params: { id: SOME_ID }, body: { id: SOME_ID, type: "roll", data: {} } },
      async handle({ params, body, principal, requestId }) {
        const { seq, version, events } = await commands.act(callerOf(principal, requestId), params.id, body);
        return { status: 200, version, body: { seq, version, events } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/sessions/{id}/snapshots", id: "listSnapshots", tag: TAG, access: "account" },
      summary: "List the entries a session can go back to at once",
      params: SessionParams,
      answers: { 200: { description: "Newest first.", body: page(Snapshot) } },
      errors: ["session_not_found", "forbidden"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId }) {
        const items = await commands.snapshots(callerOf(principal, requestId), params.id);
        return { status: 200, body: { items, nextCursor: null } };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/rewind", id: "rewindSession", tag: TAG, access: "account" },
      summary: "Take a session back to an earlier entry",
      description: "For the session's game master and admins. Going back is itself an entry: nothing is forgotten.",
      params: SessionParams,
      body: Rewind,
      answers: CHANGED,
      errors: ["session_not_found", "forbidden", "session_ended"],
      examples: { params: { id: SOME_ID }, body: { toSeq: 3 } },
      async handle({ params, body, principal, requestId }) {
        return changedAnswer(reads, principal, await commands.rewind(callerOf(principal, requestId), params.id, body));
      },
    }),
  ];
}
