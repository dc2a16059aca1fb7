import type { Area, Cell } from "./combat-types.rules.ts";
import { CELL_FEET } from "./field-grid.rules.ts";

/** How far an area can reach from its origin, in cells along either axis. */
export function extentOf(area: Area): number {
  if (area.shape === "sphere") return Math.floor(area.radius / CELL_FEET);
  if (area.shape === "cube") return Math.floor(area.size / CELL_FEET) - 1;
  return Math.floor(area.length / CELL_FEET);
}

/**
 * Whether the cell `(dx, dy)` from the origin lies in the area, on open ground. A cell counts by its centre. Lengths
 * are compared as squares, because a square root would round.
 */
export function isInShape(area: Area, dx: number, dy: number, aim: Cell): boolean {
  if (area.shape === "sphere") return isWithin(extentOf(area), dx, dy);
  if (area.shape === "cube") return isInCube(extentOf(area), dx, dy, aim);
  const along = dx * aim.x + dy * aim.y;
  const aside = Math.abs(dx * aim.y - dy * aim.x);
  if (along <= 0 || !isWithin(extentOf(area), dx, dy)) return false;
  // A cone is as wide as it is long so far: half of that on either side.
  if (area.shape === "cone") return 2 * aside <= along;
  const width = Math.max(1, Math.floor(area.width / CELL_FEET));
  return 4 * aside * aside <= width * width * (aim.x * aim.x + aim.y * aim.y);
}

/** Round, with half a cell to spare: a radius of one cell takes in the diagonal neighbours too. */
function isWithin(cells: number, dx: number, dy: number): boolean {
  return 4 * (dx * dx + dy * dy) <= (2 * cells + 1) * (2 * cells + 1);
}

function isInCube(last: number, dx: number, dy: number, aim: Cell): boolean {
  return isOnSide(last, dx, aim.x) && isOnSide(last, dy, aim.y);
}

/** From the origin towards the aim; an axis along which the aim is neither way has the origin in its middle. */
function isOnSide(last: number, offset: number, direction: number): boolean {
  const before = direction === 0 ? Math.floor(last / 2) : direction < 0 ? last : 0;
  return offset >= -before && offset <= last - before;
}
