import { TILE } from "./world.rules.ts";

export type PickupKind = "medkit" | "rapid";

/** A point in 1/1024 of a tile. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface PickupSpot extends Spot {
  readonly kind: PickupKind;
}

export interface ArenaMap {
  readonly name: string;
  /** In tiles. */
  readonly width: number;
  readonly height: number;
  /** Row by row: 1 where a wall stands. */
  readonly walls: Uint8Array;
  readonly spawns: readonly Spot[];
  readonly pickups: readonly PickupSpot[];
}

const WALL = "#";
const SPAWN = "S";
const PICKUPS: { readonly [symbol: string]: PickupKind } = { "+": "medkit", "*": "rapid" };

const COURTYARD = `
################################
#..............................#
#.S....#.....S....S.....#....S.#
#......#................#......#
#...........##....##...........#
#..###.......#....#.......###..#
#..#..........*.............#..#
#..#....##............##....#..#
#.......#....#....#....#.......#
#.S..#.......#....#.......#..S.#
#....#...+................#....#
#..............................#
#..............................#
#....#................+...#....#
#.S..#.......#....#.......#..S.#
#.......#....#....#....#.......#
#..#....##............##....#..#
#..#.............*..........#..#
#..###.......#....#.......###..#
#...........##....##...........#
#......#................#......#
#.S....#.....S....S.....#....S.#
#..............................#
################################`;

const CROSSROADS = `
################################
#.....#..................#.....#
#.S...#...S..........S...#...S.#
#.......#####......#####.......#
#.....#.#...#......#...#.#.....#
###.###.#.......*......#.###.###
#.......#...#......#...#.......#
#..####.##.##......##.##.####..#
#..#........................#..#
#..#..#..###.##..##.###..#..#..#
#S....#..#............#..#....S#
#..#......+.................#..#
#..#.................+......#..#
#S....#..#............#..#....S#
#..#..#..###.##..##.###..#..#..#
#..#........................#..#
#..####.##.##......##.##.####..#
#.......#...#......#...#.......#
###.###.#......*.......#.###.###
#.....#.#...#......#...#.#.....#
#.......#####......#####.......#
#.S...#...S..........S...#...S.#
#.....#..................#.....#
################################`;

const CATACOMBS = `
################################
#...#......#........#......#...#
#.S.#.####.#.S....S.#.####.#.S.#
#...#.#......#....#......#.#...#
#.....#..###.#....#.###..#.....#
###.#.##.#...#....#...#.##.#.###
#...#....#.####..####.#....#...#
#.#####.##............##.#####.#
#.....#....##......##....#.....#
#.S.#...##............##...#.S.#
##.####..#..##....##..#..####.##
#.+............*...............#
#...............*............+.#
##.####..#..##....##..#..####.##
#.S.#...##............##...#.S.#
#.....#....##......##....#.....#
#.#####.##............##.#####.#
#...#....#.####..####.#....#...#
###.#.##.#...#....#...#.##.#.###
#.....#..###.#....#.###..#.....#
#...#.#......#....#......#.#...#
#.S.#.####.#.S....S.#.####.#.S.#
#...#......#........#......#...#
################################`;

/** A match's map is a position in this list; journals know it by that number, so new maps go to the end. */
export const MAPS: readonly ArenaMap[] = [
  parseMap("courtyard", COURTYARD),
  parseMap("crossroads", CROSSROADS),
  parseMap("catacombs", CATACOMBS),
];

/** A map from its drawing: `#` wall, `S` spawn, `+` medkit, `*` rapid fire, anything else open floor. */
export function parseMap(name: string, drawing: string): ArenaMap {
  const rows = drawing.trim().split("\n");
  const tiles = rows.flatMap((row, tileY) =>
    [...row].map((symbol, tileX) => ({ symbol, x: middle(tileX), y: middle(tileY) })),
  );
  const walls = Uint8Array.from(tiles, ({ symbol }) => (symbol === WALL ? 1 : 0));
  const spawns = tiles.filter(({ symbol }) => symbol === SPAWN).map(({ x, y }) => ({ x, y }));
  const pickups = tiles
    .filter(({ symbol }) => PICKUPS[symbol])
    .map(({ symbol, x, y }) => ({ x, y, kind: PICKUPS[symbol]! }));
  return { name, width: rows[0]!.length, height: rows.length, walls, spawns, pickups };
}

/** The tile of a coordinate. */
export function tileOf(position: number): number {
  return Math.floor(position / TILE);
}

/** Whether a wall stands on the tile; everything outside the map is wall. */
export function isWall(map: ArenaMap, tileX: number, tileY: number): boolean {
  if (tileX < 0 || tileY < 0 || tileX >= map.width || tileY >= map.height) return true;
  return map.walls[tileY * map.width + tileX] === 1;
}

function middle(tile: number): number {
  return tile * TILE + TILE / 2;
}
