import { type Camera, worldX, worldY } from "../camera.ts";
import type { Keyboard } from "./keyboard.ts";
import type { Pointers } from "./pointer.ts";
import { aimBy, atRest, type Steering, walkBy } from "./steering.ts";

const BUTTONS = ["up", "down", "left", "right", "fire"] as const;

/** Keyboard, mouse and thumbs as one: what the player does now. */
export class Controls {
  readonly now = atRest();
  readonly #keyboard: Keyboard;
  readonly #pointers: Pointers;

  constructor(keyboard: Keyboard, pointers: Pointers) {
    this.#keyboard = keyboard;
    this.#pointers = pointers;
  }

  /** Reads the devices; the mouse aims from where the player stands on the screen (in tiles). */
  read(camera: Camera, x: number, y: number): Steering {
    const { now } = this;
    const { touch, move, aim, mouseX, mouseY, mouseFires } = this.#pointers;
    if (touch) {
      walkBy(move.push, now);
      aimBy(aim.push, now);
    } else {
      now.up = now.down = now.left = now.right = false;
      now.fire = mouseFires;
      now.aim = Math.atan2(worldY(camera, mouseY) - y, worldX(camera, mouseX) - x);
    }
    for (const button of BUTTONS) {
      now[button] ||= this.#keyboard.holds(button);
    }
    return now;
  }
}
