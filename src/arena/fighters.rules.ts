import type { ArenaMap, Spot } from "./maps.rules.ts";
import { walk } from "./movement.rules.ts";
import { emptyTrail, forget } from "./trail.rules.ts";
import { type ArenaWorld, type Fighter, type FighterInput, HZ } from "./world.rules.ts";

export const FULL_HP = 100;
export const RESPAWN_TICKS = 2 * HZ;
export const SHIELD_TICKS = 1.5 * HZ;
/** After so long without any button or change of aim a player is away. */
export const AWAY_TICKS = 15 * HZ;

/** A player who has just sat down: out of play until spawned. */
export function newFighter(seat: number): Fighter {
  return {
    ...{ seat, x: 0, y: 0, aim: 0, hp: 0, respawn: 0, shield: 0, rapid: 0, cooldown: 0 },
    ...{ idle: 0, away: false, score: 0, deaths: 0, trail: emptyTrail() },
  };
}

/** Into play, as far from every living enemy as the map allows. */
export function spawn(world: ArenaWorld, fighter: Fighter, map: ArenaMap): void {
  const { x, y } = safestSpot(world, fighter, map);
  // `idle` goes on: else somebody who left the keyboard and is shot again and again would never be away.
  const fresh = { x, y, hp: FULL_HP, respawn: 0, shield: SHIELD_TICKS, rapid: 0, cooldown: 0, away: false };
  Object.assign(fighter, fresh);
  forget(fighter);
}

/** One tick of a fighter's life, all but shooting. */
export function advance(world: ArenaWorld, fighter: Fighter, input: FighterInput | undefined, map: ArenaMap): void {
  fighter.shield = countDown(fighter.shield);
  fighter.rapid = countDown(fighter.rapid);
  fighter.cooldown = countDown(fighter.cooldown);
  const active = input !== undefined && (input.buttons !== 0 || input.aim !== fighter.aim);
  fighter.idle = active ? 0 : Math.min(fighter.idle + 1, AWAY_TICKS);
  if (input) fighter.aim = input.aim;
  if (fighter.hp > 0 && input) walk(fighter, input.buttons, map);
  else if (fighter.respawn > 0) awaitRespawn(world, fighter, map);
  else if (fighter.away && active) spawn(world, fighter, map);
  if (fighter.idle === AWAY_TICKS && !fighter.away) goAway(fighter);
}

/** Takes the damage; true when it was the end. */
export function hurt(fighter: Fighter, damage: number): boolean {
  fighter.hp = Math.max(0, fighter.hp - damage);
  if (fighter.hp > 0) return false;
  fighter.respawn = RESPAWN_TICKS;
  fighter.rapid = 0;
  fighter.deaths += 1;
  return true;
}

function awaitRespawn(world: ArenaWorld, fighter: Fighter, map: ArenaMap): void {
  fighter.respawn -= 1;
  if (fighter.respawn === 0) spawn(world, fighter, map);
}

function goAway(fighter: Fighter): void {
  Object.assign(fighter, { away: true, hp: 0, respawn: 0, shield: 0, rapid: 0 });
}

/** A body is so much smaller than the way between two spots that the farthest one is also free. */
function safestSpot(world: ArenaWorld, fighter: Fighter, map: ArenaMap): Spot {
  let safest = map.spawns[0]!;
  let farthest = -1;
  for (const spot of map.spawns) {
    const distance = nearestEnemy(world, fighter, spot);
    if (distance <= farthest) continue;
    farthest = distance;
    safest = spot;
  }
  return safest;
}

/** Squared distance to the nearest living enemy. */
function nearestEnemy(world: ArenaWorld, fighter: Fighter, spot: Spot): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const other of world.fighters) {
    if (other.seat === fighter.seat || other.hp === 0) continue;
    nearest = Math.min(nearest, (other.x - spot.x) ** 2 + (other.y - spot.y) ** 2);
  }
  return nearest;
}

function countDown(ticks: number): number {
  return ticks > 0 ? ticks - 1 : 0;
}
