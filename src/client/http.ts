import type { ClientClock } from "./clock.ts";
import { type FieldError, HypogeumError, unreachable } from "./hypogeum-error.ts";

/** What a call to the API needs. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Under the product's address, without a leading slash: `v1/me`. */
  readonly path: string;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly accessToken?: string;
  /**
   * Whether the sign-in cookie goes along and may be set. A guest is one tab's: were its answers let near the cookie,
   * it would sign the whole browser out of its account.
   */
  readonly cookie?: boolean;
  /** Ms an answer may take; 30 s unless it is said. */
  readonly timeout?: number;
}

export interface Answer<T> {
  readonly body: T;
  /** Server clock minus this machine's, in ms. */
  readonly clockOffset: number;
}

/** Makes one call. @throws HypogeumError */
export type Send = <T>(call: Call) => Promise<Answer<T>>;

/** The Date header is cut to whole seconds, so a smaller difference says nothing. */
const OFFSET_NOISE_MS = 1500;
const TIMEOUT_MS = 30_000;

export interface SendParts {
  /** Ends with a slash. */
  readonly base: string;
  readonly fetch: typeof fetch;
  readonly clock: ClientClock;
}

export function createSend({ base, fetch, clock }: SendParts): Send {
  return async <T>(call: Call) => {
    const sentAt = clock.now();
    try {
      const response = await fetch(new URL(call.path, base), requestOf(call));
      const answered = await read(response);
      const clockOffset = offsetOf(response.headers.get("Date"), (sentAt + clock.now()) / 2);
      return { body: answered as T, clockOffset };
    } catch (error) {
      throw error instanceof HypogeumError ? error : unreachable();
    }
  };
}

function requestOf({ method, body, headers, accessToken, cookie = false, timeout = TIMEOUT_MS }: Call): RequestInit {
  return {
    method,
    // A session's ETag is its version, which does not tell who is connected and who owns it now: what the browser kept
    // of it would say for ever that somebody sits in the seat.
    cache: "no-store",
    credentials: cookie ? "include" : "omit",
    // A refresh that the next page cuts off must still bring its cookie.
    keepalive: cookie,
    signal: AbortSignal.timeout(timeout),
    headers: {
      ...headers,
      ...(body ? { "Content-Type": "application/json" } : {}),
      ...(accessToken ? { Authorization: `Bearer ${accessToken}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
}

/** A cut in the middle of an answer is no answer, so what is thrown then stands for silence. */
async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw refusedBy(response, text);
  return text === "" ? null : JSON.parse(text);
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly retryable?: boolean;
  readonly errors?: readonly FieldError[];
}

function refusedBy({ status, headers }: Response, text: string): HypogeumError {
  const problem = problemIn(text);
  const { code = "internal_error", detail = `The server answered ${status}.`, errors: fields = [] } = problem;
  const { retryable = status >= 500 || status === 429 } = problem;
  const wait = Number(headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  return new HypogeumError(code, status, detail, { retryable, retryAfter, fields });
}

/** Whatever stands in between, such as a proxy, answers with no problem of ours. */
function problemIn(text: string): Problem {
  try {
    return (JSON.parse(text) ?? {}) as Problem;
  } catch {
    return {};
  }
}

function offsetOf(dateHeader: string | null, localNow: number): number {
  const second = Date.parse(dateHeader ?? "");
  if (Number.isNaN(second)) return 0;
  const offset = Math.round(second + 500 - localNow);
  return Math.abs(offset) < OFFSET_NOISE_MS ? 0 : offset;
}
