import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { CHANGED, callerOf, changedAnswer } from "./changed-answer.ts";
import type { SessionCommands } from "./session-commands.ts";
import type { Quota } from "./session-quota.ts";
import type { SessionReads } from "./session-reads.ts";
import { JsonObject, Name, Session, SessionParams, SOME_ID } from "./session-shapes.ts";

const TAG = "Sessions";

export const MaxPlayers = z.int().min(1).max(100);

/** More than there are regions to measure. */
const LATENCIES_MAX = 32;
const LATENCY_MAX_MS = 60_000;

export const Latencies = z
  .record(Name, z.number().min(0).max(LATENCY_MAX_MS))
  .refine((measured) => Object.keys(measured).length <= LATENCIES_MAX, `must be ${LATENCIES_MAX} at most`)
  .describe("Milliseconds from the caller to regions, as it measured them.");

const NewSession = z.strictObject({
  type: Name,
  gameId: Name.optional(),
  mode: Name.optional(),
  region: Name.optional().describe(
    "Where it is wanted. If nobody serves that region, in the nearest by `latencies`; without any, where the call arrives.",
  ),
  latencies: Latencies.optional(),
  state: JsonObject.optional().describe("Of `player` and `custom` sessions: what they begin with."),
  metadata: JsonObject.optional(),
  maxPlayers: MaxPlayers.optional(),
  private: z
    .boolean()
    .optional()
    .describe(
      "In nobody else's list, and by these routes nobody else's to see. Whoever is told its id may join its room.",
    ),
  campaignId: z.uuid().optional(),
  seed: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe("Services and admins only; the session is unranked then."),
});

const Edit = z.strictObject({
  metadata: JsonObject.optional(),
  mode: Name.optional(),
  maxPlayers: MaxPlayers.optional(),
});

export interface SessionWritesParts {
  readonly commands: SessionCommands;
  readonly reads: SessionReads;
  readonly quota: Quota;
  /** Where a session goes that is wanted somewhere: a region that is served. */
  readonly placeIn: (wish: { region?: string | undefined; latencies?: Record<string, number> | undefined }) => string;
  /** Sees to it that a session that was made here comes up in its region. */
  readonly place: (sessionId: string) => Promise<void>;
}

/** Creating, changing, pausing and ending sessions. */
export function sessionWritesEndpoints({
  commands,
  reads,
  quota,
  placeIn,
  place,
}: SessionWritesParts): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions", id: "createSession", tag: TAG, access: "account" },
      summary: "Create a session",
      body: NewSession,
      idempotent: true,
      answers: {
        201: {
          description: "The new session.",
          body: Session,
          headers: { Location: "Where the session is.", ETag: "Its version." },
        },
      },
      errors: ["session_quota", "campaign_not_found", "forbidden"],
      examples: { body: { type: "custom", state: { round: 1 }, metadata: { title: "A first game" } } },
      async handle({ body, principal, requestId, effectId }) {
        if (!principal!.roles.includes("service")) await quota(principal!.accountId);
        const { latencies, ...wish } = body;
        const region = placeIn({ region: wish.region, latencies });
        const created = await commands.create(callerOf(principal, requestId), { ...wish, region }, effectId);
        const headers = { Location: `/v1/sessions/${created.sessionId}` };
        const answer = await changedAnswer(reads, principal, created);
        await place(created.sessionId);
        return { ...answer, status: 201, headers };
      },
    }),

    defineEndpoint({
      ...{ method: "put", path: "/v1/sessions/{id}", id: "editSession", tag: TAG, access: "account" },
      summary: "Change metadata, mode or the number of players",
      params: SessionParams,
      body: Edit,
      ifMatch: "optional",
      answers: CHANGED,
      errors: ["session_not_found", "forbidden", "version_conflict", "session_ended"],
      examples: { params: { id: SOME_ID }, body: { metadata: { title: "The second evening" } } },
      async handle({ params, body, principal, requestId, ifMatch }) {
        return changedAnswer(
          reads,
          principal,
          await commands.edit(callerOf(principal, requestId), params.id, body, ifMatch),
        );
      },
    }),

    defineEndpoint({
      ...{ method: "delete", path: "/v1/sessions/{id}", id: "endSession", tag: TAG, access: "account" },
      summary: "End a session",
      description: "Ending it again changes nothing.",
      params: SessionParams,
      ifMatch: "optional",
      answers: CHANGED,
      errors: ["session_not_found", "forbidden", "version_conflict"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId, ifMatch }) {
        return changedAnswer(reads, principal, await commands.end(callerOf(principal, requestId), params.id, ifMatch));
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/pause", id: "pauseSession", tag: TAG, access: "account" },
      summary: "Pause a session",
      description: "Seats are held, timers stand still, actions are refused as `session_paused`.",
      params: SessionParams,
      ifMatch: "optional",
      answers: CHANGED,
      errors: ["session_not_found", "forbidden", "version_conflict", "invalid_transition", "session_ended"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId, ifMatch }) {
        return changedAnswer(
          reads,
          principal,
          await commands.pause(callerOf(principal, requestId), params.id, ifMatch),
        );
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/sessions/{id}/resume", id: "resumeSession", tag: TAG, access: "account" },
      summary: "Resume a paused session",
      params: SessionParams,
      ifMatch: "optional",
      answers: CHANGED,
      errors: ["session_not_found", "forbidden", "version_conflict", "invalid_transition", "session_ended"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal, requestId, ifMatch }) {
        return changedAnswer(
          reads,
          principal,
          await commands.resume(callerOf(principal, requestId), params.id, ifMatch),
        );
      },
    }),
  ];
}
