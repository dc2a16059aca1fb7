import { type Refusal, refusal } from "../errors.ts";
import { uuid7Time } from "../lib/uuid7.ts";

/** L4: how long an action id is remembered, and how far a client's clock may run ahead. */
export const WINDOW_MS = 10 * 60 * 1000;
const AHEAD_MS = 60 * 1000;
/** At the rate limit of a connection no table comes near this; beyond it actions are refused, not forgotten. */
const WINDOW_MAX = 50_000;

/** Where an action took effect: the position after its last entry, and the owner that wrote it. */
export interface ActionAnswer {
  readonly seq: number;
  readonly epoch: number;
}

type Row = readonly [key: string, seq: number, epoch: number, time: number];

/** The ids of the last ten minutes, so that the same action takes effect once whatever the network does. */
export class ActionWindow {
  readonly #known = new Map<string, ActionAnswer & { time: number }>();
  /** The id checked last and its time: what is recorded next is nearly always that one. */
  #checked = { actionId: "", time: 0 };

  /** The first answer, a refusal, or undefined when the action is new. */
  check(seat: number, actionId: string, at: number): ActionAnswer | Refusal | undefined {
    const known = this.#known.get(`${seat}/${actionId}`);
    if (known) return { seq: known.seq, epoch: known.epoch };
    const time = uuid7Time(actionId);
    if (time === undefined || time > at + AHEAD_MS) return refusal("invalid_action_id");
    if (time < at - WINDOW_MS) return refusal("action_expired");
    this.#checked = { actionId, time };
    // `record` forgets, but what is refused here is never recorded: without this a full window would stay full.
    if (this.#known.size >= WINDOW_MAX) this.#forgetOlderThan(at - WINDOW_MS);
    return this.#known.size >= WINDOW_MAX ? refusal("overloaded") : undefined;
  }

  has(seat: number | null, actionId: string): boolean {
    return this.#known.has(`${seat}/${actionId}`);
  }

  record(seat: number | null, actionId: string, answer: ActionAnswer, at: number): void {
    const time = this.#checked.actionId === actionId ? this.#checked.time : (uuid7Time(actionId) ?? at);
    this.#known.set(`${seat}/${actionId}`, { seq: answer.seq, epoch: answer.epoch, time });
    this.#forgetOlderThan(at - WINDOW_MS);
  }

  /** Snapshots store maps as arrays (L6). */
  toRows(): Row[] {
    return [...this.#known].map(([key, { seq, epoch, time }]) => [key, seq, epoch, time]);
  }

  static fromRows(rows: readonly Row[]): ActionWindow {
    const window = new ActionWindow();
    for (const [key, seq, epoch, time] of rows) window.#known.set(key, { seq, epoch, time });
    return window;
  }

  /** Oldest insertions first; one that is not yet old stops the walk, so the cost is that of what is forgotten. */
  #forgetOlderThan(limit: number): void {
    for (const [key, { time }] of this.#known) {
      if (time >= limit) return;
      this.#known.delete(key);
    }
  }
}
