import { z } from "zod";
import type { QueueRules } from "./matchmaking-types.rules.ts";
import { MATCH_PLAYERS_MAX } from "./quality.rules.ts";

const QUEUES_MAX = 64;
const OPENING_MAX = 8;
const HOUR_SECONDS = 3600;

const Name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, "must be 1 to 32 of a-z, 0-9, - and _");
const Points = z.number().min(0).max(1000);
const Milliseconds = z.number().min(0).max(10_000);
const Count = z.int().min(1).max(MATCH_PLAYERS_MAX);

/** The game itself checks them when the match is made. */
const Opening = z.strictObject({ type: z.string().min(1).max(64), data: z.record(z.string(), z.json()) });

const Queue = z.strictObject({
  id: Name,
  type: Name,
  mode: Name,
  opening: z.array(Opening).max(OPENING_MAX).optional(),
  gameId: z.string().min(1).max(64).optional(),
  teams: Count,
  teamSize: Count,
  minPlayers: Count.optional(),
  partialAfterSeconds: z.number().min(0).max(HOUR_SECONDS).optional(),
  rating: z.strictObject({ start: Points, perSecond: Points, max: Points }),
  latency: z.strictObject({ startMs: Milliseconds, perSecond: Milliseconds, maxMs: Milliseconds }),
  regions: z.union([z.literal("any"), z.array(z.string().min(1).max(32)).min(1).max(32)]),
  party: z.strictObject({ maxSize: Count, mayBeSplit: z.literal(false) }),
  roles: z.record(Name, Count).optional(),
  acceptance: z.strictObject({ seconds: z.int().min(1).max(600) }).nullable(),
  backfill: z.boolean(),
  timeoutSeconds: z.int().min(1).max(HOUR_SECONDS),
});

/** A game that queues may make sessions of. */
export interface QueuedGame {
  readonly type: string;
  readonly seats: { readonly min: number; readonly max: number };
}

/** A queue's data are wrong. The message names the queue and what is wrong with it. */
export class QueueError extends Error {}

/**
 * Queues by id, from data.
 *
 * @throws QueueError with every fault, one a line
 */
export function readQueues(data: unknown, games: readonly QueuedGame[]): ReadonlyMap<string, QueueRules> {
  const parsed = z.array(Queue).max(QUEUES_MAX).safeParse(data);
  if (!parsed.success) throw new QueueError(parsed.error.issues.map((issue) => shapeFault(data, issue)).join("\n"));
  const queues = parsed.data;
  const faults = queues.flatMap((queue) => faultsOf(queue, games).map((fault) => `queue ${queue.id}: ${fault}`));
  const twice = queues.filter(({ id }, at) => queues.findIndex((other) => other.id === id) < at);
  faults.push(...twice.map(({ id }) => `queue ${id}: there are two of it`));
  if (faults.length > 0) throw new QueueError(faults.join("\n"));
  return new Map(queues.map((queue) => [queue.id, queue]));
}

function shapeFault(data: unknown, { path, message }: { path: PropertyKey[]; message: string }): string {
  const [at, ...rest] = path;
  const id = at === undefined ? undefined : (data as { id?: unknown }[])[Number(at)]?.id;
  const queue = typeof id === "string" ? `queue ${id}` : `queue ${String(at ?? "list")}`;
  return `${queue}: ${rest.length > 0 ? `${rest.map(String).join(".")}: ` : ""}${message}`;
}

/** What is wrong between fields that are each right. */
function faultsOf(queue: QueueRules, games: readonly QueuedGame[]): string[] {
  const { type, teams, teamSize, minPlayers, partialAfterSeconds, rating, latency, party, roles } = queue;
  const full = teams * teamSize;
  const fewest = minPlayers ?? full;
  const game = games.find((known) => known.type === type);
  const checks: readonly (readonly [boolean, string])[] = [
    [full <= MATCH_PLAYERS_MAX, `teams * teamSize: at most ${MATCH_PLAYERS_MAX} players`],
    [full > 1, "teams * teamSize: a match has at least 2 players"],
    [game !== undefined, `type: there is no game ${type}`],
    [game === undefined || full <= game.seats.max, `teams * teamSize: the game seats at most ${game?.seats.max}`],
    [game === undefined || fewest >= game.seats.min, `minPlayers: the game needs at least ${game?.seats.min}`],
    [fewest <= full, "minPlayers: more than a full match has"],
    [minPlayers === undefined || teams === 1 || teamSize === 1, "minPlayers: only for teams of one, or one team"],
    [teams === 1 || fewest > 1, "minPlayers: at least 2, unless there is one team"],
    [(minPlayers === undefined) === (partialAfterSeconds === undefined), "minPlayers: goes with partialAfterSeconds"],
    [
      partialAfterSeconds === undefined || partialAfterSeconds < queue.timeoutSeconds,
      "partialAfterSeconds: the ticket has timed out by then",
    ],
    [rating.start <= rating.max, "rating.start: over rating.max"],
    [latency.startMs <= latency.maxMs, "latency.startMs: over latency.maxMs"],
    [party.maxSize <= teamSize, "party.maxSize: a party plays in one team"],
    [roles === undefined || sum(Object.values(roles)) >= teamSize, "roles: too few for a team"],
  ];
  return checks.flatMap(([holds, fault]) => (holds ? [] : [fault]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
