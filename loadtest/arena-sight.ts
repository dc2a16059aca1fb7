import type { ArenaState } from "../schema/arena.ts";
import type { Sight } from "./arena-brain.ts";

/** The seat of the client that this state was sent to: the one whose health it may see. */
export function ownSeat({ players }: ArenaState): number | undefined {
  // A field that the server keeps from a viewer is not there at all, whatever its type says.
  for (const { hp, seat } of players?.values() ?? []) if (hp !== undefined) return seat;
  return undefined;
}

/** What a bot at this seat sees; undefined when nobody sits there. */
export function sightOf({ tick, map, players, pickups }: ArenaState, seat: number): Sight | undefined {
  const me = players.get(String(seat));
  if (!me) return undefined;
  const others = [...players.values()].filter((other) => other !== me);
  return { tick, map, me, others, pickups };
}
