import { type Camera, screenX, screenY } from "../camera.ts";
import type { Pointers } from "../input/pointer.ts";
import type { Scene } from "../scene.ts";
import type { Effects } from "./effects.ts";
import { Floor } from "./floor.ts";
import { type Overlay, OverlayPainter } from "./overlay.ts";
import { INK } from "./palette.ts";
import { drawPickups } from "./pickups.ts";
import { drawBody, drawName } from "./players.ts";
import { drawShots } from "./shots.ts";
import { Sprites } from "./sprites.ts";

/** More pixels per CSS pixel than this cost time and are not seen. */
const RATIO_MAX = 2.5;

/** Draws a scene onto the canvas, which fills its box at the device's own resolution. */
export class Painter {
  readonly #canvas: HTMLCanvasElement;
  readonly #ctx: CanvasRenderingContext2D;
  readonly #floor = new Floor();
  readonly #sprites = new Sprites();
  readonly #overlay: OverlayPainter;
  readonly #still: boolean;
  ratio = 1;

  /** @param still for those who asked for less motion: nothing pulses */
  constructor(canvas: HTMLCanvasElement, pointers: Pointers, still: boolean) {
    this.#still = still;
    this.#canvas = canvas;
    this.#ctx = canvas.getContext("2d", { alpha: false })!;
    this.#overlay = new OverlayPainter(pointers);
  }

  /** Fits canvas and camera to the box; cheap when nothing changed. */
  fit(camera: Camera, width: number, height: number): void {
    this.ratio = Math.min(RATIO_MAX, devicePixelRatio);
    camera.width = width;
    camera.height = height;
    const [wide, high] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
  }

  draw(scene: Scene, camera: Camera, effects: Effects, overlay: Overlay, now: number): void {
    const ctx = this.#ctx;
    const scale = Math.round(camera.scale * this.ratio);
    // Whole device pixels: the floor's edges stay sharp while it scrolls.
    const left = Math.round(screenX(camera, 0) * this.ratio);
    const top = Math.round(screenY(camera, 0) * this.ratio);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.fillStyle = INK.outside;
    ctx.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
    this.#floor.draw(ctx, scene.map, scale, left, top);
    ctx.setTransform(scale, 0, 0, scale, left, top);
    drawPickups(ctx, scene, this.#sprites, now, this.#still);
    drawShots(ctx, scene, this.#sprites);
    for (const figure of scene.figures) if (isShown(figure)) drawBody(ctx, figure, this.#sprites, now, this.#still);
    effects.draw(ctx, now);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.#drawNames(scene, left, top, scale);
    effects.drawWords(ctx, camera, this.ratio, now);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.#overlay.draw(ctx, overlay, camera.width, camera.height, now);
  }

  #drawNames({ figures }: Scene, left: number, top: number, scale: number): void {
    const { ratio } = this;
    for (const figure of figures) {
      if (!isShown(figure)) continue;
      const at = { x: left + figure.x * scale, y: top + figure.y * scale, scale, ratio };
      drawName(this.#ctx, figure, this.#sprites, at);
    }
  }
}

function isShown({ present, alive }: Scene["figures"][number]): boolean {
  return present && alive;
}
