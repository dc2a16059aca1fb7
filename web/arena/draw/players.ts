import type { Figure } from "../scene.ts";
import { healthColour, INK, seatColour } from "./palette.ts";
import type { Sprites } from "./sprites.ts";

/** Tiles. */
const RADIUS = 0.4;
const BARREL = 0.7;
/** Ms. */
const FLASH = 70;
const HURT = 140;
const BIRTH = 420;
const FULL = Math.PI * 2;

/** The body: in world units, so that the context's transform scales it. */
export function drawBody(
  ctx: CanvasRenderingContext2D,
  figure: Figure,
  sprites: Sprites,
  now: number,
  still: boolean,
): void {
  const { x, y, aim, seat, hp, own } = figure;
  const colour = seatColour(seat);
  ctx.save();
  ctx.translate(x, y);
  if (!figure.connected || figure.away) ctx.globalAlpha = 0.45;
  disc(ctx, 0.06, 0.1, RADIUS, INK.shadow);
  light(ctx, sprites.glow(colour), own ? 1.2 : 0.95, own ? 0.3 : 0.18);
  ctx.rotate(aim);
  drawGun(ctx, colour, figure.rapid);
  ctx.rotate(-aim);
  disc(ctx, 0, 0, RADIUS, colour);
  disc(ctx, 0, 0, RADIUS * 0.72, INK.core);
  ctx.rotate(aim);
  disc(ctx, 0.13, 0, RADIUS * 0.3, colour);
  if (now - figure.firedAt < FLASH) drawFlash(ctx, sprites, 1 - (now - figure.firedAt) / FLASH);
  ctx.rotate(-aim);
  if (now - figure.hurtAt < HURT) disc(ctx, 0, 0, RADIUS, "rgb(255 255 255 / 75%)");
  if (own) ring(ctx, RADIUS + 0.07, 0.035, "#ffffff");
  if (figure.shielded) drawShield(ctx, still ? 1 : 0.5 + 0.5 * Math.sin(now / 90));
  if (!still && now - figure.bornAt < BIRTH) ring(ctx, RADIUS + (now - figure.bornAt) / 300, 0.05, colour);
  if (hp !== null) drawHealth(ctx, hp);
  ctx.restore();
}

function drawGun(ctx: CanvasRenderingContext2D, colour: string, rapid: boolean): void {
  ctx.fillStyle = "#cfd8e6";
  ctx.fillRect(0.2, -0.095, BARREL - 0.2, 0.19);
  ctx.fillStyle = rapid ? INK.rapid : colour;
  ctx.fillRect(BARREL - 0.13, -0.095, 0.13, 0.19);
}

function drawFlash(ctx: CanvasRenderingContext2D, sprites: Sprites, strength: number): void {
  ctx.globalCompositeOperation = "lighter";
  const size = 0.5 + 0.4 * strength;
  ctx.drawImage(sprites.glow("#ffe9b0"), BARREL - size / 2 + 0.1, -size / 2, size, size);
  ctx.globalCompositeOperation = "source-over";
}

/** @param strength 0 to 1 */
function drawShield(ctx: CanvasRenderingContext2D, strength: number): void {
  disc(ctx, 0, 0, RADIUS + 0.2, "rgb(155 232 255 / 13%)");
  ring(ctx, RADIUS + 0.2, 0.05, `rgb(155 232 255 / ${55 + 35 * strength}%)`);
}

/** A bar above the head. */
function drawHealth(ctx: CanvasRenderingContext2D, hp: number): void {
  const [width, height, top] = [0.96, 0.11, -0.76];
  ctx.fillStyle = INK.plate;
  ctx.fillRect(-width / 2 - 0.03, top - 0.03, width + 0.06, height + 0.06);
  ctx.fillStyle = healthColour(hp);
  ctx.fillRect(-width / 2, top, (width * hp) / 100, height);
}

/** The name, above the bar; in device pixels, so that letters stay sharp. */
export function drawName(
  ctx: CanvasRenderingContext2D,
  { seat, name, own, hp, connected }: Figure,
  sprites: Sprites,
  at: { readonly x: number; readonly y: number; readonly scale: number; readonly ratio: number },
): void {
  const size = Math.round(Math.max(10.5, Math.min(14, (at.scale / at.ratio) * 0.3)) * at.ratio);
  const plate = sprites.plate(seat, name, size, own ? "#ffffff" : seatColour(seat));
  const lift = (hp === null ? 0.6 : 0.86) * at.scale;
  ctx.globalAlpha = connected ? 1 : 0.5;
  ctx.drawImage(plate, Math.round(at.x - plate.width / 2), Math.round(at.y - lift - plate.height));
  ctx.globalAlpha = 1;
}

function light(ctx: CanvasRenderingContext2D, glow: HTMLCanvasElement, radius: number, strength: number): void {
  const alpha = ctx.globalAlpha;
  ctx.globalAlpha = strength * alpha;
  ctx.drawImage(glow, -radius, -radius, 2 * radius, 2 * radius);
  ctx.globalAlpha = alpha;
}

function disc(ctx: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(x, y, radius, 0, FULL);
  ctx.fill();
}

function ring(ctx: CanvasRenderingContext2D, radius: number, width: number, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.beginPath();
  ctx.arc(0, 0, radius, 0, FULL);
  ctx.stroke();
}
