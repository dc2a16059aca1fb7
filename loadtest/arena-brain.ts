import { type ArenaMap, MAPS } from "../src/arena/maps.rules.ts";
import { HZ, TILE } from "../src/arena/world.rules.ts";
import { canSee, floorOf, nextOnTheWay, type Point, walkingDistance } from "./arena-paths.ts";

/** Somebody in the arena, as a client knows them. Positions are in 1/1024 of a tile. */
export interface Sighted extends Point {
  readonly seat: number;
  readonly alive: boolean;
}

/** All that a bot knows: what its client sees. */
export interface Sight {
  readonly tick: number;
  readonly map: number;
  readonly me: Sighted;
  readonly others: readonly Sighted[];
  /** By pick-up spot: 1 while something lies there. */
  readonly pickups: readonly number[];
}

/** An input as a client sends it; `aim` in radians. */
export interface BotInput {
  readonly up: boolean;
  readonly down: boolean;
  readonly left: boolean;
  readonly right: boolean;
  readonly fire: boolean;
  readonly aim: number;
}

export interface Brain {
  decide(sight: Sight): BotInput;
}

const SHOT_UNITS_PER_TICK = (18 * TILE) / HZ;
const FIRING_RANGE = 14 * TILE;
/** A bot dances at this distance rather than run into its enemy. */
const ARM_LENGTH = 4 * TILE;
/** Ticks an enemy must be in sight before a bot has understood it. */
const REACTION = 6;
/** Tiles a bot walks out of its way for a pick-up. */
const DETOUR = 7;
const ON_IT = TILE / 4;
const MISJUDGEMENT = 0.12;
/** Nearer to a line than this is on it: half a step, or a bot trembles; and less than the play in a narrow corridor. */
const THERE = 90;

/** A bot's head: wanders, hunts, picks up, dances and shoots. The same seed and sights give the same inputs. */
export function createBrain(seed: number): Brain {
  const random = xorshift(seed);
  const track = createTracker();
  const mood = createMood(random);
  const errands = createErrands();
  let inSightFor = 0;

  return {
    decide(sight) {
      const map = MAPS[sight.map]!;
      const { me } = sight;
      mood.renew(sight.tick, map);
      track.note(sight);
      const enemy = nearest(me, sight.others);
      if (!me.alive) return input({ x: 0, y: 0 }, mood.aim, false);
      const visible = enemy !== undefined && distance(me, enemy) < FIRING_RANGE && canSee(map, me, enemy);
      inSightFor = visible ? inSightFor + 1 : 0;
      if (!visible) return travel(mood, me, nextOnTheWay(map, me, errands.next(sight) ?? mood.goal(enemy)));
      mood.aim = angleTo(me, track.lead(me, enemy)) + mood.error;
      return input(dance(me, enemy, mood.side), mood.aim, inSightFor >= REACTION);
    },
  };
}

interface Mood {
  /** The enemy when hunting, else some place. */
  goal(enemy: Point | undefined): Point;
  /** 1 or -1: which way to circle. */
  readonly side: number;
  /** Radians by which the aim is off. */
  readonly error: number;
  aim: number;
  renew(tick: number, map: ArenaMap): void;
}

/** What a bot is up to; it changes its mind now and then. */
function createMood(random: () => number): Mood {
  let [nextPlan, nextSide, nextError] = [0, 0, 0];
  let hunting = true;
  let wanderTo: Point = { x: 0, y: 0 };
  const goal = (enemy: Point | undefined) => (hunting && enemy ? enemy : wanderTo);
  const mood = { goal, side: 1, error: 0, aim: 0, renew };
  function renew(tick: number, map: ArenaMap): void {
    if (tick >= nextPlan) {
      const floor = floorOf(map);
      hunting = random() < 0.7;
      wanderTo = floor[Math.floor(random() * floor.length)]!;
      nextPlan = tick + 60 + Math.floor(random() * 90);
    }
    if (tick >= nextSide) {
      mood.side = random() < 0.5 ? 1 : -1;
      nextSide = tick + 12 + Math.floor(random() * 30);
    }
    if (tick >= nextError) {
      mood.error = (random() + random() - 1) * MISJUDGEMENT;
      nextError = tick + 8;
    }
  }
  return mood;
}

/** Remembers where the others were, to know how fast they go. */
function createTracker() {
  const known = new Map<number, { tick: number; x: number; y: number; vx: number; vy: number }>();
  return {
    note({ tick, others }: Sight): void {
      for (const { seat, x, y } of others) {
        const last = known.get(seat);
        const ticks = last ? tick - last.tick : 0;
        const [vx, vy] = last && ticks > 0 ? [(x - last.x) / ticks, (y - last.y) / ticks] : [0, 0];
        known.set(seat, { tick, x, y, vx, vy });
      }
    },
    /** Where a shot fired now would meet the target, if it goes on as it does. */
    lead(me: Point, target: Sighted): Point {
      const { vx, vy } = known.get(target.seat)!;
      const ticks = distance(me, target) / SHOT_UNITS_PER_TICK;
      // A respawn is a leap that no speed explains.
      if (Math.hypot(vx, vy) > TILE) return target;
      return { x: target.x + vx * ticks, y: target.y + vy * ticks };
    },
  };
}

/** Pick-ups on the way. One that stays where it is though a bot stands on it is of no use to it for now. */
function createErrands() {
  const uselessUntil = new Map<number, number>();
  return {
    next({ tick, map: index, me, pickups }: Sight): Point | undefined {
      const map = MAPS[index]!;
      return map.pickups.find((spot, place) => {
        if (pickups[place] !== 1 || tick < (uselessUntil.get(place) ?? 0)) return false;
        if (distance(me, spot) < ON_IT) uselessUntil.set(place, tick + 10 * HZ);
        return walkingDistance(map, me, spot) <= DETOUR;
      });
    },
  };
}

function travel(mood: Mood, me: Point, to: Point): BotInput {
  const way = { x: to.x - me.x, y: to.y - me.y };
  if (Math.hypot(way.x, way.y) > THERE) mood.aim = Math.atan2(way.y, way.x);
  return input(way, mood.aim, false);
}

/** Around the enemy, closer from afar and away from too near. */
function dance(me: Point, enemy: Point, side: number): Point {
  const [x, y] = [enemy.x - me.x, enemy.y - me.y];
  const closer = Math.hypot(x, y) > ARM_LENGTH ? 1 : -0.6;
  return { x: x * closer - y * side, y: y * closer + x * side };
}

function input(way: Point, aim: number, fire: boolean): BotInput {
  const { x, y } = way;
  return { up: y < -THERE, down: y > THERE, left: x < -THERE, right: x > THERE, fire, aim };
}

function nearest(me: Point, others: readonly Sighted[]): Sighted | undefined {
  let found: Sighted | undefined;
  for (const other of others) {
    if (other.alive && (!found || distance(me, other) < distance(me, found))) found = other;
  }
  return found;
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function angleTo(from: Point, to: Point): number {
  return Math.atan2(to.y - from.y, to.x - from.x);
}

/** Marsaglia's xorshift32: 0 to 1. */
export function xorshift(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
