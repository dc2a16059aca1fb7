import type { Entry } from "./game.ts";
import type { Presenter } from "./presenter.ts";

const NOTHING: readonly Entry[] = [];

/** What a live session shows, and what it keeps back: nothing critical is seen before it is durable (L3). */
export class Output {
  presenter: Presenter | null = null;
  /** Nothing at or above the first undurable critical entry may be seen. */
  criticalSeq = 0;
  #kept: readonly Entry[] = NOTHING;

  keep(entries: readonly Entry[]): void {
    if (entries.length > 0) this.#kept = [...this.#kept, ...entries];
  }

  /** Shows what was kept, unless part of it could still be lost; true if anything was. Throws what the presenter throws. */
  release(durableSeq: number): boolean {
    if (this.#kept.length === 0 || this.criticalSeq > durableSeq) return false;
    const entries = this.#kept;
    this.#kept = NOTHING;
    this.presenter?.release(entries);
    return true;
  }
}
