import { INK } from "./palette.ts";

/** A picture that is drawn often: text and soft light are slow to make and quick to copy. */
export class Sprites {
  readonly #glows = new Map<string, HTMLCanvasElement>();
  readonly #plates = new Map<number, { key: string; canvas: HTMLCanvasElement }>();

  /** Soft light of a colour (`#rrggbb`), 64 device pixels wide; scaled when drawn. */
  glow(colour: string): HTMLCanvasElement {
    const canvas = this.#glows.get(colour) ?? paintGlow(colour);
    this.#glows.set(colour, canvas);
    return canvas;
  }

  /** A player's name plate; one per seat is kept. @param size of the letters, in device pixels */
  plate(seat: number, name: string, size: number, colour: string): HTMLCanvasElement {
    const key = `${name}/${size}/${colour}`;
    const known = this.#plates.get(seat);
    if (known?.key === key) return known.canvas;
    const canvas = paintPlate(name, size, colour);
    this.#plates.set(seat, { key, canvas });
    return canvas;
  }
}

const GLOW = 64;

function paintGlow(colour: string): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = GLOW;
  const ctx = canvas.getContext("2d")!;
  const light = ctx.createRadialGradient(GLOW / 2, GLOW / 2, 0, GLOW / 2, GLOW / 2, GLOW / 2);
  light.addColorStop(0, colour);
  light.addColorStop(0.35, `${colour}60`);
  light.addColorStop(1, `${colour}00`);
  ctx.fillStyle = light;
  ctx.fillRect(0, 0, GLOW, GLOW);
  return canvas;
}

const LETTERS_MAX = 16;

function paintPlate(name: string, size: number, colour: string): HTMLCanvasElement {
  const text = name.length > LETTERS_MAX ? `${name.slice(0, LETTERS_MAX - 1)}…` : name;
  const canvas = document.createElement("canvas");
  const ctx = canvas.getContext("2d")!;
  const font = `600 ${size}px "Segoe UI", system-ui, sans-serif`;
  ctx.font = font;
  const [inset, height] = [Math.round(size * 0.5), Math.round(size * 1.5)];
  canvas.width = Math.ceil(ctx.measureText(text).width) + 2 * inset;
  canvas.height = height;
  ctx.font = font; // a new size forgets it
  ctx.fillStyle = INK.plate;
  ctx.beginPath();
  ctx.roundRect(0, 0, canvas.width, height, height / 2);
  ctx.fill();
  ctx.fillStyle = colour;
  ctx.textBaseline = "middle";
  ctx.fillText(text, inset, height / 2 + size * 0.04);
  return canvas;
}
