import { z } from "zod";
import { callerOf } from "../accounts/caller.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { Matches } from "./matches.ts";
import { Match } from "./players.routes.ts";
import type { RankedPlayers } from "./players.ts";

const TAG = "Ranking";
const ID = z.strictObject({ id: z.uuid() });
const EXAMPLE_ID = { id: "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" };

const Row = z
  .record(z.string(), z.unknown())
  .meta({ id: "MatchRow", description: "A match as it is kept: everything that is needed to rate it again." });

/** Single matches: reading, exporting and taking back. */
export function matchesEndpoints(parts: { matches: Matches; players: RankedPlayers }): readonly AnyEndpoint[] {
  const { matches, players } = parts;
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/matches", id: "exportMatches", tag: TAG, access: "matches.export" },
      summary: "Read the matches of a ladder, as they are kept",
      description: "In the order in which they were rated; for training and for checks.",
      query: z.strictObject({
        ladder: z.string().min(1).max(64).default("arena:default"),
        limit: z.coerce.number().int().min(1).max(100).default(100),
        cursor: z.coerce.number().int().min(0).optional().describe("The `nextCursor` of the page before."),
      }),
      answers: {
        200: {
          description: "Oldest first.",
          body: z.strictObject({ items: z.array(Row), nextCursor: z.string().nullable() }),
        },
      },
      examples: { query: { ladder: "arena:default" } },
      async handle({ query: { ladder, limit, cursor = 0 } }) {
        const items = await players.rows(ladder, cursor, limit);
        return { status: 200, body: { items, nextCursor: items.length < limit ? null : String(items.at(-1)!.n) } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/matches/{id}", id: "getMatch", tag: TAG, access: "account" },
      summary: "Read a match that was rated",
      params: ID,
      answers: { 200: { description: "The match.", body: Match } },
      errors: ["match_not_found"],
      examples: { params: EXAMPLE_ID },
      async handle({ params: { id } }) {
        return { status: 200, body: await players.match(id) };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/matches/{id}/reverse", id: "reverseMatch", tag: TAG, access: "matches.reverse" },
      summary: "Take a match back",
      description:
        "Ratings and leaderboards become what they would be without it, also where later matches of the season depended on it. " +
        "That is done in the background; the match tells how far it has come. Twice is as good as once.",
      params: ID,
      body: z.strictObject({ reason: z.string().trim().min(1).max(200) }),
      answers: { 202: { description: "The match, which is being taken back.", body: Match } },
      errors: ["match_not_found", "season_closed"],
      examples: { params: EXAMPLE_ID, body: { reason: "Won by a bot" } },
      async handle(call) {
        await matches.reverse(call.params.id, call.body.reason, callerOf(call));
        return { status: 202, body: await players.match(call.params.id) };
      },
    }),
  ];
}
