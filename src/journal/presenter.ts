import type { Entry } from "./game.ts";

/**
 * Why a session left this process: `released` of its own will, the others by what happened to it. `deposed`: the cluster
 * has declared the process dead, so others may own the session by now.
 */
export type CloseReason = "released" | "fenced" | "unknown" | "refused" | "fault" | "deposed";

/** What shows a session to its clients. Called only with what may be seen. */
export interface Presenter {
  release(entries: readonly Entry[]): void;
  closed(reason: CloseReason): void;
  /** Seats with a connection right now. */
  connected(): ReadonlySet<number>;
  /** The schema encoder's next refId, for snapshots. */
  nextRefId(): number;
}
