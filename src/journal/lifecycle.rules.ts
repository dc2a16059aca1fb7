export type SessionStatus = "waiting" | "active" | "paused" | "ended";
export type Transition = "start" | "pause" | "resume" | "end";

/**
 * The life of a session: every status, and where each transition takes it; one that is not listed is invalid. A table
 * at which nothing has begun cannot be paused: there is no game to stop, and its closing time would be lost.
 */
const TABLE: { readonly [Status in SessionStatus]: { readonly [T in Transition]?: SessionStatus } } = {
  waiting: { start: "active", end: "ended" },
  active: { pause: "paused", end: "ended" },
  paused: { resume: "active", end: "ended" },
  ended: {},
};

/** Where the transition leads, or undefined when it is invalid from there. */
export function statusAfter(status: SessionStatus, transition: Transition): SessionStatus | undefined {
  return TABLE[status][transition];
}
