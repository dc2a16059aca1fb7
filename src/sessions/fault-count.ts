import { LRUCache } from "lru-cache";

/** Faults of a session's own code within a minute before it is taken out of service. */
const FAULTS_MAX = 3;
const WINDOW_MS = 60_000;

/** How often sessions failed lately: one that fails again and again would be recovered again and again. */
export class FaultCount {
  readonly #recent = new LRUCache<string, readonly number[]>({ max: 1000, ttl: WINDOW_MS });

  add(sessionId: string, now: number): void {
    const recent = (this.#recent.get(sessionId) ?? []).filter((at) => at > now - WINDOW_MS);
    this.#recent.set(sessionId, [...recent, now]);
  }

  isTooMany(sessionId: string): boolean {
    return (this.#recent.get(sessionId)?.length ?? 0) >= FAULTS_MAX;
  }
}
