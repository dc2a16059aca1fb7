import assert from "node:assert/strict";
import { readInputs } from "../../../src/arena/inputs.rules.ts";
import { isWall, tileOf } from "../../../src/arena/maps.rules.ts";
import { BODY, WALK } from "../../../src/arena/movement.rules.ts";
import { shotX, shotY } from "../../../src/arena/shots.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import {
  type ArenaWorld,
  BUTTON,
  type Fighter,
  FULL_TURN,
  HZ,
  type Shot,
  SIXTEENTHS,
  TILE,
  TRAIL_TICKS,
} from "../../../src/arena/world.rules.ts";
import type { Draft } from "../../../src/journal/game.ts";
import { factsOf, isClear, mapOf } from "./arena-play.ts";

const SHOT_UNITS = (18 * TILE) / (HZ * SIXTEENTHS);
/** What whole numbers and looking at moments instead of all time cost in exactness. */
const TOLERANCE = 16;

type Place = { readonly x: number; readonly y: number } | undefined;
type Before = Omit<Fighter, "trail">;

/** What the referee knows of a player by its own book-keeping. */
interface Record {
  /** By tick: where the player was to be hit. */
  readonly places: Map<number, Place>;
  kills: number;
  deaths: number;
  lastShot: number;
  mayShootAgain: number;
}

/**
 * Watches a match step by step and knows the rules by other means than the rules themselves: its own books, and
 * geometry in floating point. Throws at the first violation.
 */
export class Referee {
  readonly world: ArenaWorld;
  readonly #records = new Map<number, Record>();
  hits = 0;
  kills = 0;

  constructor(world: ArenaWorld) {
    this.world = world;
  }

  step(flat: readonly number[]): Draft[] {
    const { world } = this;
    const before = new Map(world.fighters.map(({ trail: _, ...rest }) => [rest.seat, rest]));
    const [shotsBefore, firedBefore] = [world.shots.slice(), world.fired];
    const wasOver = world.phase === "over";
    const facts = step(world, flat);
    assertWellFormed(world);
    if (wasOver) return facts;
    for (const fighter of world.fighters) this.#checkMove(fighter, before.get(fighter.seat)!);
    const newShots = this.#checkFiring(before, readInputs(flat), firedBefore);
    for (const fighter of world.fighters) this.#note(fighter, before.get(fighter.seat)!);
    this.#checkHits(factsOf(facts, "hit"), [...shotsBefore, ...newShots], firedBefore);
    this.#checkCounts(facts, before);
    for (const fighter of world.fighters) this.#checkTrail(fighter);
    for (const shot of world.shots) this.#checkFlight(shot);
    return facts;
  }

  #record(seat: number): Record {
    const known = this.#records.get(seat);
    const record = known ?? { places: new Map(), kills: 0, deaths: 0, lastShot: -100, mayShootAgain: 0 };
    this.#records.set(seat, record);
    return record;
  }

  #checkMove({ seat, x, y, hp, away }: Fighter, before: Before): void {
    const map = mapOf(this.world);
    assert.ok(isClear(map, x, y), `seat ${seat} is inside a wall`);
    if (before.hp > 0) assert.ok(Math.hypot(x - before.x, y - before.y) <= WALK, `seat ${seat} is too fast`);
    else if (hp > 0) assert.ok(map.spawns.some((spot) => spot.x === x && spot.y === y) && !away, "spawned elsewhere");
    else assert.deepEqual([x, y], [before.x, before.y], "a body out of play moved");
  }

  /** The shots that were fired in this step, as they must look. */
  #checkFiring(before: Map<number, Before>, inputs: ReturnType<typeof readInputs>, firedBefore: number): Shot[] {
    const { world } = this;
    const shooters = world.fighters.filter(({ seat, cooldown }) => cooldown > 0 && before.get(seat)!.cooldown <= 1);
    assert.equal(world.fired - firedBefore, shooters.length, "a shot without a shooter");
    return shooters.map(({ seat, x, y, aim }, index) => {
      const record = this.#record(seat);
      const input = inputs.find((one) => one.seat === seat);
      assert.ok(input && (input.buttons & BUTTON.fire) !== 0, `seat ${seat} fired without pressing`);
      assert.notEqual(world.phase, "countdown");
      assert.ok(world.tick >= record.mayShootAgain, `seat ${seat} fires too fast`);
      record.mayShootAgain = world.tick + (before.get(seat)!.rapid > 1 ? 4 : 8);
      const born = world.tick * SIXTEENTHS - input.lag;
      return { id: firedBefore + index, owner: seat, x, y, angle: aim, born, dies: born + 45 * SIXTEENTHS };
    });
  }

  /** Where the player was to be hit in this tick: in play before the shots flew, and not shielded. */
  #note({ seat, x, y, shield, away, deaths, hp }: Fighter, before: Before): void {
    const { places } = this.#record(seat);
    const spawned = before.hp === 0 && (hp > 0 || deaths > before.deaths);
    if (spawned) places.clear();
    const inPlay = (before.hp > 0 || spawned) && !away;
    places.set(this.world.tick, inPlay && shield === 0 ? { x, y } : undefined);
    places.delete(this.world.tick - TRAIL_TICKS);
  }

  #checkHits(hits: Draft["data"][], shots: Shot[], firedBefore: number): void {
    const { world } = this;
    const left = new Set(world.shots.map(({ id }) => id));
    const spent = shots.filter(({ id }) => !left.has(id));
    for (const { by, seat, damage } of hits) {
      assert.notEqual(by, seat, "nobody hits themselves");
      assert.equal(damage, 20);
      const fits = spent.findIndex((shot) => shot.owner === by && this.#couldHit(shot, Number(seat), firedBefore));
      assert.ok(fits >= 0, `tick ${world.tick}: seat ${seat} was hit by ${by} and no shot's way explains it`);
      spent.splice(fits, 1);
      this.hits += 1;
    }
  }

  /** Whether the shot's way of this step comes to the body, as it was at those moments, before it comes to a wall. */
  #couldHit(shot: Shot, victim: number, firedBefore: number): boolean {
    const now = this.world.tick * SIXTEENTHS;
    const from = shot.id >= firedBefore ? shot.born : now - SIXTEENTHS;
    for (let instant = from; instant <= Math.min(now, shot.dies); instant += 0.25) {
      const body = this.#placeAt(victim, instant);
      const age = instant - shot.born;
      const { x, y } = flown(shot, age);
      if (!body || Math.hypot(body.x - x, body.y - y) > BODY + TOLERANCE) continue;
      return this.#wallOnTheWay(shot, age) <= SHOT_UNITS + TOLERANCE;
    }
    return false;
  }

  #placeAt(seat: number, instant: number): Place {
    const { places } = this.#record(seat);
    const tick = Math.min(Math.floor(instant / SIXTEENTHS), this.world.tick - 1);
    const [from, to] = [places.get(tick), places.get(tick + 1)];
    const part = instant / SIXTEENTHS - tick;
    return from && to && { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
  }

  /** How many units of the way lead through walls: a corner may be cut by less than a sixteenth's flight. */
  #wallOnTheWay(shot: Shot, age: number): number {
    const map = mapOf(this.world);
    let inWall = 0;
    for (let way = 0; way < age * SHOT_UNITS; way += 4) {
      const { x, y } = flown(shot, way / SHOT_UNITS);
      if (isWall(map, tileOf(x), tileOf(y))) inWall += 4;
    }
    return inWall;
  }

  #checkCounts(facts: Draft[], before: Map<number, Before>): void {
    for (const { by, seat } of factsOf(facts, "kill")) {
      this.#record(Number(by)).kills += 1;
      this.#record(Number(seat)).deaths += 1;
      this.kills += 1;
    }
    const [hits, pickups] = [factsOf(facts, "hit"), factsOf(facts, "pickup")];
    for (const { seat, hp, away, score, deaths, respawn } of this.world.fighters) {
      const { kills, deaths: died } = this.#record(seat);
      assert.deepEqual([score, deaths], [kills, died], "points are kills");
      const was = before.get(seat)!;
      const spawned = was.hp === 0 && (was.respawn === 1 || (was.away && !away));
      const healed = pickups.some((one) => one.seat === seat && one.kind === "medkit") ? 40 : 0;
      const whole = Math.min(100, (spawned ? 100 : was.hp) + healed);
      assert.equal(hp, away ? 0 : whole - 20 * hits.filter((hit) => hit.seat === seat).length, `hp of ${seat}`);
      assert.ok(hp > 0 || away !== respawn > 0, "out of play is either dead or away");
    }
  }

  #checkTrail({ seat, trail }: Fighter): void {
    const { places } = this.#record(seat);
    for (let tick = this.world.tick; tick > this.world.tick - TRAIL_TICKS && tick > 0; tick--) {
      const slot = 2 * (tick % TRAIL_TICKS);
      const place = places.get(tick);
      assert.deepEqual(trail.slice(slot, slot + 2), place ? [place.x, place.y] : [-1, -1], `trail of ${seat}`);
    }
  }

  #checkFlight(shot: Shot): void {
    const now = this.world.tick * SIXTEENTHS;
    assert.ok(shot.dies > now && shot.dies - shot.born <= 45 * SIXTEENTHS && shot.born <= now);
    const [x, y] = [shotX(shot, now - shot.born), shotY(shot, now - shot.born)];
    assert.ok(!isWall(mapOf(this.world), tileOf(x), tileOf(y)), "a shot is inside a wall");
  }
}

function flown({ x, y, angle }: Shot, age: number): { x: number; y: number } {
  const turn = (angle / FULL_TURN) * 2 * Math.PI;
  return { x: x + Math.cos(turn) * age * SHOT_UNITS, y: y + Math.sin(turn) * age * SHOT_UNITS };
}

/** Whole numbers within their limits and nothing that grows. */
function assertWellFormed(world: ArenaWorld): void {
  const { fighters, shots, pickups } = world;
  assert.ok(fighters.length <= 8 && shots.length <= 8 * 12, "arrays are bounded");
  assert.equal(pickups.length, mapOf(world).pickups.length);
  const within = (value: number, most: number) => Number.isInteger(value) && value >= 0 && value <= most;
  const { tick, until, draws, fired } = world;
  for (const count of [tick, until, draws, fired, ...pickups]) assert.ok(within(count, 100_000));
  let [lastSeat, lastId] = [-1, -1];
  for (const fighter of fighters) {
    const { seat, x, y, aim, hp, respawn, shield, rapid, cooldown, idle, score, deaths, trail } = fighter;
    for (const value of [x, y, aim]) assert.ok(within(value, FULL_TURN - 1));
    assert.ok(within(hp, 100) && within(respawn, 60) && within(shield, 45) && within(rapid, 240));
    assert.ok(within(cooldown, 8) && within(idle, 450) && within(score, 15 + 7) && within(deaths, 1000));
    assert.ok(trail.length === 2 * TRAIL_TICKS && trail.every((place) => within(place + 1, FULL_TURN)));
    assert.ok(seat > lastSeat && seat < 8, "fighters ascend by seat");
    lastSeat = seat;
  }
  for (const { id, owner, x, y, angle, born, dies } of shots) {
    assert.ok(within(x, FULL_TURN) && within(y, FULL_TURN) && within(angle, FULL_TURN - 1));
    assert.ok(within(born, 1e6) && within(dies, 1e6) && fighters.some(({ seat }) => seat === owner));
    assert.ok(id > lastId && id < fired, "shots ascend by id");
    lastId = id;
  }
}
