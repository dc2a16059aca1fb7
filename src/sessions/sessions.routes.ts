import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { type ListSignIns, signInsAsSessions } from "./auth-sessions.ts";
import { withinReach } from "./session-access.ts";
import type { SessionReads } from "./session-reads.ts";
import { Event, Limit, Name, page, Session, SessionId, SessionParams, SOME_ID, Status } from "./session-shapes.ts";

const TAG = "Sessions";
/** The type under which an account's sign-ins are listed. */
const SIGN_INS = "auth";

const ListQuery = z.strictObject({
  type: Name.optional().describe("A game, `player`, `custom`, or `auth` for the caller's own sign-ins."),
  status: Status.optional(),
  gameId: Name.optional(),
  mode: Name.optional(),
  playerId: z.uuid().optional().describe("Somebody with a seat; private sessions are listed for oneself only."),
  campaignId: z.uuid().optional(),
  limit: Limit,
  cursor: SessionId.optional(),
});

/** Query strings know no booleans, and `Boolean("false")` is true. */
const Flag = z
  .enum(["true", "false", "1", "0"])
  .transform((value) => value === "true" || value === "1")
  .optional();

const GetQuery = z.strictObject({
  include_logs: Flag.describe("Adds the newest entries of the journal."),
  include_stats: Flag.describe("Adds figures of the session."),
});

const Seq = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const EventsQuery = z.strictObject({
  after: Seq.optional().describe("Only entries after this seq."),
  cursor: Seq.optional().describe("The `nextCursor` of the page before; the same as `after`."),
  limit: Limit,
});

const NONE = { items: [], nextCursor: null };

/** The state differs by viewer, so a shared cache must not keep it under the version alone. */
const HEADERS = { Vary: "Authorization", "Cache-Control": "private, no-cache" };
const STALE = { Warning: '110 - "Response is Stale"' };

/** Reading sessions. */
export function sessionsEndpoints(parts: { reads: SessionReads; signIns: ListSignIns }): readonly AnyEndpoint[] {
  const { reads, signIns } = parts;
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/sessions", id: "listSessions", tag: TAG, access: "account" },
      summary: "List sessions",
      description: "Newest first, without their states. Filters add up.",
      query: ListQuery,
      answers: { 200: { description: "A page of sessions.", body: page(Session) } },
      examples: { query: { type: "dice", status: "waiting", limit: 10 } },
      async handle({ query: { limit, cursor, ...filter }, principal }) {
        if (filter.type === SIGN_INS) {
          const body = await signInsAsSessions(signIns, principal!, { status: filter.status, limit, cursor });
          return { status: 200, body };
        }
        const allowed = withinReach(filter, principal!);
        return { status: 200, body: allowed ? await reads.list(allowed, principal!, limit, cursor) : NONE };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/sessions/{id}", id: "getSession", tag: TAG, access: "account" },
      summary: "Read a session",
      description:
        "With the state as the caller may see it. While the database does not answer, what was last known is told, and marked by a Warning header.",
      params: SessionParams,
      query: GetQuery,
      answers: {
        200: {
          description: "The session.",
          body: Session,
          headers: { ETag: "The version.", Warning: "110 when the answer may be older than the session." },
        },
        304: { description: "It is still at the version that If-None-Match names." },
      },
      errors: ["session_not_found", "unavailable"],
      examples: { params: { id: SOME_ID }, query: { include_stats: true } },
      async handle({ params, query, principal, noneMatch }) {
        const extras = { logs: query.include_logs, stats: query.include_stats };
        const { text, version, runs, stale } = await reads.get(params.id, principal!, extras);
        const answer = { version, headers: stale ? { ...HEADERS, ...STALE } : HEADERS };
        // Ticks do not count as versions: while the clock of a game runs its state is never the one that was read before.
        if (!runs && noneMatch(version)) return { ...answer, status: 304 };
        return { ...answer, status: 200, text };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/sessions/{id}/events", id: "listSessionEvents", tag: TAG, access: "account" },
      summary: "Read a session's journal",
      params: SessionParams,
      query: EventsQuery,
      answers: { 200: { description: "A page of entries, in order.", body: page(Event) } },
      errors: ["session_not_found"],
      examples: { params: { id: SOME_ID }, query: { after: 0 } },
      async handle({ params, query: { after, cursor, limit }, principal }) {
        return { status: 200, body: await reads.events(params.id, principal!, cursor ?? after ?? 0, limit) };
      },
    }),
  ];
}
