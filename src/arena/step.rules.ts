import type { Draft } from "../journal/game.ts";
import { advance, hurt } from "./fighters.rules.ts";
import { readInputs } from "./inputs.rules.ts";
import { type ArenaMap, MAPS } from "./maps.rules.ts";
import { pickUp } from "./pickups.rules.ts";
import { close, MATCH_TICKS, verdict } from "./result.rules.ts";
import { DAMAGE, fire, fly } from "./shots.rules.ts";
import { remember } from "./trail.rules.ts";
import { type ArenaWorld, BUTTON, type Fighter, type FighterInput, type Shot, SIXTEENTHS } from "./world.rules.ts";

/** Whether the clock runs. */
export function runs({ phase }: ArenaWorld): boolean {
  return phase === "countdown" || phase === "playing";
}

/**
 * One tick: everybody moves and fires at once, then the shots fly, so that no seat shoots before another.
 *
 * @returns what happened, in order; the last tick's ends with `session.ended`
 */
export function step(world: ArenaWorld, flat: readonly number[]): Draft[] {
  const facts: Draft[] = [];
  if (!runs(world)) return facts;
  const map = MAPS[world.map]!;
  world.tick += 1;
  if (world.phase === "countdown" && world.tick >= world.until) startPlay(world);
  const firstNew = world.fired;
  moveAll(world, readInputs(flat), map);
  if (world.phase !== "playing") return facts;
  pickUp(world, map, facts);
  flyAll(world, firstNew, facts);
  const end = verdict(world);
  if (!end) return facts;
  facts.push(end);
  close(world, Number(end.data.winner));
  return facts;
}

function startPlay(world: ArenaWorld): void {
  world.phase = "playing";
  world.until = world.tick + MATCH_TICKS;
}

/** Fighters and inputs both ascend by seat. */
function moveAll(world: ArenaWorld, inputs: readonly FighterInput[], map: ArenaMap): void {
  let next = 0;
  for (const fighter of world.fighters) {
    while (next < inputs.length && inputs[next]!.seat < fighter.seat) next += 1;
    const input = inputs[next]?.seat === fighter.seat ? inputs[next] : undefined;
    advance(world, fighter, input, map);
    if (input && mayFire(world, fighter, input)) fire(world, fighter, input.lag, map);
    remember(fighter, world.tick);
  }
}

function mayFire({ phase }: ArenaWorld, { hp, cooldown }: Fighter, { buttons }: FighterInput): boolean {
  return phase === "playing" && hp > 0 && cooldown === 0 && (buttons & BUTTON.fire) !== 0;
}

/** Flies each shot up to now, a new one from its birth in the past; those that hit or whose time is over are gone. */
function flyAll(world: ArenaWorld, firstNew: number, facts: Draft[]): void {
  const { shots, fighters } = world;
  const now = world.tick * SIXTEENTHS;
  let kept = 0;
  for (let index = 0; index < shots.length; index++) {
    const shot = shots[index]!;
    const met = fly(shot, shot.id < firstNew ? now - SIXTEENTHS : shot.born, now, fighters);
    if (met) strike(world, shot, met, facts);
    else if (shot.dies > now) shots[kept++] = shot;
  }
  shots.length = kept;
}

function strike({ fighters }: ArenaWorld, { owner }: Shot, victim: Fighter, facts: Draft[]): void {
  const killed = hurt(victim, DAMAGE);
  facts.push({ type: "hit", data: { by: owner, seat: victim.seat, damage: DAMAGE } });
  if (!killed) return;
  fighters.find(({ seat }) => seat === owner)!.score += 1;
  facts.push({ type: "kill", data: { by: owner, seat: victim.seat } });
}
