import { TILE } from "../../../src/arena/world.rules.ts";
import type { Scene } from "../scene.ts";
import { INK } from "./palette.ts";
import type { Sprites } from "./sprites.ts";

const APPEARS = 350;

/** What lies about, and the pads of what will come back: in world units. */
export function drawPickups(
  ctx: CanvasRenderingContext2D,
  scene: Scene,
  sprites: Sprites,
  now: number,
  still: boolean,
): void {
  const { map, pickups } = scene;
  for (let spot = 0; spot < map.pickups.length; spot++) {
    const { x, y, kind } = map.pickups[spot]!;
    const { there, since } = pickups[spot] ?? { there: false, since: 0 };
    const colour = INK[kind];
    ctx.save();
    ctx.translate(x / TILE, y / TILE);
    pad(ctx, colour, there);
    if (there) {
      const size = still ? 1 : Math.min(1, (now - since) / APPEARS);
      ctx.scale(size, size);
      ctx.globalAlpha = still ? 0.6 : 0.55 + 0.12 * Math.sin(now / 400 + spot);
      ctx.drawImage(sprites.glow(colour), -0.9, -0.9, 1.8, 1.8);
      ctx.globalAlpha = 1;
      (kind === "medkit" ? medkit : bolt)(ctx, colour);
    }
    ctx.restore();
  }
}

function pad(ctx: CanvasRenderingContext2D, colour: string, there: boolean): void {
  ctx.globalAlpha = there ? 0.8 : 0.25;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 0.05;
  ctx.beginPath();
  ctx.roundRect(-0.44, -0.44, 0.88, 0.88, 0.2);
  ctx.stroke();
  ctx.globalAlpha = 1;
}

function medkit(ctx: CanvasRenderingContext2D, colour: string): void {
  ctx.fillStyle = "#f4fff8";
  ctx.beginPath();
  ctx.roundRect(-0.28, -0.28, 0.56, 0.56, 0.12);
  ctx.fill();
  ctx.fillStyle = colour;
  ctx.fillRect(-0.07, -0.2, 0.14, 0.4);
  ctx.fillRect(-0.2, -0.07, 0.4, 0.14);
}

const BOLT = [0.06, -0.32, -0.2, 0.06, -0.02, 0.06, -0.06, 0.32, 0.2, -0.08, 0.02, -0.08] as const;

function bolt(ctx: CanvasRenderingContext2D, colour: string): void {
  ctx.fillStyle = colour;
  ctx.strokeStyle = "#3a2a00";
  ctx.lineWidth = 0.04;
  ctx.beginPath();
  for (let at = 0; at < BOLT.length; at += 2) ctx.lineTo(BOLT[at]!, BOLT[at + 1]!);
  ctx.closePath();
  ctx.fill();
  ctx.stroke();
}
