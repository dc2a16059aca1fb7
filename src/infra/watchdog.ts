import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";

const TICK_MS = 50;
/** Three seconds of this would depose the process: what comes near is worth a line. */
const BLOCKED_MS = 200;

export interface WatchdogParts {
  readonly clock: Clock;
  readonly log: Logger;
  /** Told how long the event loop stood still, in seconds. */
  readonly onBlocked: (seconds: number) => void;
}

/**
 * Reports when the event loop stood still for more than 200 ms, whatever held it: a computation, or a stopped process.
 *
 * @returns a function that stops watching
 */
export function startWatchdog({ clock, log, onBlocked }: WatchdogParts): () => void {
  let last = clock.monotonic();
  const timer = setInterval(() => {
    const now = clock.monotonic();
    const blocked = now - last - TICK_MS;
    last = now;
    if (blocked <= BLOCKED_MS) return;
    onBlocked(blocked / 1000);
    log.warn({ ms: Math.round(blocked) }, "the event loop stood still");
  }, TICK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
