import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import type { QueueStatus } from "./queue-status.store.ts";
import { TICKET_STATUSES } from "./tickets.store.ts";
import type { Tickets } from "./tickets.ts";

const TAG = "Matchmaking";
const SOME_ID = "01900000-0000-7000-8000-000000000000";
/** More than there are regions to measure. */
const LATENCIES_MAX = 32;
/** Nobody is further from anywhere: a packet goes around the world in a tenth of this. */
const LATENCY_MAX_MS = 5000;
const ATTRIBUTES_MAX = 8;
const WAIT_MAX_S = 25;

const Name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/);
const TicketParams = z.strictObject({ id: z.uuid() });

const NewTicket = z.strictObject({
  queue: Name,
  latencies: z
    .record(Name, z.number().min(0).max(LATENCY_MAX_MS))
    .refine((measured) => Object.keys(measured).length <= LATENCIES_MAX, `must be ${LATENCIES_MAX} at most`)
    .optional()
    .describe("Milliseconds from the caller to regions, as it measured them."),
  partyId: z.uuid().optional().describe("For the whole party; its leader queues."),
  attributes: z
    .looseObject({ role: Name.optional() })
    .refine((given) => Object.keys(given).length <= ATTRIBUTES_MAX, `must be ${ATTRIBUTES_MAX} at most`)
    .optional()
    .describe("`role`, for queues with roles. Whatever else is claimed, such as a skill, is ignored."),
});

const Reservation = z.strictObject({
  name: z.string(),
  sessionId: z.string(),
  roomId: z.string(),
  processId: z.string(),
  publicAddress: z.string().optional(),
});

const Ticket = z
  .strictObject({
    id: z.uuid(),
    queue: z.string(),
    status: z.enum(TICKET_STATUSES),
    createdAt: z.iso.datetime(),
    estimatedWaitSeconds: z.number().nullable().describe("Null while nobody has been matched in this queue lately."),
    waitedSeconds: z.int(),
    partyId: z.uuid().optional(),
    players: z.array(z.string()).describe("Accounts."),
    reason: z.string().optional().describe("Why it came to nothing."),
    acceptance: z
      .strictObject({ expiresAt: z.iso.datetime(), players: z.int(), accepted: z.int(), mine: z.boolean() })
      .optional()
      .describe("A match was found: accept it in time."),
    assignment: z
      .strictObject({
        matchId: z.uuid(),
        sessionId: z.uuid(),
        type: z.string(),
        region: z.string(),
        team: z.int(),
        quality: z.number().optional().describe("How even the match is, 0 to 1."),
        winProbability: z.array(z.number()).optional().describe("Of each team."),
        seat: Reservation.optional().describe(
          "For `client.consumeSeatReservation` of the Colyseus SDK, within 15 s; ask again for another one.",
        ),
      })
      .optional(),
  })
  .meta({ id: "Ticket" });

const Window = z.strictObject({ rating: z.number(), latencyMs: z.number() });

const Explanation = z
  .strictObject({
    status: z.enum(TICKET_STATUSES),
    queue: z.string(),
    waitedSeconds: z.number(),
    timeoutInSeconds: z.number(),
    pool: z.strictObject({ tickets: z.int(), players: z.int(), playersNeeded: z.int() }),
    window: Window.describe("How far apart a match may be now."),
    nextWidening: Window.extend({ inSeconds: z.number() }).nullable(),
    regions: z.array(z.string()).describe("Those near enough now."),
    nearest: z.array(
      z.strictObject({
        distance: z.number().describe("Rating points apart."),
        waitedSeconds: z.number(),
        players: z.int(),
        blocked: z.enum(["rating", "their_rating", "latency", "size", "role"]).nullable(),
        openInSeconds: z.number().nullable(),
      }),
    ),
    sentence: z.string(),
  })
  .meta({ id: "TicketExplanation" });

const Queue = z
  .strictObject({
    id: z.string(),
    type: z.string(),
    mode: z.string(),
    teams: z.int(),
    teamSize: z.int(),
    minPlayers: z.int().optional(),
    partyMax: z.int(),
    roles: z.array(z.string()).optional(),
    acceptanceSeconds: z.int().nullable(),
    timeoutSeconds: z.int(),
    tickets: z.int().describe("How many wait, as far as is known."),
    estimatedWaitSeconds: z.number().nullable(),
  })
  .meta({ id: "Queue" });

export interface TicketsRoutesParts {
  readonly tickets: Tickets;
  readonly queues: ReadonlyMap<string, QueueRules>;
  readonly status: (queue: string) => Promise<QueueStatus | null>;
}

/** Asking for a match, and seeing how it goes. */
export function ticketsEndpoints({ tickets, queues, status }: TicketsRoutesParts): readonly AnyEndpoint[] {
  async function shown({ id, type, mode, teams, teamSize, minPlayers, party, roles, acceptance, ...rest }: QueueRules) {
    const said = await status(id);
    return {
      ...{ id, type, mode, teams, teamSize, ...(minPlayers === undefined ? {} : { minPlayers }) },
      ...{ partyMax: party.maxSize, ...(roles ? { roles: Object.keys(roles) } : {}) },
      ...{ acceptanceSeconds: acceptance?.seconds ?? null, timeoutSeconds: rest.timeoutSeconds },
      ...{ tickets: said?.tickets ?? 0, estimatedWaitSeconds: said?.estimatedWaitSeconds ?? null },
    };
  }

  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/matchmaking/queues", id: "listQueues", tag: TAG, access: "account" },
      summary: "List the queues",
      answers: {
        200: { description: "All of them.", body: z.strictObject({ items: z.array(Queue), nextCursor: z.null() }) },
      },
      async handle() {
        return { status: 200, body: { items: await Promise.all([...queues.values()].map(shown)), nextCursor: null } };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/matchmaking/tickets", id: "createTicket", tag: TAG, access: "play" },
      summary: "Ask for a match",
      description: "One ticket for each player and queue. Ratings are the server's own.",
      body: NewTicket,
      idempotent: true,
      limits: [{ by: "account", points: 30, seconds: 60 }],
      answers: { 201: { description: "The ticket.", body: Ticket, headers: { Location: "Where it is." } } },
      errors: [
        ...(["queue_not_found", "ticket_exists", "party_not_found", "party_size"] as const),
        ...(["party_not_ready", "party_changed", "forbidden"] as const),
      ],
      examples: { body: { queue: "arena-duel", latencies: { local: 20 } } },
      async handle({ body: { attributes, ...wish }, principal, effectId }) {
        const ticket = await tickets.create({ ...wish, role: attributes?.role }, principal!, effectId);
        return { status: 201, body: ticket, headers: { Location: `/v1/matchmaking/tickets/${ticket.id}` } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/matchmaking/tickets/{id}", id: "readTicket", tag: TAG, access: "play" },
      summary: "See how a ticket goes",
      description: "With `wait` the answer comes once something has changed, at the latest after so many seconds.",
      params: TicketParams,
      query: z.strictObject({ wait: z.coerce.number().int().min(0).max(WAIT_MAX_S).default(0) }),
      answers: { 200: { description: "The ticket.", body: Ticket } },
      errors: ["ticket_not_found"],
      examples: { params: { id: SOME_ID }, query: { wait: 1 } },
      async handle({ params, query: { wait }, principal }) {
        const asked = wait > 0 ? tickets.wait(params.id, principal!, wait) : tickets.read(params.id, principal!);
        return { status: 200, body: await asked };
      },
    }),

    defineEndpoint({
      ...{ method: "delete", path: "/v1/matchmaking/tickets/{id}", id: "cancelTicket", tag: TAG, access: "play" },
      summary: "Cancel a ticket",
      description: "Done again it changes nothing. Where a match waits to be accepted it declines.",
      params: TicketParams,
      answers: { 200: { description: "The ticket.", body: Ticket } },
      errors: ["ticket_not_found", "ticket_matched", "acceptance_over"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        return { status: 200, body: await tickets.cancel(params.id, principal!) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/matchmaking/tickets/{id}/accept", id: "acceptMatch", tag: TAG, access: "play" },
      summary: "Accept the match that was found",
      params: TicketParams,
      answers: { 200: { description: "The ticket.", body: Ticket } },
      errors: ["ticket_not_found", "acceptance_over"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        return { status: 200, body: await tickets.accept(params.id, principal!) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/matchmaking/tickets/{id}/decline", id: "declineMatch", tag: TAG, access: "play" },
      summary: "Decline the match that was found",
      description: "The ticket is cancelled; those of the others wait on, as long as they did.",
      params: TicketParams,
      answers: { 200: { description: "The ticket.", body: Ticket } },
      errors: ["ticket_not_found", "acceptance_over"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        return { status: 200, body: await tickets.decline(params.id, principal!) };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/matchmaking/tickets/{id}/explain", id: "explainTicket", tag: TAG, access: "play" },
      summary: "Why a ticket still waits",
      description: "Of one that waits no more, what became of it.",
      params: TicketParams,
      answers: { 200: { description: "What is known of the pool around it; names nobody.", body: Explanation } },
      errors: ["ticket_not_found", "queue_not_found"],
      examples: { params: { id: SOME_ID } },
      async handle({ params, principal }) {
        return { status: 200, body: await tickets.explain(params.id, principal!) };
      },
    }),
  ];
}
