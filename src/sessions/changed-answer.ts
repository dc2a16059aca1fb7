import type { Caller, Principal } from "../accounts/tokens.ts";
import type { Answer } from "../http/endpoint.ts";
import type { SessionReads } from "./session-reads.ts";
import { Session } from "./session-shapes.ts";
import type { Changed } from "./session-wishes.ts";

/** How endpoints that change a session document their answer. */
export const CHANGED = {
  200: { description: "The changed session.", body: Session, headers: { ETag: "The new version." } },
} as const;

/**
 * What the caller sees of the session now, under the version that this very change made. Another change may have
 * followed: its version is not this caller's to know as its own.
 */
export async function changedAnswer(
  reads: SessionReads,
  principal: Principal | undefined,
  { sessionId, version, seq }: Changed,
): Promise<Answer> {
  const resource = await reads.resource(sessionId, principal!);
  return { status: 200, version, body: { ...resource, version, seq } };
}

export function callerOf(principal: Principal | undefined, requestId: string): Caller {
  return { principal: principal!, requestId };
}
