type Held = "up" | "down" | "left" | "right" | "fire" | "scores";

/** By place on the keyboard, not by letter: WASD is a shape. */
const KEYS: { readonly [code: string]: Held } = {
  ...{ KeyW: "up", KeyA: "left", KeyS: "down", KeyD: "right" },
  ...{ ArrowUp: "up", ArrowLeft: "left", ArrowDown: "down", ArrowRight: "right" },
  ...{ Space: "fire", Tab: "scores" },
};

/** Which keys are held. */
export class Keyboard {
  readonly #codes = new Set<string>();
  readonly #isPlaying: () => boolean;
  readonly #changed: () => void;

  /** @param isPlaying whether keys are the game's now; else they are the page's, as Tab is on a form */
  constructor(isPlaying: () => boolean, changed: () => void) {
    this.#isPlaying = isPlaying;
    this.#changed = changed;
    addEventListener("keydown", (event) => this.#press(event));
    addEventListener("keyup", ({ code }) => this.#release(code));
    addEventListener("blur", () => this.release());
  }

  holds(wanted: Held): boolean {
    for (const code of this.#codes) if (KEYS[code] === wanted) return true;
    return false;
  }

  /** Lets go of everything: a key that comes up while the page has no focus is never reported. */
  release(): void {
    this.#codes.clear();
    this.#changed();
  }

  #press(event: KeyboardEvent): void {
    const { code, target } = event;
    if (!KEYS[code] || !this.#isPlaying() || event.ctrlKey || event.metaKey || event.altKey) return;
    // Whoever walks through the page by keyboard still can: a focused button keeps the two keys it needs.
    const focused = target instanceof HTMLElement && target.closest("button, a") !== null;
    if (focused && (code === "Space" || code === "Tab")) return;
    event.preventDefault();
    this.#codes.add(code);
    this.#changed();
  }

  #release(code: string): void {
    if (this.#codes.delete(code)) this.#changed();
  }
}
