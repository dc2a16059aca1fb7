import type { HypogeumError } from "../src/client/client.ts";
import { wordsFor } from "./refusal-words.ts";

/** Why a session could not be entered. */
export interface JoinFailure {
  /** gone: this session will never open again for this tab. later: nobody answered, or not yet. refused: anything else. */
  readonly kind: "gone" | "later" | "refused";
  readonly text: string;
}

const GONE: ReadonlySet<string> = new Set(["session_not_found", "session_ended", "session_quarantined", "not_found"]);

/** Once signed out, to try again would mean to come as a stranger: that is the end of it, too. */
export function joinFailureOf(error: HypogeumError): JoinFailure {
  const isGone = error.isSignedOut || GONE.has(error.code);
  const kind = isGone ? "gone" : error.retryable ? "later" : "refused";
  return { kind, text: wordsFor(error) };
}
