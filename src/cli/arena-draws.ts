import { MAPS } from "../arena/maps.rules.ts";
import type { DrawCheck } from "../journal/verify.ts";

/** The arena draws once: its map. */
export function arenaDraws(): DrawCheck {
  return ({ type, data }, draw) => {
    if (type !== "arena.opened") return null;
    return data.map === draw(0, MAPS.length) - 1 ? null : "the map is not what the seed draws";
  };
}
