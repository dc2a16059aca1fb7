import type { InputAccessor } from "@colyseus/core";

/** Inputs that may wait: a sixth of a second at 30 Hz. */
const WAITING_MAX = 5;
/** Ticks over which the shortest queue is looked for. */
const WATCH_TICKS = 60;

/**
 * One client's inputs, of which each tick takes one. Waiting inputs are the buffer that hides a jittery line, and they
 * are delay: when even the shortest queue of two seconds was longer than needed, one is dropped. So a client that sends
 * faster than the clock ticks gains nothing by it, and one that was cut off catches up.
 */
export class InputQueue {
  #ticks = 0;
  #shortest = Number.POSITIVE_INFINITY;

  /** The input of this tick; undefined when none has come in time. */
  next<Input>(inputs: InputAccessor<Input>): Input | undefined {
    const { size } = inputs;
    if (size > WAITING_MAX) inputs.take(size - WAITING_MAX);
    if (size < this.#shortest) this.#shortest = size;
    this.#ticks += 1;
    if (this.#ticks === WATCH_TICKS) this.#trim(inputs);
    return inputs.next();
  }

  #trim(inputs: InputAccessor): void {
    if (this.#shortest > 1) inputs.take(1);
    this.#ticks = 0;
    this.#shortest = Number.POSITIVE_INFINITY;
  }
}
