import { z } from "zod";
import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import { callerOf, changedAnswer } from "../sessions/changed-answer.ts";
import { type SessionAccess, withinReach } from "../sessions/session-access.ts";
import type { SessionCommands } from "../sessions/session-commands.ts";
import type { Quota } from "../sessions/session-quota.ts";
import type { SessionReads } from "../sessions/session-reads.ts";
import { Limit, page, Session, SessionId, SessionParams, SOME_ID, Status } from "../sessions/session-shapes.ts";
import { ACTING } from "../sessions/session-state.routes.ts";
import { Mode, NewFight, openingOf } from "./new-fight.ts";

const TAG = "Combat";
const TYPE = "combat";
/** What the rules begin with when nobody asks for another. */
const DEFAULT_MODE = "pve";
const NONE = { items: [], nextCursor: null };
/** The state differs by viewer, so a shared cache must not keep it under the version alone. */
const HEADERS = { Vary: "Authorization", "Cache-Control": "private, no-cache" };

const ListQuery = z.strictObject({
  status: Status.optional(),
  mode: Mode.optional(),
  campaignId: z.uuid().optional(),
  limit: Limit,
  cursor: SessionId.optional(),
});

const FightState = z
  .strictObject({
    sessionId: SessionId,
    version: z.int(),
    seq: z.int().describe("Position in the journal."),
    epoch: z.int(),
    status: Status,
    state: z.unknown().describe("The fight as the caller may see it."),
  })
  .meta({ id: "FightState" });

export interface CombatParts {
  readonly commands: SessionCommands;
  readonly reads: SessionReads;
  readonly access: SessionAccess;
  readonly quota: Quota;
  /** Where a session goes that is wanted somewhere: a region that is served. */
  readonly placeIn: (wish: { region?: string | undefined; latencies?: Record<string, number> | undefined }) => string;
  /** Sees to it that a session that was made here comes up in its region. */
  readonly place: (sessionId: string) => Promise<void>;
}

/** Fights as a resource of their own. They are sessions of the type `combat`, and every other route of sessions is theirs too. */
export function combatEndpoints({
  commands,
  reads,
  access,
  quota,
  placeIn,
  place,
}: CombatParts): readonly AnyEndpoint[] {
  async function assertFight(id: string, principal: Principal): Promise<void> {
    const { type } = await access.visible(id, principal);
    if (type !== TYPE) throw refusal("session_not_found");
  }

  return [
    defineEndpoint({
      ...{ method: "post", path: "/v1/combat/sessions", id: "createFight", tag: TAG, access: "play" },
      summary: "Create a fight",
      description:
        "The caller hosts it and has a seat from the beginning, the game master's unless `role` says otherwise. What the rules refuse is 409 with their code, and nothing is made then.",
      body: NewFight,
      idempotent: true,
      answers: {
        201: {
          description: "The new fight.",
          body: Session,
          headers: { Location: "Where the session is.", ETag: "Its version." },
        },
      },
      errors: ["session_quota", "campaign_not_found", "forbidden"],
      examples: {
        body: {
          ...{ mode: "pve", map: "toll_bridge", rules: { turnSeconds: 60 } },
          party: [{ creature: "bridge_warden", seat: 0 }],
          foes: [{ creature: "ditch_gnasher" }, { creature: "ditch_gnasher", hidden: true }],
          autopilot: [1],
        },
      },
      async handle({ body, principal, requestId, effectId }) {
        await quota(principal!.accountId);
        const {
          mode = DEFAULT_MODE,
          region: wanted,
          latencies,
          metadata,
          maxPlayers,
          private: hidden,
          campaignId,
          seed,
        } = body;
        const region = placeIn({ region: wanted, latencies });
        const wish = { type: TYPE, mode, region, metadata, maxPlayers, private: hidden, campaignId, seed };
        const caller = callerOf(principal, requestId);
        const created = await commands.create(caller, wish, effectId, openingOf(body));
        const answer = await changedAnswer(reads, principal, created);
        await place(created.sessionId);
        return { ...answer, status: 201, headers: { Location: `/v1/sessions/${created.sessionId}` } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/combat/sessions", id: "listFights", tag: TAG, access: "account" },
      summary: "List fights",
      description: "Newest first, without their states. Filters add up.",
      query: ListQuery,
      answers: { 200: { description: "A page of fights.", body: page(Session) } },
      examples: { query: { status: "active", mode: "pve", limit: 10 } },
      async handle({ query: { limit, cursor, ...filter }, principal }) {
        const allowed = withinReach({ ...filter, type: TYPE }, principal!);
        return { status: 200, body: allowed ? await reads.list(allowed, principal!, limit, cursor) : NONE };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/combat/sessions/{id}/actions", id: "actInFight", tag: TAG, access: "account" },
      summary: "Act in a fight",
      description: "By the same door as from a socket. A rule's no is 409 with its own code.",
      params: SessionParams,
      ...ACTING,
      examples: { params: { id: SOME_ID }, body: { id: SOME_ID, type: "endTurn", data: {} } },
      async handle({ params: { id }, body, principal, requestId }) {
        await assertFight(id, principal!);
        const { seq, version, events } = await commands.act(callerOf(principal, requestId), id, body);
        return { status: 200, version, body: { seq, version, events } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/combat/sessions/{id}/state", id: "getFightState", tag: TAG, access: "account" },
      summary: "Read the state of a fight",
      description: "As the caller may see it: whoever is hidden from the caller is not there at all.",
      params: SessionParams,
      answers: {
        200: { description: "The state.", body: FightState, headers: { ETag: "The version." } },
        304: { description: "It is still at the version that If-None-Match names." },
      },
      errors: ["session_not_found", "unavailable"],
      examples: { params: { id: SOME_ID } },
      async handle({ params: { id }, principal, noneMatch }) {
        await assertFight(id, principal!);
        const { text, version } = await reads.get(id, principal!);
        if (noneMatch(version)) return { status: 304, version, headers: HEADERS };
        const { seq, epoch, status, state } = JSON.parse(text) as z.infer<typeof FightState>;
        return { status: 200, version, headers: HEADERS, body: { sessionId: id, version, seq, epoch, status, state } };
      },
    }),
  ];
}
