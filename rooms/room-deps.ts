import { createHmac } from "node:crypto";
import type { Principal } from "../src/accounts/tokens.ts";
import type { Clock } from "../src/lib/clock.ts";
import type { Logger } from "../src/log.ts";
import type { Metrics } from "../src/ops/metrics.ts";
import type { Seats } from "../src/sessions/seats.ts";
import type { Member } from "../src/sessions/sessions.store.ts";
import type { Sessions } from "../src/sessions/sessions.ts";

/** What rooms need from the rest of the product; the composition root puts it together. */
export interface RoomDeps {
  readonly sessions: Sessions;
  readonly seats: Seats;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly verify: (token: string) => Promise<Principal>;
  /** Of somebody who was verified a moment ago. @throws Refusal `banned`, `token_revoked` */
  readonly refuseRevoked: (who: Pick<Principal, "accountId" | "familyId">) => void;
  readonly names: (accountIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;
  readonly reconnectKey: Uint8Array;
  /** Refuses as `rate_limited` an account that knocks too often. */
  readonly limitJoins: (accountId: string) => Promise<void>;
}

/**
 * The reconnection token of a seat: stable over reconnects, derivable by any process, stored nowhere. With Colyseus's
 * own token, new at every join, a cut between the join frame and its acknowledgement loses the seat.
 */
export function seatToken(key: Uint8Array, sessionId: string, member: Member): string {
  return sign(key, `${sessionId}/seat/${holdingOf(member)}`);
}

/** Spectators have no seat to prove: the token binds the connection to the session. */
export function spectatorToken(key: Uint8Array, sessionId: string, connectionId: string): string {
  return sign(key, `${sessionId}/spectator/${connectionId}`);
}

/**
 * What a player hands to a coach: it opens that player's view to whoever brings it, and dies when the seat moves to
 * another device.
 */
export function coachCode(key: Uint8Array, sessionId: string, member: Member): string {
  return `${member.seat}.${sign(key, `${sessionId}/coach/${holdingOf(member)}`)}`;
}

/** A coach's own token, to come back with. */
export function coachToken(key: Uint8Array, sessionId: string, member: Member, connectionId: string): string {
  return sign(key, `${coachCode(key, sessionId, member)}/${connectionId}`);
}

/** Whether a token lets this connection come back to a session with these members. */
export function mayReturn(key: Uint8Array) {
  return (token: string, sessionId: string, members: readonly Member[], connectionId: string): boolean =>
    token === spectatorToken(key, sessionId, connectionId) ||
    members.some(
      (member) =>
        token === seatToken(key, sessionId, member) || token === coachToken(key, sessionId, member, connectionId),
    );
}

/** A seat and who holds it: whoever sat there before had a generation of the same number. */
function holdingOf({ seat, generation, accountId }: Member): string {
  return `${seat}/${generation}/${accountId}`;
}

function sign(key: Uint8Array, text: string): string {
  return createHmac("sha256", key).update(text).digest("base64url");
}
