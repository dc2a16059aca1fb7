import type { Code } from "./error-codes.ts";

/**
 * connected. reconnecting: the stock SDK tries to come back. rerouting: it gave up, and the server is asked for another
 * way to the same seat. moved: another device of the account has the seat. ended: the session is over. lost: nothing is
 * tried any more, but may be asked for.
 */
export type ConnectionState = "connected" | "reconnecting" | "rerouting" | "moved" | "ended" | "lost";

/** An end of the connection, and why. */
export interface Closing {
  readonly state: "moved" | "ended" | "lost";
  readonly reason: Code;
}

const BY_CODE: ReadonlyMap<number, Closing> = new Map([
  [1009, { state: "lost", reason: "payload_too_large" }],
  // Not asked for by this side: the seat was given up by the API.
  [4000, { state: "lost", reason: "not_seated" }],
  [4101, { state: "lost", reason: "banned" }],
  [4102, { state: "moved", reason: "moved_to_other_device" }],
  [4103, { state: "ended", reason: "session_ended" }],
  [4105, { state: "lost", reason: "rate_limited" }],
  [4106, { state: "lost", reason: "token_revoked" }],
]);

/** What a WebSocket close code means when the SDK does not come back after it; null when another way is worth a try. */
export function closingOf(code: number): Closing | null {
  return BY_CODE.get(code) ?? null;
}

const ENDED: ReadonlySet<string> = new Set(["session_ended", "session_not_found", "not_found"]);

/** What a final refusal of the way back means. */
export function closingFor(reason: Code): Closing {
  return { state: ENDED.has(reason) ? "ended" : "lost", reason };
}
