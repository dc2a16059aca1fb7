import type { Code } from "../src/client/client.ts";

/** What the end of a connection means for the player. `again` offers the way back into the session. */
export interface ClosingWords {
  readonly text: string;
  readonly again: boolean;
}

const UNREACHABLE = { text: "The server could not be reached again. Your seat is kept.", again: true };
const SIGNED_OUT = { text: "This device was signed out. Sign in again under Account to play on.", again: false };
const OTHERWISE = { text: "The connection was lost. Your seat is kept.", again: true };

const BY_CODE: Readonly<Record<string, ClosingWords>> = {
  banned: { text: "This account is banned, so its connection was closed.", again: false },
  moved_to_other_device: { text: "This game moved to your other device. It goes on there.", again: true },
  not_found: { text: "This game is not there any more.", again: false },
  not_seated: { text: "You have no seat in this game any more.", again: false },
  payload_too_large: { text: "A message was larger than the server accepts.", again: true },
  rate_limited: {
    text: "Too many messages were sent, so the server closed the connection. Wait a moment and come back.",
    again: true,
  },
  session_ended: { text: "This game has ended.", again: false },
  session_not_found: { text: "This game is not there any more.", again: false },
  token_expired: SIGNED_OUT,
  token_reused: SIGNED_OUT,
  token_revoked: SIGNED_OUT,
  unauthorized: SIGNED_OUT,
  unreachable: UNREACHABLE,
};

/** Why a connection is over, in words. */
export function closingWords(reason: Code | null): ClosingWords {
  return BY_CODE[reason ?? ""] ?? OTHERWISE;
}
