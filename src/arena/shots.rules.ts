import { cos, SINE_UNIT, sin } from "./angle.rules.ts";
import { type ArenaMap, isWall, tileOf } from "./maps.rules.ts";
import { BODY } from "./movement.rules.ts";
import { canBeHit, trailSlot } from "./trail.rules.ts";
import { type ArenaWorld, type Fighter, HZ, type Shot, SIXTEENTHS, TILE } from "./world.rules.ts";

export const DAMAGE = 20;
export const COOLDOWN = 8;
export const RAPID_COOLDOWN = 4;
const TILES_PER_SECOND = 18;
/** A shot's speed as a fraction, SPEED / PER times a sine: 38.4 units a sixteenth of a tick is no whole number. */
const SPEED = TILES_PER_SECOND * TILE;
const PER = HZ * SIXTEENTHS * SINE_UNIT;
/** Sixteenths of a tick that a shot flies when no wall is in its way. */
export const LIFE = 1.5 * HZ * SIXTEENTHS;
/** A body is round to shots, so that it is as wide from every side. */
const RADIUS_SQUARED = BODY * BODY;
const NEVER = 2;

/** Where a shot is, `age` sixteenths of a tick from its muzzle. */
export function shotX(shot: Shot, age: number): number {
  return shot.x + along(cos(shot.angle), age);
}

export function shotY(shot: Shot, age: number): number {
  return shot.y + along(sin(shot.angle), age);
}

/**
 * Fires from the fighter's centre: a muzzle in front of the body would poke through a wall that the fighter leans on.
 * The shot leaves `lag` sixteenths ago, when the others were where the shooter sees them.
 */
export function fire(world: ArenaWorld, fighter: Fighter, lag: number, map: ArenaMap): void {
  const { seat: owner, x, y, aim: angle } = fighter;
  const born = world.tick * SIXTEENTHS - lag;
  world.shots.push({ id: world.fired, owner, x, y, angle, born, dies: born + reach(x, y, angle, map) });
  world.fired += 1;
  fighter.cooldown = fighter.rapid > 0 ? RAPID_COOLDOWN : COOLDOWN;
  fighter.shield = 0;
}

/**
 * Flies a shot from one instant to another (in sixteenths) among the others as they were at those very instants.
 *
 * @returns whom it met first, if anybody
 */
export function fly(shot: Shot, from: number, to: number, fighters: readonly Fighter[]): Fighter | undefined {
  const end = Math.min(to, shot.dies);
  for (let at = from; at < end; ) {
    // Between two ticks everything moves straight; at a tick the others may turn.
    const next = Math.min(end, at - (at % SIXTEENTHS) + SIXTEENTHS);
    const met = firstMet(shot, at, next, fighters);
    if (met) return met;
    at = next;
  }
  return undefined;
}

/** Sixteenths of a tick until a wall is in the way. It is looked for at every sixteenth that leads to another tile. */
export function reach(x: number, y: number, angle: number, map: ArenaMap): number {
  const dx = cos(angle);
  const dy = sin(angle);
  let age = 0;
  while (age < LIFE) {
    const nextX = x + along(dx, age + 1);
    const nextY = y + along(dy, age + 1);
    if (isWall(map, tileOf(nextX), tileOf(nextY))) return age;
    age += 1 + Math.min(timeInTile(nextX, dx), timeInTile(nextY, dy));
  }
  return LIFE;
}

/** Sixteenths for which a coordinate is sure not to leave its tile. */
function timeInTile(position: number, part: number): number {
  const inTile = position % TILE;
  const room = part > 0 ? TILE - 1 - inTile : inTile;
  // One unit less: rounding down may add one to a way.
  return part === 0 ? LIFE : Math.max(0, Math.floor(((room - 1) * PER) / (Math.abs(part) * SPEED)));
}

/** Both instants lie within one tick, or on its ends. */
function firstMet(shot: Shot, from: number, to: number, fighters: readonly Fighter[]): Fighter | undefined {
  const tick = Math.floor(from / SIXTEENTHS);
  const before = trailSlot(tick);
  const after = trailSlot(tick + 1);
  const early = from - tick * SIXTEENTHS;
  const late = to - tick * SIXTEENTHS;
  const x0 = shotX(shot, from - shot.born);
  const y0 = shotY(shot, from - shot.born);
  const x1 = shotX(shot, to - shot.born);
  const y1 = shotY(shot, to - shot.born);
  let first: Fighter | undefined;
  let soonest = NEVER;
  for (let index = 0; index < fighters.length; index++) {
    const target = fighters[index]!;
    const { trail } = target;
    if (target.seat === shot.owner || !canBeHit(target) || trail[before]! < 0 || trail[after]! < 0) continue;
    const fromX = x0 - between(trail[before]!, trail[after]!, early);
    const fromY = y0 - between(trail[before + 1]!, trail[after + 1]!, early);
    const toX = x1 - between(trail[before]!, trail[after]!, late);
    const toY = y1 - between(trail[before + 1]!, trail[after + 1]!, late);
    if (passesBy(fromX, toX) || passesBy(fromY, toY)) continue;
    const time = timeOfContact(fromX, fromY, toX - fromX, toY - fromY);
    if (time >= soonest) continue;
    soonest = time;
    first = target;
  }
  return first;
}

/** When a point that moves by (dx, dy) enters the body's circle around the origin: 0 to 1, or NEVER. */
function timeOfContact(x: number, y: number, dx: number, dy: number): number {
  const outside = x * x + y * y - RADIUS_SQUARED;
  if (outside <= 0) return 0;
  const approach = -(x * dx + y * dy);
  const length = dx * dx + dy * dy;
  const discriminant = approach * approach - length * outside;
  if (approach <= 0 || discriminant < 0) return NEVER;
  const time = (approach - Math.sqrt(discriminant)) / length;
  return time <= 1 ? time : NEVER;
}

/** Both ends of the way lie on the same side of the body: the cheap look that spares nearly all the others. */
function passesBy(from: number, to: number): boolean {
  return (from > BODY && to > BODY) || (from < -BODY && to < -BODY);
}

/** A coordinate `sixteenths` of the way from one tick to the next. */
function between(from: number, to: number, sixteenths: number): number {
  return from + Math.floor(((to - from) * sixteenths) / SIXTEENTHS);
}

function along(part: number, age: number): number {
  return Math.floor((part * age * SPEED) / PER);
}
