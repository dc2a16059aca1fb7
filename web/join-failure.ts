import { ApiError } from "./http.ts";
import { wordsFor } from "./refusal-words.ts";

/** Why a session could not be entered. */
export interface JoinFailure {
  /** gone: this session will never open again. later: nobody answered, or not yet. refused: anything else. */
  readonly kind: "gone" | "later" | "refused" | "unauthorised";
  readonly text: string;
}

const GONE = new Set(["session_not_found", "session_ended", "session_quarantined", "not_found"]);
const LATER = new Set(["unavailable", "overloaded", "session_moved", "outcome_unknown", "internal_error"]);
/** The matchmaker's codes for a token it does not accept, and for a room it does not have. */
const AUTH_FAILED = 525;
const INVALID_ROOM_ID = 522;
/** Close codes of a socket that was cut while it was let in, and the status of a server that starts or drains. */
const CUT = new Set([503, 1001, 1005, 1006, 4010]);

const UNREACHABLE = "The server does not answer.";

/** The server puts its own code in front of the sentence; Colyseus's numeric code says the rest. */
export function joinFailureOf(error: unknown): JoinFailure {
  if (error instanceof ApiError) return signInFailure(error);
  const { code: number, message = "", name } = error as { code?: unknown; message?: string; name?: string };
  const [, code = "", sentence = message] = /^([a-z_]+): (.+)$/s.exec(message) ?? [];
  if (GONE.has(code) || number === INVALID_ROOM_ID) return { kind: "gone", text: sentence || "There is no such game." };
  if (number === AUTH_FAILED) return { kind: "unauthorised", text: sentence };
  if (LATER.has(code)) return { kind: "later", text: sentence };
  // When no server is there, `fetch` throws a TypeError, and the SDK makes of it an error without a code.
  const nobody = error instanceof TypeError || (name === "MatchMakeError" && number === undefined);
  if (nobody || CUT.has(Number(number))) return { kind: "later", text: UNREACHABLE };
  return { kind: "refused", text: sentence || UNREACHABLE };
}

/** Nobody can be told who knocks. Once signed out, to try again would mean to come as a stranger. */
function signInFailure(error: ApiError): JoinFailure {
  const kind = error.passes ? "later" : error.isSignedOut ? "gone" : "refused";
  return { kind, text: wordsFor(error) };
}
