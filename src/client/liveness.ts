import type { Room } from "@colyseus/sdk";
import type { ClientClock } from "./clock.ts";

/** The stock SDK comes back at once after it. */
const MAY_TRY_RECONNECT = 4010;
const LOOK_EVERY_MS = 2500;
/** After so long a silence the server is asked for a sign of life, which may take as long again. */
const QUIET_MS = 5000;

/**
 * Notices that the other end is gone though the socket is still open, as behind a dead spot: a browser would wait for
 * minutes. Returns what ends the watch.
 */
export function watchOver(room: Room, clock: ClientClock): () => void {
  const { connection } = room;
  const { events } = connection;
  let heardAt = clock.monotonic();
  let askedAt = Number.NEGATIVE_INFINITY;
  const receive = events.onmessage;
  events.onmessage = (message: MessageEvent) => {
    heardAt = clock.monotonic();
    receive?.(message);
  };

  function look(): void {
    const now = clock.monotonic();
    if (!connection.isOpen || now - heardAt < QUIET_MS) return;
    // Timers stand still in a page that sleeps: only a question that was asked proves a silence.
    if (askedAt <= heardAt) {
      askedAt = now;
      room.ping(() => undefined);
    } else if (now - askedAt >= QUIET_MS) {
      heardAt = now;
      connection.close(MAY_TRY_RECONNECT);
    }
  }

  const timer = setInterval(look, LOOK_EVERY_MS);
  (timer as { unref?: () => void }).unref?.();
  return () => clearInterval(timer);
}
