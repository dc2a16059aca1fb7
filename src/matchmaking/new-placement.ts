import type { Match, QueueRules } from "./matchmaking-types.rules.ts";
import type { PlacementDocument } from "./placement.store.ts";
import type { TicketDocument } from "./tickets.store.ts";

/** How long a session may take to come up before its players are given back. */
const PLACE_MS = 30_000;
/** Matches are kept for those who ask what was foreseen. */
const KEPT_MS = 7 * 24 * 3600_000;

/** What a decision comes to: a match, or newcomers for a session that plays. */
export interface Wanted extends Pick<Match, "queue" | "teams" | "region"> {
  readonly sessionId?: string;
  readonly quality?: number;
  readonly winProbability?: readonly number[];
}

/** A match at the beginning of its way; `found` are its tickets, `now` is in ms. */
export function newPlacement(
  id: string,
  wanted: Wanted,
  { found, rules, now }: { found: readonly TicketDocument[]; rules: QueueRules; now: number },
): PlacementDocument {
  const { acceptance } = rules;
  const byId = new Map(found.map((ticket) => [ticket._id, ticket]));
  const players = wanted.teams.flatMap((team, at) =>
    team.flatMap((ticketId) => byId.get(ticketId)!.players.map((player) => ({ ...player, ticketId, team: at }))),
  );
  return {
    ...{ _id: id, queue: wanted.queue, sessionId: wanted.sessionId ?? id, stage: "claiming", players, at: now },
    ...{ region: wanted.region, quality: wanted.quality ?? null, winProbability: wanted.winProbability ?? [] },
    ...{ accepted: [], declined: [], acceptBy: acceptance ? now + acceptance.seconds * 1000 : null },
    ...{ placeBy: now + PLACE_MS + (acceptance?.seconds ?? 0) * 1000, arriveBy: null },
    ...{ cause: null, blamed: [], openUntil: 0, expiresAt: new Date(now + KEPT_MS) },
  };
}
