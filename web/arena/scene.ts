import type { ArenaMap } from "../../src/arena/maps.rules.ts";

/** A player as drawn; lengths in tiles, angles in radians, instants in ms of the animation clock. */
export interface Figure {
  readonly seat: number;
  /** Whether the seat is taken. */
  present: boolean;
  name: string;
  x: number;
  y: number;
  aim: number;
  alive: boolean;
  away: boolean;
  connected: boolean;
  shielded: boolean;
  rapid: boolean;
  /** Null when this viewer may not know. */
  hp: number | null;
  /** Whether it is the viewer's own. */
  own: boolean;
  /** When it last fired, was hit, and came to life. */
  firedAt: number;
  hurtAt: number;
  bornAt: number;
}

/** A shot as drawn. */
export interface Bullet {
  x: number;
  y: number;
  dx: number;
  dy: number;
  /** Tiles behind it that its trail may cover. */
  trail: number;
  seat: number;
}

/** Everything of one frame but the camera. Made once and filled again for each frame. */
export interface Scene {
  map: ArenaMap;
  readonly figures: readonly Figure[];
  readonly bullets: Bullet[];
  /** How many of `bullets` count. */
  bulletCount: number;
  /** By spot: whether something lies there, and since when. */
  readonly pickups: { there: boolean; since: number }[];
}

const SEATS = 8;
const LONG_AGO = -1e9;

export function newScene(map: ArenaMap): Scene {
  const figures = Array.from({ length: SEATS }, (_, seat) => newFigure(seat));
  return { map, figures, bullets: [], bulletCount: 0, pickups: [] };
}

function newFigure(seat: number): Figure {
  return {
    ...{ seat, present: false, name: "", x: 0, y: 0, aim: 0, hp: null, own: false },
    ...{ alive: false, away: false, connected: false, shielded: false, rapid: false },
    ...{ firedAt: LONG_AGO, hurtAt: LONG_AGO, bornAt: LONG_AGO },
  };
}

/** The next bullet to fill in; the pool grows to the most there ever were at once. */
export function nextBullet(scene: Scene): Bullet {
  const { bullets, bulletCount } = scene;
  scene.bulletCount += 1;
  bullets[bulletCount] ??= { x: 0, y: 0, dx: 0, dy: 0, trail: 0, seat: 0 };
  return bullets[bulletCount];
}
