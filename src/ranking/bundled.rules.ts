import { type Board, BoardShape, type Ladder, LadderShape, type RankingRules } from "./ranking-types.rules.ts";

/** The first of every third month, at midnight UTC. */
const QUARTERLY = "0 0 1 1,4,7,10 *";

const LADDERS: readonly Ladder[] = [
  ladder("dice", "default", "any"),
  ladder("arena", "default", "any"),
  ladder("arena", "duel", "matched"),
  ladder("arena", "ffa", "matched"),
  ladder("arena", "2v2", "matched"),
  ladder("combat", "duel", "matched"),
];

const BOARDS: readonly Board[] = [
  ...LADDERS.map(ratingBoard),
  {
    ...{ id: "arena-wins", title: "Arena: matches won", gameId: "arena", sort: "desc", operator: "incr" },
    feed: { from: "matches", ladder: "arena:default", metric: "wins" },
  },
  {
    ...{ id: "arena-kills", title: "Arena: most kills in a match", gameId: "arena", sort: "desc", operator: "best" },
    feed: { from: "matches", ladder: "arena:default", metric: "score" },
  },
];

/** What is rated and ranked unless an operator says otherwise. */
export const BUNDLED: RankingRules = { ladders: LADDERS, boards: BOARDS };

/**
 * Rules that fit together.
 *
 * @throws Error that says what does not
 */
export function readRanking(given: unknown): RankingRules {
  const { ladders = [], boards = [] } = given as { ladders?: unknown[]; boards?: unknown[] };
  const rules = {
    ladders: ladders.map((one) => LadderShape.parse(one)),
    boards: boards.map((one) => BoardShape.parse(one)),
  };
  refuseTwice(
    "ladder",
    rules.ladders.map(({ id }) => id),
  );
  refuseTwice(
    "ladder of the same game and mode",
    rules.ladders.map(({ type, gameId, mode }) => `${type} ${gameId} ${mode}`),
  );
  refuseTwice(
    "leaderboard",
    rules.boards.map(({ id }) => id),
  );
  for (const { id, feed, operator } of rules.boards) {
    if (feed.from === "service") continue;
    if (!rules.ladders.some((one) => one.id === feed.ladder))
      throw new Error(`leaderboard ${id}: no ladder ${feed.ladder}`);
    if (feed.metric === "rating" && operator !== "set") throw new Error(`leaderboard ${id}: ratings are set`);
  }
  return rules;
}

function refuseTwice(what: string, ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new Error(`two of the same ${what}: ${twice}`);
}

function ladder(type: string, mode: string, counts: Ladder["counts"]): Ladder {
  return {
    id: `${type}:${mode}`,
    type,
    gameId: type,
    mode,
    counts,
    schedule: QUARTERLY,
    kept: 500_000,
    doubt: 5_000_000,
  };
}

function ratingBoard({ id: ladder, gameId, mode }: Ladder): Board {
  const feed = { from: "matches", ladder, metric: "rating" } as const;
  const title = `${gameId}, ${mode}: rating`;
  return { id: `${gameId}-${mode}-rating`, title, gameId, sort: "desc", operator: "set", feed };
}
