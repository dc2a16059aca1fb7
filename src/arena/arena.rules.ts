import {
  CORE,
  type Draft,
  type Entry,
  type Game,
  type Refused,
  type SeatChange,
  type Viewer,
} from "../journal/game.ts";
import type { Draw } from "../lib/rng.ts";
import { newFighter, spawn } from "./fighters.rules.ts";
import { MAX_FIGHTERS } from "./inputs.rules.ts";
import { MAPS } from "./maps.rules.ts";
import { layOut } from "./pickups.rules.ts";
import { COUNTDOWN_TICKS, close, ended, NOBODY } from "./result.rules.ts";
import { runs, step } from "./step.rules.ts";
import { type ArenaWorld, type Fighter, HZ, type Shot } from "./world.rules.ts";

/** With less of the match left than this a newcomer could do nothing in it. */
const LAST_ENTRY_TICKS = 30 * HZ;

/** What a viewer sees of a fighter; `hp` is 0 for those who may not see it. */
export interface FighterView {
  readonly seat: number;
  readonly x: number;
  readonly y: number;
  readonly aim: number;
  readonly alive: boolean;
  readonly away: boolean;
  readonly shielded: boolean;
  readonly rapid: boolean;
  readonly score: number;
  readonly deaths: number;
  readonly hp: number;
}

export interface ArenaView extends Pick<ArenaWorld, "phase" | "map" | "tick" | "until" | "winner"> {
  readonly fighters: readonly FighterView[];
  readonly shots: readonly Shot[];
  /** By pick-up spot: 1 while something lies there, else 0. */
  readonly pickups: readonly number[];
}

/** A free-for-all from above: two to eight players, walls, shots that take their time, and fifteen points to win. */
export const arena: Game<ArenaWorld, ArenaView> = {
  id: "arena",
  version: 1,
  seats: { min: 2, max: MAX_FIGHTERS },
  commands: {},
  refusals: { too_late: "The match is about to end; nobody can join it any more." },
  realtime: { hz: HZ, runs, step },

  init: () => ({
    ...{ phase: "waiting", map: 0, tick: 0, until: 0, winner: NOBODY, draws: 0, fired: 0 },
    ...{ fighters: [], shots: [], pickups: layOut(MAPS[0]!) },
  }),

  decide: () => [],
  onSeat: (world, change, { rng }) => (change.kind === "taken" ? onTaken(world, rng) : onLeft(world, change)),
  admits,

  evolve(world, { type, seat, data }) {
    if (type === CORE.seatTaken) sitDown(world, seat!);
    if (type === CORE.seatLeft) standUp(world, seat!);
    if (type === "arena.opened") openMap(world, Number(data.map));
    if (type === CORE.started) Object.assign(world, { phase: "countdown", until: world.tick + COUNTDOWN_TICKS });
    if (type === CORE.ended) close(world, Number(data.winner ?? NOBODY));
  },

  view(world, viewer) {
    const { phase, map, tick, until, winner } = world;
    const fighters = world.fighters.map((fighter) => show(fighter, seesHp(viewer, fighter.seat)));
    const pickups = world.pickups.map((ticks) => (ticks === 0 ? 1 : 0));
    // Nothing of a shot is secret and none ever changes: the rows themselves may be handed out.
    return { phase, map, tick, until, winner, fighters, shots: world.shots.slice(), pickups };
  },

  redact,
};

/** The first to sit down draws the map, the second starts the match. */
function onTaken(world: ArenaWorld, rng: Draw): Draft[] | Refused {
  if (!admits(world)) return { refused: "too_late" };
  const drafts: Draft[] = [];
  if (world.draws === 0) drafts.push({ type: "arena.opened", data: { map: rng(world.draws, MAPS.length) - 1 } });
  if (world.phase === "waiting" && world.fighters.length === 1) drafts.push({ type: CORE.started, data: {} });
  return drafts;
}

/** The scores of a forfeit still hold who leaves: it was a match of two. */
function onLeft(world: ArenaWorld, { seat }: SeatChange): Draft[] {
  const others = world.fighters.filter((fighter) => fighter.seat !== seat);
  return runs(world) && others.length < 2 ? [ended(world, "forfeit", others[0]?.seat ?? NOBODY)] : [];
}

function admits({ phase, until, tick }: ArenaWorld): boolean {
  return phase === "waiting" || phase === "countdown" || (phase === "playing" && until - tick > LAST_ENTRY_TICKS);
}

function sitDown(world: ArenaWorld, seat: number): void {
  const fighter = newFighter(seat);
  world.fighters.push(fighter);
  world.fighters.sort((a, b) => a.seat - b.seat);
  spawn(world, fighter, MAPS[world.map]!);
}

/** Shots leave with who fired them: whoever sits there next shall not get their kills. */
function standUp(world: ArenaWorld, seat: number): void {
  world.fighters = world.fighters.filter((fighter) => fighter.seat !== seat);
  world.shots = world.shots.filter(({ owner }) => owner !== seat);
}

function openMap(world: ArenaWorld, index: number): void {
  const map = MAPS[index]!;
  Object.assign(world, { map: index, draws: world.draws + 1, pickups: layOut(map) });
  for (const fighter of world.fighters) spawn(world, fighter, map);
}

function show(fighter: Fighter, withHp: boolean): FighterView {
  const { seat, x, y, aim, hp, away, shield, rapid, score, deaths } = fighter;
  const seen = { seat, x, y, aim, alive: hp > 0, away, shielded: shield > 0, rapid: rapid > 0, score, deaths };
  return { ...seen, hp: withHp ? hp : 0 };
}

function seesHp(viewer: Viewer, seat: number): boolean {
  return viewer.kind === "spectator" || viewer.kind === "system" || (viewer.kind === "seat" && viewer.seat === seat);
}

/**
 * Kills and the map are for everybody; a hit is for its shooter, a pick-up for its taker, both for spectators. Who is
 * hit sees the own health fall, and events weigh as much as patches do.
 */
function redact({ type, data }: Entry, viewer: Viewer): Draft | null {
  const watches = viewer.kind === "spectator" || viewer.kind === "system";
  const isFor = (seat: unknown) => viewer.kind === "seat" && viewer.seat === seat;
  if (type === "arena.opened" || type === "kill") return { type, data };
  if (type === "hit") return watches || isFor(data.by) ? { type, data } : null;
  if (type === "pickup") return watches || isFor(data.seat) ? { type, data } : null;
  return null;
}
