import { z } from "zod";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { RankedPlayers } from "./players.ts";

const TAG = "Ranking";
const EXAMPLE_ID = { id: "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" };
const ID = z.strictObject({ id: z.string().min(1).max(64) });

const Micro = z.int().describe("In 1e-6 rating points.");
const Skill = z.strictObject({ mu: Micro, sigma: Micro.describe("The uncertainty, in 1e-6 rating points.") });

const Point = Skill.extend({ matchId: z.uuid(), at: z.iso.datetime(), rating: Micro });

const Rating = Skill.extend({
  ladder: z.string(),
  gameId: z.string(),
  mode: z.string(),
  season: z.int().min(1),
  rating: Micro.describe("What it is worth for sure: `mu - 3 sigma`. Leaderboards rank by this."),
  isProvisional: z.boolean().describe("True while there are too few matches to go by."),
  games: z.int().describe("Of the season that is open, as all that follow."),
  wins: z.int(),
  draws: z.int(),
  losses: z.int(),
  abandoned: z.int().describe("Matches left before they ended, each a loss."),
  history: z.array(Point).optional().describe("After each of the last matches, oldest first."),
}).meta({ id: "Rating", description: "What a player is rated at in one mode of a game." });

export const Match = z
  .strictObject({
    id: z.uuid().describe("The session's."),
    ladder: z.string(),
    gameId: z.string(),
    mode: z.string(),
    season: z.int().min(1),
    region: z.string(),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    reason: z.string(),
    players: z.array(
      z.strictObject({
        playerId: z.string(),
        name: z.string(),
        side: z.int().describe("Who has the same number played together."),
        rank: z.int().min(0).describe("0 is first."),
        outcome: z.enum(["win", "draw", "loss"]),
        score: z.number().nullable(),
        abandoned: z.boolean(),
        before: Skill,
        after: Skill,
      }),
    ),
    reversal: z
      .strictObject({
        status: z.enum(["running", "done"]),
        done: z.int().describe("Later matches looked at."),
        total: z.int(),
      })
      .nullable()
      .describe("Set once the match is taken back."),
  })
  .meta({ id: "Match", description: "A match that was rated." });

/** What players have played, and what they are rated at. */
export function rankedPlayersEndpoints({ players }: { players: RankedPlayers }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/players/{id}/rating", id: "getPlayerRating", tag: TAG, access: "account" },
      summary: "What a player is rated at",
      params: ID,
      query: z.strictObject({
        history: z.coerce.number().int().min(0).max(100).default(0).describe("So many of the last matches, as points."),
      }),
      answers: { 200: { description: "By game and mode.", body: z.strictObject({ items: z.array(Rating) }) } },
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID, query: { history: 20 } },
      async handle({ params: { id }, query: { history } }) {
        return { status: 200, body: { items: await players.ratings(id, history) } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/players/{id}/matches", id: "listPlayerMatches", tag: TAG, access: "account" },
      summary: "List a player's matches",
      params: ID,
      query: z.strictObject({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: z.uuid().optional().describe("The `nextCursor` of the page before."),
      }),
      answers: {
        200: {
          description: "Newest first.",
          body: z.strictObject({ items: z.array(Match), nextCursor: z.string().nullable() }),
        },
      },
      errors: ["not_found"],
      examples: { params: EXAMPLE_ID, query: { limit: 10 } },
      async handle({ params: { id }, query: { limit, cursor } }) {
        return { status: 200, body: await players.history(id, limit, cursor) };
      },
    }),
  ];
}
