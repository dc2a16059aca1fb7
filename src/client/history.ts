import type { Auth } from "./auth.ts";
import type { GameEvent } from "./event-log.ts";

const PAGE = 100;
const PAGES_MAX = 5;

interface Page {
  readonly items: readonly GameEvent[];
  readonly nextCursor: string | null;
}

interface Missed {
  readonly events: readonly GameEvent[];
  /** The seq after which there is more; null when that was all. */
  readonly more: number | null;
}

/** What happened after `after`, at most five hundred events; null when the server does not tell. */
export async function missedEvents(auth: Auth, sessionId: string, after: number): Promise<Missed | null> {
  const found: GameEvent[] = [];
  let cursor: string | null = String(after);
  for (let page = 0; page < PAGES_MAX && cursor !== null; page++) {
    const path: string = `v1/sessions/${encodeURIComponent(sessionId)}/events?after=${cursor}&limit=${PAGE}`;
    const answer: Page | null = await auth.call<Page>({ method: "GET", path }).catch(() => null);
    if (!answer) return null;
    found.push(...answer.items);
    cursor = answer.nextCursor;
  }
  return { events: found, more: cursor === null ? null : (found.at(-1)?.seq ?? null) };
}
