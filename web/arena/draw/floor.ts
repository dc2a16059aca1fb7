import { type ArenaMap, isWall } from "../../../src/arena/maps.rules.ts";
import { INK } from "./palette.ts";

/** Tiles around the map that are drawn too: the walls' shadows and glow fall there. */
const BORDER = 1;
/** How much of a wall's tile is its face, seen from above and a little from the south. */
const FACE = 0.24;

/**
 * What never changes, drawn once per size: a frame then copies one picture instead of filling 768 tiles. The maps are
 * as wide as a screen or two, so the picture stays within what browsers take.
 */
export class Floor {
  readonly #canvas = document.createElement("canvas");
  #key = "";

  /** @param scale device pixels per tile, a whole number */
  draw(ctx: CanvasRenderingContext2D, map: ArenaMap, scale: number, left: number, top: number): void {
    const key = `${map.name}/${scale}`;
    if (this.#key !== key) this.#paint(map, scale);
    this.#key = key;
    ctx.drawImage(this.#canvas, left - BORDER * scale, top - BORDER * scale);
  }

  #paint(map: ArenaMap, scale: number): void {
    this.#canvas.width = (map.width + 2 * BORDER) * scale;
    this.#canvas.height = (map.height + 2 * BORDER) * scale;
    const ctx = this.#canvas.getContext("2d")!;
    ctx.fillStyle = INK.outside;
    ctx.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    ctx.setTransform(scale, 0, 0, scale, BORDER * scale, BORDER * scale);
    paintGround(ctx, map);
    paintEmblem(ctx, map);
    paintShadows(ctx, map);
    paintWalls(ctx, map, 1 / scale);
    paintVignette(ctx, map);
  }
}

function forTiles(map: ArenaMap, wall: boolean, paint: (x: number, y: number) => void): void {
  for (let y = 0; y < map.height; y++) {
    for (let x = 0; x < map.width; x++) if (isWall(map, x, y) === wall) paint(x, y);
  }
}

function paintGround(ctx: CanvasRenderingContext2D, map: ArenaMap): void {
  ctx.fillStyle = INK.floor;
  ctx.fillRect(0, 0, map.width, map.height);
  ctx.fillStyle = INK.floorLight;
  // Slabs of two by two tiles.
  forTiles(map, false, (x, y) => ((x >> 1) + (y >> 1)) % 2 === 0 && ctx.fillRect(x, y, 1, 1));
  ctx.strokeStyle = INK.grid;
  ctx.lineWidth = 0.03;
  ctx.beginPath();
  for (let x = 0; x <= map.width; x++) line(ctx, x, 0, x, map.height);
  for (let y = 0; y <= map.height; y++) line(ctx, 0, y, map.width, y);
  ctx.stroke();
}

/** The ring in the middle of the sand. */
function paintEmblem(ctx: CanvasRenderingContext2D, { width, height }: ArenaMap): void {
  const [x, y] = [width / 2, height / 2];
  ctx.strokeStyle = INK.mark;
  ctx.lineWidth = 0.08;
  for (const radius of [2.2, 2.6]) {
    ctx.beginPath();
    ctx.arc(x, y, radius, 0, 7);
    ctx.stroke();
  }
  ctx.lineWidth = 0.22;
  for (let part = 0; part < 8; part++) {
    const from = (part * Math.PI) / 4 + 0.12;
    ctx.beginPath();
    ctx.arc(x, y, 2.95, from, from + Math.PI / 4 - 0.24);
    ctx.stroke();
  }
}

function paintShadows(ctx: CanvasRenderingContext2D, map: ArenaMap): void {
  ctx.fillStyle = INK.shadow;
  forTiles(map, true, (x, y) => {
    if (!isWall(map, x, y + 1)) ctx.fillRect(x, y + 1, 1, 0.22);
    if (!isWall(map, x + 1, y)) ctx.fillRect(x + 1, y, 0.12, 1);
  });
}

function paintWalls(ctx: CanvasRenderingContext2D, map: ArenaMap, pixel: number): void {
  forTiles(map, true, (x, y) => {
    ctx.fillStyle = (x + y) % 2 === 0 ? INK.wallTop : INK.wallTopDark;
    ctx.fillRect(x, y, 1, 1);
    if (isWall(map, x, y + 1)) return;
    ctx.fillStyle = INK.wallFace;
    ctx.fillRect(x, y + 1 - FACE, 1, FACE);
  });
  ctx.strokeStyle = INK.wallEdge;
  ctx.lineWidth = Math.max(0.045, pixel);
  ctx.lineCap = "square";
  ctx.beginPath();
  forTiles(map, true, (x, y) => {
    if (!isWall(map, x, y - 1)) line(ctx, x, y, x + 1, y);
    if (!isWall(map, x, y + 1)) line(ctx, x, y + 1 - FACE, x + 1, y + 1 - FACE);
    if (!isWall(map, x - 1, y)) line(ctx, x, y, x, y + 1);
    if (!isWall(map, x + 1, y)) line(ctx, x + 1, y, x + 1, y + 1);
  });
  ctx.stroke();
}

/** Light falls on the middle. */
function paintVignette(ctx: CanvasRenderingContext2D, { width, height }: ArenaMap): void {
  const light = ctx.createRadialGradient(width / 2, height / 2, height * 0.35, width / 2, height / 2, width * 0.75);
  light.addColorStop(0, "rgb(7 9 14 / 0%)");
  light.addColorStop(1, "rgb(7 9 14 / 55%)");
  ctx.fillStyle = light;
  ctx.fillRect(-BORDER, -BORDER, width + 2 * BORDER, height + 2 * BORDER);
}

function line(ctx: CanvasRenderingContext2D, x0: number, y0: number, x1: number, y1: number): void {
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
}
