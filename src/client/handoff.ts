import type { Auth } from "./auth.ts";

/** What the server reserved: a place in a room, for `client.consumeSeatReservation` of the SDK, within 15 s. */
export interface Reservation {
  /** The room's, which is the session's type. */
  readonly name: string;
  readonly roomId: string;
  /** Of the connection; Colyseus's word for it. */
  readonly sessionId: string;
  readonly processId: string;
  readonly publicAddress?: string;
}

/** A code that moves a seat, and until when it is good. */
export interface Offer {
  readonly code: string;
  /** ISO 8601, by the server's clock. */
  readonly expiresAt: string;
}

/** A code that moves this account's seat to another device of it. @throws HypogeumError `not_seated`, `session_ended` */
export function offerHandoff(auth: Auth, sessionId: string): Promise<Offer> {
  return auth.call({ method: "POST", path: `v1/sessions/${encodeURIComponent(sessionId)}/handoff` });
}

/**
 * The seat behind a code, for this device.
 *
 * @param deviceId another one than that which asked
 * @throws HypogeumError `code_invalid`, `same_device`
 */
export function claimHandoff(auth: Auth, code: string, deviceId: string): Promise<Reservation> {
  return auth.call({ method: "POST", path: "v1/handoff", body: { code, deviceId } });
}
