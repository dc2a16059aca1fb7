import type { Draft } from "../journal/game.ts";
import { FULL_HP } from "./fighters.rules.ts";
import type { ArenaMap, PickupSpot } from "./maps.rules.ts";
import { type ArenaWorld, type Fighter, HZ } from "./world.rules.ts";

export const MEDKIT_HP = 40;
export const RAPID_TICKS = 8 * HZ;
export const BACK_AFTER = { medkit: 15 * HZ, rapid: 20 * HZ } as const;
/** How near a body's centre must come to a spot to take what lies there. */
export const REACH = 614;

/** Everything lies where it belongs. */
export function layOut(map: ArenaMap): number[] {
  return map.pickups.map(() => 0);
}

/** Brings back what is due, and hands what lies within reach to the lowest seat that has a use for it. */
export function pickUp(world: ArenaWorld, map: ArenaMap, facts: Draft[]): void {
  for (let spot = 0; spot < map.pickups.length; spot++) {
    if (world.pickups[spot]! > 0) world.pickups[spot]! -= 1;
    if (world.pickups[spot]! > 0) continue;
    const place = map.pickups[spot]!;
    const taker = world.fighters.find((fighter) => wants(fighter, place) && reaches(fighter, place));
    if (!taker) continue;
    take(taker, place);
    world.pickups[spot] = BACK_AFTER[place.kind];
    facts.push({ type: "pickup", data: { seat: taker.seat, spot, kind: place.kind } });
  }
}

function wants({ hp }: Fighter, { kind }: PickupSpot): boolean {
  return hp > 0 && (kind === "rapid" || hp < FULL_HP);
}

function reaches({ x, y }: Fighter, spot: PickupSpot): boolean {
  return (x - spot.x) ** 2 + (y - spot.y) ** 2 <= REACH * REACH;
}

function take(fighter: Fighter, { kind }: PickupSpot): void {
  if (kind === "rapid") fighter.rapid = RAPID_TICKS;
  else fighter.hp = Math.min(FULL_HP, fighter.hp + MEDKIT_HP);
}
