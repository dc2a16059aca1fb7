import type { PlacementStore } from "../matchmaking/placement.store.ts";
import type { RefereeParts } from "./referee.ts";

/** Who the matchmaker placed together, and against whom; also those who joined later. */
export function placedTeams(placements: Pick<PlacementStore, "ofSession">): RefereeParts["teamsOf"] {
  return async (sessionId) => {
    const found = (await placements.ofSession(sessionId)).filter(
      ({ stage }) => stage !== "undoing" && stage !== "undone",
    );
    // A session that others may have made is no match because somebody was sent to it.
    if (!found.some(({ _id }) => _id === sessionId)) return null;
    const players = found.flatMap((placement) => placement.players);
    const teams = [...new Set(players.map(({ team }) => team))].sort((a, b) => a - b);
    return teams.map((own) => players.filter(({ team }) => team === own).map(({ accountId }) => accountId));
  };
}
