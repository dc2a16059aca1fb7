import { CORE, type Entry, SPECTATOR } from "../src/journal/game.ts";
import { toldTo } from "../src/journal/redact.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { together } from "./colyseus-internals.ts";
import type { LedgerClient } from "./table.ts";

/**
 * Tells every client what happened, each its own view of it, right behind the state that came of it. Ownership is no event
 * of the game.
 *
 * @param show sends that state
 */
export function announce(
  clients: Iterable<LedgerClient>,
  held: HeldSession,
  entries: readonly Entry[],
  show: () => void,
): void {
  together(clients, () => {
    show();
    sendEvents(clients, held, entries);
  });
}

function sendEvents(clients: Iterable<LedgerClient>, held: HeldSession, entries: readonly Entry[]): void {
  const { epoch, identity } = held.live.ledger;
  const shown = entries.filter(({ type }) => type !== CORE.owner);
  for (const client of clients) {
    for (const entry of shown) {
      for (const { seq, type, seat, data } of toldTo(identity.game, entry, client.userData?.viewer ?? SPECTATOR)) {
        client.send("event", seat === null ? { epoch, seq, type, data } : { epoch, seq, type, seat, data });
      }
    }
  }
}
