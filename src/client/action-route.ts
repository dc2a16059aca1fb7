import type { Room } from "@colyseus/sdk";
import { type Action, type Attempt, rejected } from "./action.ts";
import type { Auth } from "./auth.ts";
import { isRetryable } from "./error-codes.ts";
import { HypogeumError } from "./hypogeum-error.ts";

/** After so long a silence it is asked again. */
const ANSWER_MS = 5000;
const PAUSE_MAX_MS = 60_000;

/** By the room's connection. A closed connection, a timeout or a fault say nothing; only a rejection is an answer. */
export async function actBySocket(room: Room, { id, type, data }: Action): Promise<Attempt> {
  try {
    const payload = { id, type, data };
    const { epoch, seq }: { epoch: number; seq: number } = await room.request("act", payload, { timeout: ANSWER_MS });
    return { status: "acknowledged", epoch, seq };
  } catch (error) {
    const { name, reason } = error as { name?: unknown; reason?: Rejection };
    if (name !== "rejected" || !reason) return { status: "again" };
    const { code, message, retryable } = reason;
    return (retryable ?? isRetryable(code)) ? { status: "again" } : rejected(code, message);
  }
}

/** As the SDK throws the server's no to a request. */
interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly retryable?: boolean;
}

/** By the API, which lets it enter by the same door. */
export async function actByApi(auth: Auth, sessionId: string, { id, type, data }: Action): Promise<Attempt> {
  try {
    const path = `v1/sessions/${encodeURIComponent(sessionId)}/actions`;
    const body = { id, type, data };
    const { seq } = await auth.call<{ seq: number }>({ method: "POST", path, body, timeout: 2 * ANSWER_MS });
    return { status: "acknowledged", epoch: null, seq };
  } catch (error) {
    if (!(error instanceof HypogeumError)) return { status: "again" };
    const { code, message, retryable, retryAfter } = error;
    if (!retryable) return rejected(code, message);
    return retryAfter === null
      ? { status: "again" }
      : { status: "again", pauseMs: Math.min(retryAfter * 1000, PAUSE_MAX_MS) };
  }
}
