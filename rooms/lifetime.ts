import type { Room } from "@colyseus/core";
import { CLOSE } from "../src/errors.ts";
import type { HeldSession } from "../src/sessions/held-session.ts";
import { forgetReservations } from "./colyseus-internals.ts";

/** Seconds without any connection after which a session leaves memory; its players find it again. */
const HIBERNATE_AFTER_S = 60;
/** Seconds that an ended session's room stays for those who look at the result, and one that nobody ever joined. */
const LINGER_S = 30;

/** What becomes of a room: it stays, its session ends, or the session is let go of and the room closes. */
export type Fate = "stay" | "end" | "release";

/** Closes a room; the code tells its clients whether there is anything to come back to. */
export function closeRoom(room: Room, held: HeldSession): Promise<void> {
  forgetReservations(room);
  return room.disconnect(held.live.ledger.core.status === "ended" ? CLOSE.sessionEnded : CLOSE.reconnect);
}

/** @param quietSeconds how long nobody has been connected */
export function fateOf(held: HeldSession, quietSeconds: number, now: number): Fate {
  const { status, endedAt } = held.live.ledger.core;
  if (status === "ended") return quietSeconds > 0 || now > endedAt! + LINGER_S * 1000 ? "release" : "stay";
  if (status === "waiting" && held.members.length === 0) return quietSeconds >= LINGER_S ? "end" : "stay";
  return quietSeconds >= HIBERNATE_AFTER_S ? "release" : "stay";
}
