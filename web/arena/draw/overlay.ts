import { type Pointers, STICK_RADIUS, type Stick } from "../input/pointer.ts";

/** What lies over the picture, fixed to the screen. */
export interface Overlay {
  /** Whether the viewer plays, so that aiming means something. */
  armed: boolean;
  /** When the own player last hit somebody, and when it was hit; ms of the animation clock. */
  hitAt: number;
  hurtAt: number;
  /** The own player's health, or null. */
  hp: number | null;
}

const HIT = 220;
const HURT = 320;
const LOW_HP = 30;

/** Draws crosshair, sticks and the red rim of pain; in CSS pixels. */
export class OverlayPainter {
  readonly #pointers: Pointers;
  readonly #rim = paintRim();

  constructor(pointers: Pointers) {
    this.#pointers = pointers;
  }

  draw(ctx: CanvasRenderingContext2D, overlay: Overlay, width: number, height: number, now: number): void {
    this.#drawRim(ctx, overlay, width, height, now);
    if (!overlay.armed) return;
    const { touch, move, aim, mouseX, mouseY } = this.#pointers;
    if (touch) {
      drawStick(ctx, move, 96, height - 104);
      drawStick(ctx, aim, width - 96, height - 104);
    } else {
      drawCrosshair(ctx, mouseX, mouseY);
      if (now - overlay.hitAt < HIT) drawHit(ctx, mouseX, mouseY, 1 - (now - overlay.hitAt) / HIT);
    }
  }

  #drawRim(ctx: CanvasRenderingContext2D, overlay: Overlay, width: number, height: number, now: number): void {
    const fresh = Math.max(0, 1 - (now - overlay.hurtAt) / HURT);
    const low = overlay.hp !== null && overlay.hp > 0 && overlay.hp <= LOW_HP ? 0.35 : 0;
    const strength = Math.max(fresh, low);
    if (strength === 0) return;
    ctx.globalAlpha = strength;
    ctx.drawImage(this.#rim, 0, 0, width, height);
    ctx.globalAlpha = 1;
  }
}

function drawCrosshair(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  ctx.beginPath();
  ctx.arc(x, y, 9, 0, 7);
  for (const [dx, dy] of CROSS) {
    ctx.moveTo(x + dx * 5, y + dy * 5);
    ctx.lineTo(x + dx * 14, y + dy * 14);
  }
  outline(ctx, "#ffffff", 1.6);
}

const CROSS = [
  [1, 0],
  [-1, 0],
  [0, 1],
  [0, -1],
] as const;
const SALTIRE = [
  [1, 1],
  [-1, 1],
  [1, -1],
  [-1, -1],
] as const;

function drawHit(ctx: CanvasRenderingContext2D, x: number, y: number, strength: number): void {
  ctx.globalAlpha = strength;
  ctx.beginPath();
  for (const [dx, dy] of SALTIRE) {
    ctx.moveTo(x + dx * 6, y + dy * 6);
    ctx.lineTo(x + dx * 14, y + dy * 14);
  }
  outline(ctx, "#ff5a4d", 3);
  ctx.globalAlpha = 1;
}

/** Light on dark: seen over the floor as well as over a flash. */
function outline(ctx: CanvasRenderingContext2D, colour: string, width: number): void {
  ctx.lineCap = "round";
  ctx.strokeStyle = "rgb(0 0 0 / 65%)";
  ctx.lineWidth = width + 2;
  ctx.stroke();
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

/** A free stick shows where a thumb may go. */
function drawStick(ctx: CanvasRenderingContext2D, stick: Stick, homeX: number, homeY: number): void {
  const held = stick.pointer !== null;
  const [x, y] = held ? [stick.x, stick.y] : [homeX, homeY];
  ctx.globalAlpha = held ? 0.85 : 0.4;
  ctx.lineWidth = 2;
  ctx.strokeStyle = "#dfe8f5";
  ctx.fillStyle = "rgb(16 22 33 / 45%)";
  ctx.beginPath();
  ctx.arc(x, y, STICK_RADIUS, 0, 7);
  ctx.fill();
  ctx.stroke();
  ctx.fillStyle = "#dfe8f5";
  ctx.beginPath();
  ctx.arc(x + stick.push.x * STICK_RADIUS, y + stick.push.y * STICK_RADIUS, 22, 0, 7);
  ctx.fill();
  ctx.globalAlpha = 1;
}

function paintRim(): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 128;
  const ctx = canvas.getContext("2d")!;
  const rim = ctx.createRadialGradient(64, 64, 50, 64, 64, 92);
  rim.addColorStop(0, "rgb(255 40 40 / 0%)");
  rim.addColorStop(1, "rgb(255 40 40 / 58%)");
  ctx.fillStyle = rim;
  ctx.fillRect(0, 0, 128, 128);
  return canvas;
}
