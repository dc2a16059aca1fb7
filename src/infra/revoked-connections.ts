import { matchMaker, type Room } from "@colyseus/core";
import { LRUCache } from "lru-cache";
import type { Member } from "../sessions/sessions.store.ts";
import type { Sessions } from "../sessions/sessions.ts";

/** Tokens that are remembered; a seat's token changes when somebody sits down on it anew. */
const TOKENS_MAX = 10_000;

/** What is needed of a room; LedgerRoom is one. */
interface SeatedRoom extends Room {
  readonly table: { tokenOf(member: Member): string };
}

interface Connected {
  readonly accountId: string;
  readonly deviceId?: string;
}

/** Connections that ended because their account or device may not go on, and the tokens by which they would come back. */
export class RevokedConnections {
  readonly #sessions: Sessions;
  readonly #tokens = new LRUCache<string, true>({ max: TOKENS_MAX });

  constructor(sessions: Sessions) {
    this.#sessions = sessions;
  }

  /** Whether a reconnection token is not good any more. */
  has(token: string): boolean {
    return this.#tokens.has(token);
  }

  /** Closes what the account has open in the rooms of this process; without a device, on all of them. */
  close(accountId: string, deviceId: string | undefined, code: number): void {
    for (const held of this.#sessions.all()) {
      const room = matchMaker.getLocalRoomById(held.live.id) as SeatedRoom | undefined;
      if (!room) continue;
      const own = [...room.clients].filter(({ auth }) => (auth as Connected | undefined)?.accountId === accountId);
      const member = held.memberOf(accountId);
      // Of a connection that dropped nobody knows the device any more, so its way back is closed in any case.
      if (member && own.every(({ sessionId }) => sessionId !== member.connectionId)) {
        this.#tokens.set(room.table.tokenOf(member), true);
      }
      for (const client of own) {
        if (deviceId !== undefined && (client.auth as Connected).deviceId !== deviceId) continue;
        this.#tokens.set(client.reconnectionToken, true);
        client.leave(code);
      }
    }
  }
}
