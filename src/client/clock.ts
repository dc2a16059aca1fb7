/** Time as an argument. */
export interface ClientClock {
  /** Milliseconds since the epoch by this machine's clock, which may be wrong and may jump. */
  now(): number;
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  monotonic(): number;
}

export const machineClock: ClientClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
};

/** The longest wait that timers know; they fire at once for a longer one. */
const TIMER_MAX_MS = 2 ** 31 - 1;

export function nothing(): void {
  // Stands where there is nothing to cancel yet, and nobody to tell.
}

/** A timer that does not keep a Node process alive by itself. Returns what cancels it. */
export function after(ms: number, act: () => void): () => void {
  const timer = setTimeout(act, Math.min(Math.max(0, ms), TIMER_MAX_MS));
  (timer as { unref?: () => void }).unref?.();
  return () => clearTimeout(timer);
}

/** Resolves with what `promise` resolves with, or throws what `late` makes after `ms`; `missed` gets what came too late. */
export async function within<T>(
  ms: number,
  promise: Promise<T>,
  late: () => Error,
  missed: (value: T) => void,
): Promise<T> {
  let isLate = false;
  let cancel = nothing;
  const timeout = new Promise<never>((_, reject) => {
    cancel = after(ms, () => {
      isLate = true;
      reject(late());
    });
  });
  promise.then((value) => isLate && missed(value), nothing);
  return Promise.race([promise, timeout]).finally(() => cancel());
}
