const WIDTH = 30;
/** Redrawn at most this often, in ms: a terminal is slower than what it reports on. */
const EVERY_MS = 100;

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A line that fills up on a terminal, and nothing at all elsewhere. */
export class Progress {
  readonly #out: Terminal;
  readonly #total: number;
  readonly #now: () => number;
  #drawnAt = Number.NEGATIVE_INFINITY;

  constructor(total: number, out: Terminal = process.stderr, now: () => number = () => performance.now()) {
    this.#total = total;
    this.#out = out;
    this.#now = now;
  }

  at(done: number): void {
    const isDue = done === this.#total || this.#now() - this.#drawnAt >= EVERY_MS;
    if (!this.#out.isTTY || !isDue) return;
    this.#drawnAt = this.#now();
    const filled = Math.floor((WIDTH * done) / Math.max(1, this.#total));
    this.#out.write(`\r[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${done} of ${this.#total}`);
  }

  /** Takes the line away. */
  clear(): void {
    if (this.#out.isTTY) this.#out.write("\r\u001b[2K");
  }
}
