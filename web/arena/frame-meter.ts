export interface FrameFigures {
  /** Frames that were measured, at most the last 600. */
  readonly frames: number;
  /** Frames per second over them. */
  readonly fps: number;
  /** Ms between frames, and ms of script in one. */
  readonly intervalP50: number;
  readonly intervalP99: number;
  readonly workP50: number;
  readonly workP99: number;
}

const FRAMES = 600;
/** Ms: a longer gap is a hidden page, not a slow one. */
const GAP = 1000;

/** How smooth the page runs. Noting a frame allocates nothing. */
export class FrameMeter {
  readonly #intervals = new Float32Array(FRAMES);
  readonly #work = new Float32Array(FRAMES);
  #count = 0;
  #last = Number.NaN;

  /** @param at when the frame began, @param work how long its script took; both in ms */
  note(at: number, work: number): void {
    const interval = at - this.#last;
    this.#last = at;
    if (!(interval > 0 && interval < GAP)) return;
    const slot = this.#count % FRAMES;
    this.#intervals[slot] = interval;
    this.#work[slot] = work;
    this.#count += 1;
  }

  /** Frames per second of the last `frames` frames; 0 before there are any. */
  rate(frames = 60): number {
    const known = Math.min(frames, this.#count, FRAMES);
    let sum = 0;
    for (let back = 1; back <= known; back++) sum += this.#intervals[(this.#count - back) % FRAMES]!;
    return sum > 0 ? (1000 * known) / sum : 0;
  }

  clear(): void {
    this.#count = 0;
  }

  figures(): FrameFigures {
    const frames = Math.min(this.#count, FRAMES);
    const intervals = this.#intervals.slice(0, frames).sort();
    const work = this.#work.slice(0, frames).sort();
    const at = (sorted: Float32Array, share: number) => sorted[Math.floor(share * (frames - 1))] ?? 0;
    return {
      ...{ frames, fps: this.rate(FRAMES) },
      ...{ intervalP50: at(intervals, 0.5), intervalP99: at(intervals, 0.99) },
      ...{ workP50: at(work, 0.5), workP99: at(work, 0.99) },
    };
  }
}
