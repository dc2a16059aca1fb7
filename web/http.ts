/** What a call to the API needs. */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Under the page's own folder, without a leading slash. */
  readonly path: string;
  readonly body?: object;
  readonly accessToken?: string;
  /**
   * Whether the sign-in cookie goes along and may be set. A guest is one tab's: were its answers let near the cookie,
   * it would sign the whole browser out of its account.
   */
  readonly cookie?: boolean;
}

export interface Answer<T> {
  readonly body: T;
  /** Server clock minus this machine's, in ms. */
  readonly clockOffset: number;
}

/** One field of a form that the server did not like. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** The server's no, or its silence. */
export class ApiError extends Error {
  /** Of the server's table, or `unreachable`. */
  readonly code: string;
  /** 0 when nobody answered. */
  readonly status: number;
  /** Seconds to wait, where the server said so. */
  readonly retryAfter: number | null;
  readonly fields: readonly FieldError[];

  constructor(code: string, status: number, detail: string, retryAfter: number | null, fields: readonly FieldError[]) {
    super(detail);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.fields = fields;
  }

  /** True when the sign-in it was asked with is over for good. */
  get isSignedOut(): boolean {
    return this.status === 401 && this.code !== "invalid_credentials";
  }

  /** True when the same call may succeed later. */
  get passes(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** The Date header is cut to whole seconds, so a smaller difference says nothing. */
const OFFSET_NOISE_MS = 1500;

/** @throws ApiError */
export async function send<T>({ method, path, body, accessToken, cookie = false }: Call): Promise<Answer<T>> {
  const sentAt = Date.now();
  const response = await fetch(path, {
    method,
    credentials: cookie ? "same-origin" : "omit",
    // A refresh that the next page cuts off must still bring its cookie.
    keepalive: cookie,
    headers: {
      ...(body ? { "Content-Type": "application/json" } : {}),
      ...(accessToken ? { Authorization: `Bearer ${accessToken}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  }).catch(() => {
    throw new ApiError("unreachable", 0, "The server does not answer.", null, []);
  });
  const answered: unknown = await response.json().catch(() => null);
  if (!response.ok) throw refusedBy(response, answered);
  const clockOffset = offsetOf(response.headers.get("Date"), (sentAt + Date.now()) / 2);
  return { body: answered as T, clockOffset };
}

interface Problem {
  readonly code?: string;
  readonly detail?: string;
  readonly errors?: readonly FieldError[];
}

function refusedBy({ status, headers }: Response, answered: unknown): ApiError {
  // Whatever stands in between, such as a proxy, answers with no problem of ours.
  const { code = "internal_error", detail, errors = [] } = (answered ?? {}) as Problem;
  const wait = Number(headers.get("Retry-After") ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  return new ApiError(code, status, detail ?? `The server answered ${status}.`, retryAfter, errors);
}

function offsetOf(dateHeader: string | null, localNow: number): number {
  const second = Date.parse(dateHeader ?? "");
  if (Number.isNaN(second)) return 0;
  const offset = Math.round(second + 500 - localNow);
  return Math.abs(offset) < OFFSET_NOISE_MS ? 0 : offset;
}
