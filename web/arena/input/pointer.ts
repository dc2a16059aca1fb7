import { type Deflection, deflect } from "./steering.ts";

/** CSS pixels. */
export const STICK_RADIUS = 56;

/** A virtual stick: it stands where the thumb came down. */
export interface Stick {
  readonly push: Deflection;
  /** The pointer that holds it; null when nobody does. */
  pointer: number | null;
  x: number;
  y: number;
}

/** Mouse and thumbs on the playing field. */
export class Pointers {
  readonly move = newStick();
  readonly aim = newStick();
  /** Where the mouse is, in CSS pixels of the field. */
  mouseX = 0;
  mouseY = 0;
  mouseFires = false;
  /** Whether the player uses thumbs; the last pointer decides. */
  touch = matchMedia("(pointer: coarse)").matches;
  readonly #field: HTMLElement;

  constructor(field: HTMLElement) {
    this.#field = field;
    field.addEventListener("pointerdown", (event) => this.#down(event));
    addEventListener("pointermove", (event) => this.#moved(event));
    for (const end of ["pointerup", "pointercancel"] as const) addEventListener(end, (event) => this.#up(event));
    field.addEventListener("contextmenu", (event) => event.preventDefault());
    addEventListener("blur", () => this.release());
  }

  release(): void {
    this.mouseFires = false;
    for (const stick of [this.move, this.aim]) letGo(stick);
  }

  #down(event: PointerEvent): void {
    this.touch = event.pointerType !== "mouse";
    event.preventDefault();
    // Focus left in a menu would keep the keys from the game.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    if (!this.touch) {
      this.#moved(event);
      this.mouseFires = event.button === 0;
      return;
    }
    const stick = event.clientX < this.#field.clientWidth / 2 ? this.move : this.aim;
    if (stick.pointer !== null) return;
    Object.assign(stick, { pointer: event.pointerId, x: event.clientX, y: event.clientY });
  }

  #moved(event: PointerEvent): void {
    if (event.pointerType === "mouse") {
      this.mouseX = event.clientX;
      this.mouseY = event.clientY;
      return;
    }
    const stick = this.#held(event);
    if (stick) deflect(stick.push, event.clientX - stick.x, event.clientY - stick.y, STICK_RADIUS);
  }

  #up(event: PointerEvent): void {
    if (event.pointerType === "mouse") this.mouseFires = false;
    const stick = this.#held(event);
    if (stick) letGo(stick);
  }

  #held({ pointerId }: PointerEvent): Stick | undefined {
    return [this.move, this.aim].find(({ pointer }) => pointer === pointerId);
  }
}

function newStick(): Stick {
  return { push: { x: 0, y: 0 }, pointer: null, x: 0, y: 0 };
}

function letGo(stick: Stick): void {
  stick.pointer = null;
  stick.push.x = 0;
  stick.push.y = 0;
}
