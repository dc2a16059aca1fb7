import type { Room } from "@colyseus/core";
import { CLOSE } from "../src/errors.ts";
import type { CloseReason } from "../src/journal/presenter.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { forgetReservations } from "./colyseus-internals.ts";

/** Seconds without any connection after which a session leaves memory; its players find it again. */
const HIBERNATE_AFTER_S = 60;
/** Seconds that an ended session's room stays for those who look at the result, and one that nobody ever joined. */
const LINGER_S = 30;
/** Clients that are sent away together, and how long after each other, in ms. */
const LEAVE_TOGETHER = 10;
const LEAVE_EVERY_MS = 10;

/** What becomes of a room: it stays, its session ends, or the session is let go of and the room closes. */
export type Fate = "stay" | "end" | "release";

/**
 * Closes a room; the code tells its clients whether there is anything to come back to. Where nothing is wrong they leave a
 * few at a time, because all of them come back at once to wherever the session is then.
 */
export async function closeRoom(room: Room, held: HeldSession, reason: CloseReason): Promise<void> {
  forgetReservations(room);
  const code = held.live.ledger.core.status === "ended" ? CLOSE.sessionEnded : CLOSE.reconnect;
  while (reason === "released" && room.clients.length > LEAVE_TOGETHER) {
    for (const client of room.clients.slice(0, LEAVE_TOGETHER)) client.leave(code);
    await new Promise((done) => setTimeout(done, LEAVE_EVERY_MS));
  }
  return room.disconnect(code);
}

/** @param quietSeconds how long nobody has been connected */
export function fateOf(held: HeldSession, quietSeconds: number, now: number): Fate {
  const { status, endedAt } = held.live.ledger.core;
  if (status === "ended") return quietSeconds > 0 || now > endedAt! + LINGER_S * 1000 ? "release" : "stay";
  if (status === "waiting" && held.members.length === 0) return quietSeconds >= LINGER_S ? "end" : "stay";
  return quietSeconds >= HIBERNATE_AFTER_S ? "release" : "stay";
}
