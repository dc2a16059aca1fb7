import { canSee } from "../../loadtest/arena-paths.ts";
import { arena } from "../../src/arena/arena.rules.ts";
import { type ArenaMap, isWall, MAPS, tileOf } from "../../src/arena/maps.rules.ts";
import type { ArenaWorld, Fighter } from "../../src/arena/world.rules.ts";
import { initialCore } from "../../src/journal/core.rules.ts";
import { evolveEntry } from "../../src/journal/evolve.ts";
import { CORE, type Draft, type Entry, TICK } from "../../src/journal/game.ts";

/** What a match's journal says about whether everybody kept to the rules. */
export interface Judgement {
  readonly ticks: number;
  readonly inputs: number;
  readonly hits: number;
  readonly violations: readonly string[];
}

/*
 * The rules as players are told them, and not as the code has them: a number that somebody changes there shows here.
 */
const TILE = 1024;
const BODY = Math.ceil(0.4 * TILE);
/** Five tiles a second, whichever way. */
const WALK = Math.ceil((5 * TILE) / 30);
const FULL_HP = 100;
const MEDKIT_HP = 40;
const DAMAGE = 20;
/** Ticks between two shots, and while a gun is rapid. */
const PAUSE = 8;
const RAPID_PAUSE = 4;
/** Half a second, in sixteenths of a tick. */
const LAG_MAX = 15 * 16;
const FULL_TURN = 2 ** 16;
/** Numbers per input; buttons by bit. */
const WIDTH = 4;
const ALL_BUTTONS = 31;
const FIRE = 16;
/** Ticks to look back on for a hit: those that a shooter may have seen, and the one at hand. */
const KEPT = 17;

/** Plays a match again from its entries, and looks at every tick for what no rule allows. */
export function judge(entries: readonly Entry[]): Judgement {
  const core = initialCore();
  const world = arena.init();
  const referee = new Referee(world);
  for (const entry of entries) {
    if (entry.type === TICK) referee.beforeTick(entry.data.in as number[]);
    evolveEntry(arena, core, world, entry);
    if (entry.type === CORE.seatLeft) referee.forget(entry.seat!);
    if (entry.type === TICK) referee.afterTick((entry.data.facts ?? []) as unknown as Draft[]);
  }
  return referee.judgement();
}

interface Point {
  readonly x: number;
  readonly y: number;
}

class Referee {
  readonly #world: ArenaWorld;
  readonly #violations: string[] = [];
  /** Where each seat was in the last ticks, the newest last. */
  readonly #places = new Map<number, Point[]>();
  /** The last shot of each seat: its tick, and how many must pass before the next. */
  readonly #fired = new Map<number, { readonly tick: number; readonly pause: number }>();
  #before: ArenaWorld;
  #inputs = new Map<number, readonly number[]>();
  #ticks = 0;
  #carried = 0;
  #hits = 0;

  constructor(world: ArenaWorld) {
    this.#world = world;
    this.#before = world;
  }

  judgement(): Judgement {
    return { ticks: this.#ticks, inputs: this.#carried, hits: this.#hits, violations: this.#violations };
  }

  /** Whoever sits there next has nothing to do with who left. */
  forget(seat: number): void {
    this.#places.delete(seat);
    this.#fired.delete(seat);
  }

  beforeTick(flat: readonly number[]): void {
    this.#before = structuredClone(this.#world);
    this.#ticks += 1;
    this.#inputs = new Map();
    for (let at = 0; at < flat.length; at += WIDTH) this.#readInput(flat.slice(at, at + WIDTH));
    this.#carried += this.#inputs.size;
  }

  #readInput([seat, buttons, aim, lag]: readonly number[]): void {
    const within = (value: number | undefined, most: number) =>
      Number.isInteger(value) && value! >= 0 && value! <= most;
    const sound = within(buttons, ALL_BUTTONS) && within(aim, FULL_TURN - 1) && within(lag, LAG_MAX);
    if (!sound) this.#object(`input ${[seat, buttons, aim, lag]} is out of bounds`);
    if (!this.#before.fighters.some((fighter) => fighter.seat === seat)) this.#object(`input of nobody, seat ${seat}`);
    if (seat! <= Math.max(-1, ...this.#inputs.keys())) this.#object(`seat ${seat} has two inputs, or is out of order`);
    this.#inputs.set(seat!, [buttons!, aim!, lag!]);
  }

  afterTick(facts: readonly Draft[]): void {
    const map = MAPS[this.#world.map]!;
    for (const fighter of this.#world.fighters) {
      const before = this.#before.fighters.find(({ seat }) => seat === fighter.seat)!;
      this.#judgePlace(fighter, before, map);
      this.#judgeTrigger(fighter, before);
      this.#judgeHealth(fighter, before, facts);
      this.#remember(fighter);
    }
    for (const { type, data } of facts) if (type === "hit") this.#judgeHit(Number(data.by), Number(data.seat), map);
  }

  /** In no wall, and not further from where it was than one input moves. */
  #judgePlace({ seat, x, y, hp }: Fighter, before: Fighter, map: ArenaMap): void {
    if (hp > 0 && bodyOf({ x, y }).some((corner) => isWall(map, tileOf(corner.x), tileOf(corner.y)))) {
      this.#object(`seat ${seat} stands in a wall at ${x}, ${y}`);
    }
    if (before.hp === 0 && hp > 0) return; // a new life begins elsewhere
    const [dx, dy] = [Math.abs(x - before.x), Math.abs(y - before.y)];
    if (Math.hypot(dx, dy) > WALK) this.#object(`seat ${seat} moved by ${dx}, ${dy}`);
    const [buttons = 0] = this.#inputs.get(seat) ?? [];
    const steers = (buttons & ~FIRE) !== 0;
    if (dx + dy > 0 && (!steers || before.hp === 0)) this.#object(`seat ${seat} moved by itself`);
  }

  #judgeTrigger({ seat, cooldown, rapid }: Fighter, before: Fighter): void {
    if (cooldown <= Math.max(0, before.cooldown - 1)) return;
    const last = this.#fired.get(seat) ?? { tick: Number.NEGATIVE_INFINITY, pause: 0 };
    const since = this.#ticks - last.tick;
    const [buttons = 0] = this.#inputs.get(seat) ?? [];
    if (since < last.pause) this.#object(`seat ${seat} fired after ${since} ticks`);
    if ((buttons & FIRE) === 0) this.#object(`seat ${seat} fired by itself`);
    if (this.#world.phase === "countdown") this.#object(`seat ${seat} fired before the match`);
    this.#fired.set(seat, { tick: this.#ticks, pause: rapid > 0 ? RAPID_PAUSE : PAUSE });
  }

  #judgeHealth({ seat, hp, score, deaths }: Fighter, before: Fighter, facts: readonly Draft[]): void {
    const count = (type: string, whose: "by" | "seat") =>
      facts.filter((fact) => fact.type === type && fact.data[whose] === seat).length;
    const most = before.hp === 0 ? FULL_HP : Math.min(FULL_HP, before.hp + MEDKIT_HP * count("pickup", "seat"));
    const least = Math.max(0, before.hp - DAMAGE * count("hit", "seat"));
    const leavesPlay = hp === 0 && before.idle > 0;
    if (hp > most || (hp < least && !leavesPlay)) this.#object(`seat ${seat} has ${hp} of ${before.hp} hp`);
    if (score !== before.score + count("kill", "by")) this.#object(`seat ${seat} has score ${score}`);
    if (deaths !== before.deaths + count("kill", "seat")) this.#object(`seat ${seat} has died ${deaths} times`);
  }

  /** The victim was there to be hit, and some part of it in sight of where the shot came from, as far back as one may look. */
  #judgeHit(by: number, seat: number, map: ArenaMap): void {
    this.#hits += 1;
    const victim = this.#before.fighters.find((fighter) => fighter.seat === seat);
    if (by === seat || !victim || victim.hp === 0 || victim.shield > 1) this.#object(`seat ${by} hit seat ${seat}`);
    const shown = (this.#places.get(seat) ?? []).flatMap((place) => [place, ...bodyOf(place)]);
    const muzzles = this.#muzzlesOf(by);
    const inSight = muzzles.some((muzzle) => shown.some((place) => canSee(map, muzzle, place)));
    if (!inSight) this.#object(`seat ${by} hit seat ${seat} through a wall`);
  }

  /** Where the shots come from that a seat has lost in this tick. */
  #muzzlesOf(seat: number): Point[] {
    const flying = new Set(this.#world.shots.map(({ id }) => id));
    const gone = this.#before.shots.filter(({ id, owner }) => owner === seat && !flying.has(id));
    const shooter = this.#world.fighters.find((fighter) => fighter.seat === seat);
    return shooter && this.#fired.get(seat)?.tick === this.#ticks ? [...gone, shooter] : gone;
  }

  #remember({ seat, x, y }: Fighter): void {
    const places = this.#places.get(seat) ?? [];
    this.#places.set(seat, [...places, { x, y }].slice(-KEPT));
  }

  #object(what: string): void {
    this.#violations.push(`tick ${this.#ticks}: ${what}`);
  }
}

/** The corners of a body. */
function bodyOf({ x, y }: Point): Point[] {
  return [-BODY, BODY].flatMap((dx) => [-BODY, BODY].map((dy) => ({ x: x + dx, y: y + dy })));
}
