import { type ArenaMap, isWall, tileOf } from "./maps.rules.ts";
import { BUTTON, TILE } from "./world.rules.ts";

/** Half the width of a body, which is a square to walls. */
export const BODY = 410;
/** 5 tiles a second, in whole units a tick; per axis it is less on a diagonal, which must not be faster. */
export const WALK = 170;
export const WALK_DIAGONAL = 120;

/** Anything with a place: the server's fighters and the client's predicted one. */
export interface Body {
  x: number;
  y: number;
}

/**
 * One tick's walk: moves the body by the held buttons and slides it along walls. Client and server run this very
 * function, so it reads nothing but its arguments.
 */
export function walk(body: Body, buttons: number, map: ArenaMap): void {
  const right = held(buttons, BUTTON.right) - held(buttons, BUTTON.left);
  const down = held(buttons, BUTTON.down) - held(buttons, BUTTON.up);
  const pace = right !== 0 && down !== 0 ? WALK_DIAGONAL : WALK;
  if (right !== 0) walkX(body, right * pace, map);
  if (down !== 0) walkY(body, down * pace, map);
}

/** A body is narrower than a tile, so its leading edge touches at most two tiles: those of its two corners. */
function walkX(body: Body, by: number, map: ArenaMap): void {
  const column = tileOf(body.x + by + (by > 0 ? BODY : -BODY));
  const blocked = isWall(map, column, tileOf(body.y - BODY)) || isWall(map, column, tileOf(body.y + BODY));
  body.x = blocked ? besideWall(column, by) : body.x + by;
}

function walkY(body: Body, by: number, map: ArenaMap): void {
  const row = tileOf(body.y + by + (by > 0 ? BODY : -BODY));
  const blocked = isWall(map, tileOf(body.x - BODY), row) || isWall(map, tileOf(body.x + BODY), row);
  body.y = blocked ? besideWall(row, by) : body.y + by;
}

/** Where a body's centre rests that came to the wall's tile moving by `by`. */
function besideWall(tile: number, by: number): number {
  return by > 0 ? tile * TILE - 1 - BODY : (tile + 1) * TILE + BODY;
}

function held(buttons: number, button: number): number {
  return (buttons & button) === 0 ? 0 : 1;
}
