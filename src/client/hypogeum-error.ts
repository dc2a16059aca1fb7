import { type Code, isRetryable } from "./error-codes.ts";

/** One field of a request that the server did not like. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** What is known of a refusal besides its code and its sentence. */
export interface ErrorDetails {
  readonly retryable?: boolean;
  readonly retryAfter?: number | null;
  readonly fields?: readonly FieldError[];
}

/** The server's no, or its silence. */
export class HypogeumError extends Error {
  readonly code: Code;
  /** The HTTP status; 0 when nobody answered, or the answer came by another way. */
  readonly status: number;
  /** True when the same call may succeed later. */
  readonly retryable: boolean;
  /** Seconds to wait, where the server said so. */
  readonly retryAfter: number | null;
  readonly fields: readonly FieldError[];

  constructor(code: Code, status: number, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = "HypogeumError";
    this.code = code;
    this.status = status;
    this.retryable = details.retryable ?? isRetryable(code);
    this.retryAfter = details.retryAfter ?? null;
    this.fields = details.fields ?? [];
  }

  /** True when the sign-in it was asked with is over for good. */
  get isSignedOut(): boolean {
    return this.status === 401 && this.code !== "invalid_credentials";
  }
}

export function unreachable(): HypogeumError {
  return new HypogeumError("unreachable", 0, "The server does not answer.");
}

/** The matchmaker's codes for a token it does not accept, and for a room it does not have. */
const AUTH_FAILED = 525;
const INVALID_ROOM_ID = 522;
/** Close codes of a socket that was cut while it was let in, and the status of a server that starts or drains. */
const CUT = new Set([503, 1001, 1005, 1006, 4010]);

/** What the SDK threw when a room was asked for. The server puts its own code in front of the sentence. */
export function joinErrorOf(error: unknown): HypogeumError {
  if (error instanceof HypogeumError) return error;
  const { code: number, message = "", name } = error as { code?: unknown; message?: string; name?: string };
  const [, code, sentence = message] = /^([a-z_]+): (.+)$/s.exec(message) ?? [];
  if (number === AUTH_FAILED) return new HypogeumError(code ?? "unauthorized", 401, sentence);
  if (code !== undefined) return new HypogeumError(code, 0, sentence);
  if (number === INVALID_ROOM_ID) return new HypogeumError("session_not_found", 404, "There is no such session.");
  // When no server is there, `fetch` throws a TypeError, and the SDK makes of it an error without a numeric code.
  const isOfSdk = name === "MatchMakeError" || name === "ServerError";
  const nobody = error instanceof TypeError || (isOfSdk && typeof number !== "number");
  if (nobody || CUT.has(Number(number))) return unreachable();
  return new HypogeumError("join_refused", 0, sentence || "The room could not be joined.");
}
