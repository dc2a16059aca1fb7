import { angleOf } from "../../../src/arena/angle.rules.ts";
import type { ArenaView, FighterView } from "../../../src/arena/arena.rules.ts";
import { buttonsOf } from "../../../src/arena/inputs.rules.ts";
import { HZ, LAG_MAX, SIXTEENTHS } from "../../../src/arena/world.rules.ts";
import { type Brain, createBrain } from "../../arena-brain.ts";
import type { Dice } from "./course.ts";

interface Bot {
  readonly brain: Brain;
  /** Ticks by which this player sees the others late. */
  readonly ticksLate: number;
  /** Of a hundred inputs how many never come. */
  readonly lost: number;
  /** Hands off the keys until this tick. */
  restsUntil: number;
}

const VIEWS_KEPT = LAG_MAX / SIXTEENTHS;
/** Long enough that some who rest are out of play when they come back. */
const REST_MAX = 25 * HZ;
const RESTS_ONE_IN = 1500;
/** Inputs that make no sense, as when the dead go on pressing keys. */
const FUMBLES_ONE_IN = 15;
const ANY_BUTTONS = 32;

/** Players on lines of every quality, who act on what they see, and see it late. */
export class Bots {
  readonly #dice: Dice;
  readonly #bots = new Map<number, Bot>();
  /** What was shown lately, the newest last. */
  readonly #views: ArenaView[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** The inputs of the next tick, in the journal's layout. @param now what everybody sees who has no lag */
  inputs(now: ArenaView): number[] {
    this.#views.push(now);
    if (this.#views.length > VIEWS_KEPT) this.#views.shift();
    return now.fighters.flatMap((me) => this.#inputOf(me, now));
  }

  /** The match went on from an earlier state: what was seen since has not happened. */
  forget(): void {
    this.#views.length = 0;
  }

  #inputOf(me: FighterView, { tick, map, pickups }: ArenaView): number[] {
    const bot = this.#botAt(me.seat);
    if (this.#dice(RESTS_ONE_IN) === 0) bot.restsUntil = tick + this.#dice(REST_MAX);
    if (tick < bot.restsUntil || this.#dice(100) < bot.lost) return [];
    const late = Math.min(bot.ticksLate, this.#views.length - 1);
    const seen = this.#views[this.#views.length - 1 - late]!;
    const others = seen.fighters.filter(({ seat }) => seat !== me.seat);
    const { aim, ...held } = bot.brain.decide({ tick, map, me, others, pickups });
    const lag = Math.min(LAG_MAX, late * SIXTEENTHS + this.#dice(SIXTEENTHS));
    const fumbles = this.#dice(FUMBLES_ONE_IN) === 0;
    return [me.seat, fumbles ? this.#dice(ANY_BUTTONS) : buttonsOf(held), angleOf(aim), lag];
  }

  #botAt(seat: number): Bot {
    let bot = this.#bots.get(seat);
    if (!bot) {
      const dice = this.#dice;
      bot = {
        brain: createBrain(dice(2 ** 31)),
        ticksLate: Math.min(dice(VIEWS_KEPT), dice(VIEWS_KEPT)),
        lost: dice(10),
        restsUntil: 0,
      };
      this.#bots.set(seat, bot);
    }
    return bot;
  }
}
