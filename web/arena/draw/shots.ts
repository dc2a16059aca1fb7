import type { Scene } from "../scene.ts";
import { seatColour } from "./palette.ts";
import type { Sprites } from "./sprites.ts";

/** Tiles. */
const TRAIL = 0.85;
const GLOW = 0.62;

/** Bright heads with a tail: in world units. */
export function drawShots(ctx: CanvasRenderingContext2D, { bullets, bulletCount }: Scene, sprites: Sprites): void {
  ctx.globalCompositeOperation = "lighter";
  ctx.lineCap = "round";
  for (let index = 0; index < bulletCount; index++) {
    const { x, y, dx, dy, trail, seat } = bullets[index]!;
    const colour = seatColour(seat);
    const length = Math.min(TRAIL, trail);
    ctx.strokeStyle = colour;
    stroke(ctx, x, y, dx * length, dy * length, 0.12, 0.35);
    stroke(ctx, x, y, dx * length * 0.55, dy * length * 0.55, 0.12, 0.8);
    ctx.drawImage(sprites.glow(colour), x - GLOW / 2, y - GLOW / 2, GLOW, GLOW);
    ctx.strokeStyle = "#ffffff";
    stroke(ctx, x, y, dx * Math.min(0.2, length), dy * Math.min(0.2, length), 0.1, 1);
  }
  ctx.globalAlpha = 1;
  ctx.globalCompositeOperation = "source-over";
}

function stroke(
  ctx: CanvasRenderingContext2D,
  x: number,
  y: number,
  dx: number,
  dy: number,
  width: number,
  alpha: number,
): void {
  ctx.globalAlpha = alpha;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.moveTo(x - dx, y - dy);
  ctx.lineTo(x, y);
  ctx.stroke();
}
