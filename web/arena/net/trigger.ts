import { COOLDOWN, RAPID_COOLDOWN } from "../../../src/arena/shots.rules.ts";

/** The own gun as the rules have it: says at which steps the trigger fires. */
export class Trigger {
  #cooldown = 0;

  /** One step; `ready` is whether the player may fire at all. True when a shot leaves. */
  step(pulled: boolean, ready: boolean, rapid: boolean): boolean {
    if (this.#cooldown > 0) this.#cooldown -= 1;
    if (!pulled || !ready || this.#cooldown > 0) return false;
    this.#cooldown = rapid ? RAPID_COOLDOWN : COOLDOWN;
    return true;
  }

  /** A new life. */
  reset(): void {
    this.#cooldown = 0;
  }
}
