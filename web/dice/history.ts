import type { GameEvent } from "../game-event.ts";

const PAGE = 100;
const PAGES_MAX = 5;

/**
 * What happened at the table after `after`, for a page that was not there: after a reload, or while it was cut off.
 * The log is an extra, so a server that does not answer leaves it as it is.
 */
export async function missedEvents(sessionId: string, after: number, accessToken: string): Promise<GameEvent[]> {
  const found: GameEvent[] = [];
  let cursor: string | null = String(after);
  for (let page = 0; page < PAGES_MAX && cursor !== null; page++) {
    const url = `v1/sessions/${encodeURIComponent(sessionId)}/events?after=${cursor}&limit=${PAGE}`;
    const response: Response | null = await fetch(url, { headers: { Authorization: `Bearer ${accessToken}` } }).catch(
      () => null,
    );
    if (!response?.ok) break;
    const { items, nextCursor } = (await response.json()) as { items: GameEvent[]; nextCursor: string | null };
    found.push(...items);
    cursor = nextCursor;
  }
  return found;
}
