import type { Caller, Principal } from "../accounts/tokens.ts";
import type { Answer } from "../http/endpoint.ts";
import type { SessionReads } from "./session-reads.ts";
import { Session } from "./session-shapes.ts";
import type { Changed } from "./session-wishes.ts";

/** How endpoints that change a session document their answer. */
export const CHANGED = {
  200: { description: "The changed session.", body: Session, headers: { ETag: "The new version." } },
} as const;

/** What the caller sees of the session now, under the version that this very change made. */
export async function changedAnswer(
  reads: SessionReads,
  principal: Principal | undefined,
  changed: Changed,
): Promise<Answer> {
  const { text, version } = await reads.changed(changed.sessionId, principal!, changed);
  return { status: 200, version, text };
}

export function callerOf(principal: Principal | undefined, requestId: string): Caller {
  return { principal: principal!, requestId };
}
