import { type Fighter, TRAIL_TICKS } from "./world.rules.ts";

/** Stands in a trail for "not there to be hit". */
const NOWHERE = -1;

export function emptyTrail(): number[] {
  return Array.from({ length: 2 * TRAIL_TICKS }, () => NOWHERE);
}

/** Whether a shot that meets the fighter hurts. */
export function canBeHit(fighter: Fighter): boolean {
  return fighter.hp > 0 && fighter.shield === 0;
}

/** Notes where the fighter is to be hit at this tick. */
export function remember(fighter: Fighter, tick: number): void {
  const slot = trailSlot(tick);
  const there = canBeHit(fighter);
  fighter.trail[slot] = there ? fighter.x : NOWHERE;
  fighter.trail[slot + 1] = there ? fighter.y : NOWHERE;
}

/** A new life leaves the old one's places behind: nobody is hit where somebody else's body used to stand. */
export function forget(fighter: Fighter): void {
  fighter.trail.fill(NOWHERE);
}

/** Where in a trail a tick's x stands; its y follows. */
export function trailSlot(tick: number): number {
  return 2 * (tick % TRAIL_TICKS);
}
