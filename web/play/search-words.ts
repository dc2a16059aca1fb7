import type { Explanation, Nearby } from "../../src/matchmaking/matchmaking-types.rules.ts";
import type { TicketView } from "../../src/matchmaking/ticket-view.ts";
import { spanInWords } from "./queue-words.ts";

type Status = TicketView["status"];

const WAITING: ReadonlySet<Status> = new Set<Status>(["queued", "searching"]);

/** True while the matchmaker looks for opponents. */
export function isWaiting({ status }: Pick<TicketView, "status">): boolean {
  return WAITING.has(status);
}

const STATUS: Readonly<Record<Status, string>> = {
  queued: "Looking for a match",
  searching: "Looking for a match",
  requires_acceptance: "Match found",
  placing: "Preparing the match",
  completed: "The match is ready",
  failed: "No match",
  cancelled: "Cancelled",
  timed_out: "No match",
};

export function statusInWords({ status }: Pick<TicketView, "status">): string {
  return STATUS[status];
}

const ENDS: Readonly<Record<string, string>> = {
  declined: "You declined the match.",
  interrupted: "The match could not be prepared. Search again.",
  matched_elsewhere: "You found a match in another queue.",
  no_show: "You did not come to your match.",
  nobody_found: "Nobody who fits was found in time. Search again, or try another queue.",
  not_accepted: "You did not accept the match in time.",
  player_left: "You were away for too long, so the search ended.",
  party_changed: "Your party changed, so the search ended.",
  queue_changed: "This queue has new rules. Search again.",
};

/** Why a search came to nothing; null when whoever reads it did it on purpose. */
export function endInWords({ status, reason = "" }: Pick<TicketView, "status" | "reason">): string | null {
  if (reason === "cancelled_by_player") return null;
  return (
    ENDS[reason] ?? (status === "cancelled" ? "The search was cancelled." : "The search came to nothing. Try again.")
  );
}

/** As on a clock: `1:07`. @param ms below zero counts as zero */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** What somebody who waits may expect. */
export function estimateInWords(estimate: number | null, waitedMs: number): string {
  if (estimate === null) return "Nobody was matched here lately, so there is no estimate.";
  if (waitedMs > estimate * 1000) return `Lately it took ${spanInWords(estimate)}; today it takes longer.`;
  return `Lately it took ${spanInWords(estimate)}.`;
}

/** How far apart a match may be now, and in a moment. */
export function windowInWords({ window, nextWidening }: Pick<Explanation, "window" | "nextWidening">): string {
  const now = `Opponents within ${points(window.rating)} rating points, servers within ${Math.floor(window.latencyMs)} ms.`;
  if (!nextWidening) return `${now} That is as wide as it gets.`;
  return `${now} Both widen while you wait.`;
}

const BLOCKED: Readonly<Record<NonNullable<Nearby["blocked"]>, string>> = {
  rating: "outside your window",
  their_rating: "outside theirs",
  latency: "too far from your servers",
  size: "too many for one match",
  role: "wants the same role",
};

/** Somebody near, who stays nameless. */
export function nearbyInWords({ distance, players, blocked, openInSeconds }: Nearby): string {
  const who = players === 1 ? "" : `party of ${players}, `;
  const why = blocked === null ? "fits" : BLOCKED[blocked];
  const until = blocked !== null && openInSeconds !== null ? ` for ${spanInWords(openInSeconds)}` : "";
  return `${who}${points(distance)} points away: ${why}${until}`;
}

/** @param rating in rating points */
function points(rating: number): string {
  return rating.toFixed(1);
}
