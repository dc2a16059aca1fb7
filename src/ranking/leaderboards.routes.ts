import { z } from "zod";
import { may } from "../accounts/roles.rules.ts";
import type { Principal } from "../accounts/tokens.ts";
import { refusal } from "../errors.ts";
import { type AnyEndpoint, defineEndpoint } from "../http/endpoint.ts";
import type { Boards } from "./boards.ts";
import { SCORE_MAX } from "./figures.rules.ts";

const TAG = "Ranking";
const ID = z.strictObject({ id: z.string().min(1).max(64) });
const EXAMPLE_ID = { id: "arena-default-rating" };

const Season = z
  .strictObject({
    number: z.int().min(1),
    startedAt: z.iso.datetime(),
    endsAt: z.iso.datetime().nullable().describe("Null: it does not end."),
  })
  .meta({ id: "Season" });

const Leaderboard = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    sort: z.enum(["asc", "desc"]).describe("Which scores are first: the lowest, or the highest."),
    operator: z
      .enum(["best", "set", "incr", "decr"])
      .describe("What a submission does: keep the better score, replace it, add to it, or take from it."),
    ladder: z.string().nullable().describe("The matches it is fed by; null: by services."),
    season: Season,
  })
  .meta({ id: "Leaderboard" });

const Record = z
  .strictObject({
    rank: z.int().min(0).describe("From 1; 0 while the leaderboard is loading and the rank is not known."),
    playerId: z.string(),
    name: z.string(),
    score: z.int(),
    achievedAt: z.iso
      .datetime()
      .describe("When the score was reached first: of equal scores the earlier one is ahead."),
  })
  .meta({ id: "LeaderboardRecord" });

const Submission = z
  .strictObject({
    playerId: z.string().min(1).max(64).optional().describe("Services only."),
    score: z.int().min(-SCORE_MAX).max(SCORE_MAX).optional().describe("Services only."),
    matchId: z
      .uuid()
      .optional()
      .describe("A match of the caller's that was rated: the score is the one of its result."),
  })
  .refine(
    ({ playerId, score, matchId }) =>
      matchId === undefined
        ? playerId !== undefined && score !== undefined
        : playerId === undefined && score === undefined,
    "either `playerId` and `score`, or `matchId`",
  );

/** Leaderboards, their records and their seasons. */
export function leaderboardsEndpoints({ boards }: { boards: Boards }): readonly AnyEndpoint[] {
  return [
    defineEndpoint({
      ...{ method: "get", path: "/v1/leaderboards", id: "listLeaderboards", tag: TAG, access: "account" },
      summary: "List the leaderboards",
      answers: {
        200: {
          description: "All of them.",
          body: z.strictObject({ items: z.array(Leaderboard), nextCursor: z.null() }),
        },
      },
      async handle() {
        return { status: 200, body: { items: await boards.list(), nextCursor: null } };
      },
    }),

    defineEndpoint({
      ...{ method: "get", path: "/v1/leaderboards/{id}/records", id: "listRecords", tag: TAG, access: "account" },
      summary: "List the records of a leaderboard",
      description:
        "By rank. The cursor names a score, not a rank: whoever stands still is neither skipped nor shown twice while others move.",
      params: ID,
      query: z.strictObject({
        around: z.literal("me").optional().describe("The page with the caller in its middle; empty without a record."),
        limit: z.coerce.number().int().min(1).max(100).default(20),
        cursor: z.string().max(200).optional().describe("The `nextCursor` of the page before."),
        season: z.coerce.number().int().min(1).optional().describe("Without it the one that is open."),
      }),
      answers: {
        200: {
          description: "A part of the leaderboard.",
          body: z.strictObject({
            items: z.array(Record),
            nextCursor: z.string().nullable(),
            season: Season,
            total: z.int().min(0),
          }),
        },
      },
      errors: ["leaderboard_not_found", "season_not_found", "leaderboard_loading"],
      examples: { params: EXAMPLE_ID, query: { limit: 10, cursor: "1~0~0~0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" } },
      async handle({ params: { id }, query: { around, ...wish }, principal }) {
        const body = await boards.page(id, { ...wish, ...(around ? { around: principal!.accountId } : {}) });
        return { status: 200, body };
      },
    }),

    defineEndpoint({
      ...{ method: "post", path: "/v1/leaderboards/{id}/records", id: "submitRecord", tag: TAG, access: "account" },
      summary: "Submit a score",
      description:
        "Services submit scores of players. Players name a match of theirs that was rated, and are told what it has brought " +
        "them: their scores come from verified results alone.",
      params: ID,
      body: Submission,
      idempotent: true,
      answers: { 201: { description: "What the player has now.", body: Record } },
      errors: ["leaderboard_not_found", "leaderboard_fed_by_matches", "match_not_found"],
      examples: {
        params: EXAMPLE_ID,
        body: { matchId: "0199a1b2-c3d4-7e5f-8a6b-7c8d9e0f1a2b" },
      },
      async handle({ params: { id }, body: { playerId, score, matchId }, principal, effectId }) {
        if (matchId !== undefined)
          return { status: 201, body: await boards.ofMatch(id, principal!.accountId, matchId) };
        refuseOthers(principal!, boards.gameOf(id));
        return { status: 201, body: await boards.submit(id, playerId!, score!, effectId) };
      },
    }),
  ];
}

function refuseOthers({ roles, gameId }: Principal, boardsGame: string | null): void {
  const isOfGame = gameId === undefined || gameId === boardsGame;
  if (!may(roles, "leaderboards.submit") || !isOfGame) throw refusal("forbidden");
}
