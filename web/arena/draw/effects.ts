import { type Camera, screenX, screenY } from "../camera.ts";

interface Spark {
  x: number;
  y: number;
  vx: number;
  vy: number;
  born: number;
  life: number;
  size: number;
  colour: string;
}

interface Streak {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
  born: number;
  colour: string;
}

interface Word {
  x: number;
  y: number;
  text: string;
  born: number;
  colour: string;
}

/** The oldest makes room for the newest. */
const SPARKS = 160;
const STREAKS = 12;
const WORDS = 12;
/** Ms. */
const STREAK_LIFE = 160;
const WORD_LIFE = 800;

/** Short-lived marks of what happened; lengths in tiles, times in ms of the animation clock. */
export class Effects {
  readonly #sparks: Spark[] = [];
  readonly #streaks: Streak[] = [];
  readonly #words: Word[] = [];
  #sparked = 0;
  #streaked = 0;
  #worded = 0;
  readonly #still: boolean;

  /** @param still for those who asked for less motion: things appear and fade, but do not fly about */
  constructor(still: boolean) {
    this.#still = still;
  }

  /** Something struck here. */
  impact(x: number, y: number, colour: string, now: number): void {
    this.#scatter(x, y, colour, this.#still ? 1 : 6, 3, 260, now);
  }

  /** Somebody was taken out here. */
  burst(x: number, y: number, colour: string, now: number): void {
    this.#scatter(x, y, colour, this.#still ? 2 : 26, 5, 620, now);
  }

  /** A shot that was too quick to be seen. */
  streak(x0: number, y0: number, x1: number, y1: number, colour: string, now: number): void {
    this.#streaks[this.#streaked++ % STREAKS] = { x0, y0, x1, y1, born: now, colour };
  }

  word(x: number, y: number, text: string, colour: string, now: number): void {
    this.#words[this.#worded++ % WORDS] = { x, y, text, born: now, colour };
  }

  /** In world units. */
  draw(ctx: CanvasRenderingContext2D, now: number): void {
    ctx.globalCompositeOperation = "lighter";
    ctx.lineCap = "round";
    for (const { x0, y0, x1, y1, born, colour } of this.#streaks) {
      if (now - born >= STREAK_LIFE) continue;
      ctx.globalAlpha = 1 - (now - born) / STREAK_LIFE;
      ctx.strokeStyle = colour;
      ctx.lineWidth = 0.1;
      ctx.beginPath();
      ctx.moveTo(x0, y0);
      ctx.lineTo(x1, y1);
      ctx.stroke();
    }
    for (const spark of this.#sparks) this.#drawSpark(ctx, spark, now);
    ctx.globalAlpha = 1;
    ctx.globalCompositeOperation = "source-over";
  }

  /** In device pixels, so that letters stay sharp. */
  drawWords(ctx: CanvasRenderingContext2D, camera: Camera, ratio: number, now: number): void {
    ctx.textAlign = "center";
    ctx.font = `800 ${Math.round(15 * ratio)}px "Segoe UI", system-ui, sans-serif`;
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = "rgb(7 9 14 / 80%)";
    for (const { x, y, text, born, colour } of this.#words) {
      const age = (now - born) / WORD_LIFE;
      if (age >= 1) continue;
      const lift = this.#still ? 0.9 : 0.7 + age * 0.6;
      const [left, top] = [screenX(camera, x) * ratio, screenY(camera, y - lift) * ratio];
      ctx.globalAlpha = 1 - age * age;
      ctx.strokeText(text, left, top);
      ctx.fillStyle = colour;
      ctx.fillText(text, left, top);
    }
    ctx.globalAlpha = 1;
    ctx.textAlign = "start";
  }

  clear(): void {
    for (const pool of [this.#sparks, this.#streaks, this.#words]) pool.length = 0;
  }

  #scatter(x: number, y: number, colour: string, count: number, speed: number, life: number, now: number): void {
    for (let index = 0; index < count; index++) {
      const [angle, pace] = [Math.random() * 7, this.#still ? 0 : speed * (0.25 + Math.random())];
      const size = this.#still ? 0.2 : 0.05 + Math.random() * 0.09;
      const [vx, vy] = [Math.cos(angle) * pace, Math.sin(angle) * pace];
      const spark = { x, y, vx, vy, born: now, life: life * (0.6 + Math.random() * 0.6), size, colour };
      this.#sparks[this.#sparked++ % SPARKS] = spark;
    }
  }

  #drawSpark(ctx: CanvasRenderingContext2D, spark: Spark, now: number): void {
    const age = (now - spark.born) / spark.life;
    if (age >= 1 || age < 0) return;
    // Slowed down by the sand.
    const way = (age - (age * age) / 2) * (spark.life / 1000);
    ctx.globalAlpha = 1 - age;
    ctx.fillStyle = spark.colour;
    ctx.beginPath();
    ctx.arc(spark.x + spark.vx * way, spark.y + spark.vy * way, spark.size, 0, 7);
    ctx.fill();
  }
}
