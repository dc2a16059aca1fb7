/** What a player does in one step. `aim` is in radians, 0 along +x, growing clockwise on screen. */
export interface Steering {
  up: boolean;
  down: boolean;
  left: boolean;
  right: boolean;
  fire: boolean;
  aim: number;
}

export function atRest(): Steering {
  return { up: false, down: false, left: false, right: false, fire: false, aim: 0 };
}

/** A stick's deflection: -1 to 1 along each axis. */
export interface Deflection {
  x: number;
  y: number;
}

/** Below this share of its way a stick means nothing: thumbs are never still. */
const DEAD = 0.25;
/** Beyond this share the right stick fires; nearer it only aims. */
const TRIGGER = 0.55;
/** tan(22.5°): a direction within it of an axis is along that axis. */
const DIAGONAL = 0.4142;

/** How far a thumb has pushed a stick of this radius; never further than the rim. */
export function deflect(into: Deflection, dx: number, dy: number, radius: number): void {
  const length = Math.hypot(dx, dy);
  const limit = length > radius ? radius / length : 1;
  into.x = (dx * limit) / radius;
  into.y = (dy * limit) / radius;
}

/** The left stick walks in the nearest of the eight directions that the rules know. */
export function walkBy({ x, y }: Deflection, into: Steering): void {
  const pushed = Math.hypot(x, y) >= DEAD;
  const [across, along] = [Math.abs(x), Math.abs(y)];
  const horizontal = pushed && across > along * DIAGONAL;
  const vertical = pushed && along > across * DIAGONAL;
  into.right = horizontal && x > 0;
  into.left = horizontal && x < 0;
  into.down = vertical && y > 0;
  into.up = vertical && y < 0;
}

/** The right stick aims where it points, and fires when pushed far enough. */
export function aimBy({ x, y }: Deflection, into: Steering): void {
  const push = Math.hypot(x, y);
  if (push >= DEAD) into.aim = Math.atan2(y, x);
  into.fire = push >= TRIGGER;
}
