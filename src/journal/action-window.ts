import { type Refusal, refusal } from "../errors.ts";
import { uuid7Time } from "../lib/uuid7.ts";

/** L4: how long an action id is remembered, and how far a client's clock may run ahead. */
export const WINDOW_MS = 10 * 60 * 1000;
const AHEAD_MS = 60 * 1000;
/** At the rate limit of a connection no table comes near this; beyond it actions are refused, not forgotten. */
const WINDOW_MAX = 50_000;

/** Where an action took effect: the position after its last entry, the owner that wrote it, and the version it made. */
export interface ActionAnswer {
  readonly seq: number;
  readonly epoch: number;
  readonly version: number;
}

/** Snapshots of older builds have no version. */
type Row = readonly [key: string, seq: number, epoch: number, time: number, version?: number];
type Known = ActionAnswer & { readonly time: number };

const NONE: ReadonlyMap<string, Known> = new Map();

/** The ids of the last ten minutes, so that the same action takes effect once whatever the network does. */
export class ActionWindow {
  /** Made when there is something to remember: of most sessions of a process nothing is, most of the time. */
  #known: Map<string, Known> | null = null;
  /** The id checked last and its time: what is recorded next is nearly always that one. */
  #checkedId = "";
  #checkedTime = 0;

  /** The first answer, a refusal, or undefined when the action is new. */
  check(seat: number, actionId: string, at: number): ActionAnswer | Refusal | undefined {
    const known = this.#known?.get(`${seat}/${actionId}`);
    if (known) return { seq: known.seq, epoch: known.epoch, version: known.version };
    const time = uuid7Time(actionId);
    if (time === undefined || time > at + AHEAD_MS) return refusal("invalid_action_id");
    if (time < at - WINDOW_MS) return refusal("action_expired");
    this.#checkedId = actionId;
    this.#checkedTime = time;
    // `record` forgets, but what is refused here is never recorded: without this a full window would stay full.
    if (this.#size >= WINDOW_MAX) this.#forgetOlderThan(at - WINDOW_MS);
    return this.#size >= WINDOW_MAX ? refusal("overloaded") : undefined;
  }

  has(seat: number | null, actionId: string): boolean {
    return this.#known?.has(`${seat}/${actionId}`) === true;
  }

  get #size(): number {
    return this.#known?.size ?? 0;
  }

  record(seat: number | null, actionId: string, answer: ActionAnswer, at: number): void {
    const time = this.#checkedId === actionId ? this.#checkedTime : (uuid7Time(actionId) ?? at);
    this.#known ??= new Map();
    this.#known.set(`${seat}/${actionId}`, { ...answer, time });
    this.#forgetOlderThan(at - WINDOW_MS);
  }

  /** Snapshots store maps as arrays (L6). */
  toRows(): Row[] {
    return [...(this.#known ?? NONE)].map(([key, { seq, epoch, time, version }]) => [key, seq, epoch, time, version]);
  }

  static fromRows(rows: readonly Row[]): ActionWindow {
    const window = new ActionWindow();
    if (rows.length > 0) window.#known = new Map();
    for (const [key, seq, epoch, time, version = 0] of rows) window.#known!.set(key, { seq, epoch, time, version });
    return window;
  }

  /** Oldest insertions first; one that is not yet old stops the walk, so the cost is that of what is forgotten. */
  #forgetOlderThan(limit: number): void {
    for (const [key, { time }] of this.#known ?? NONE) {
      if (time >= limit) return;
      this.#known!.delete(key);
    }
  }
}
