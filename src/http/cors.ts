import type { RequestHandler } from "express";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
const RESPONSE_HEADERS =
  "ETag, Idempotency-Replayed, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, Warning, X-Request-Id";

/**
 * The CORS headers of an answer to a page of `origin`, by the list of origins that may call us besides our own.
 * Credentials are allowed because the stock SDK always asks for them, hence every origin is named, never `*`.
 */
export function corsHeaders(
  allowedOrigins: readonly string[],
): (origin: string | undefined) => Readonly<Record<string, string>> {
  const byOrigin = new Map(allowedOrigins.map((origin) => [origin, headersFor(origin)]));
  return (origin) => byOrigin.get(origin ?? "") ?? FOR_OTHERS;
}

/** Without Vary a shared cache would hand one origin's answer to another. */
const FOR_OTHERS = { Vary: "Origin" } as const;

function headersFor(origin: string): Record<string, string> {
  return {
    ...FOR_OTHERS,
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Methods": METHODS,
    "Access-Control-Allow-Headers": REQUEST_HEADERS,
    "Access-Control-Expose-Headers": RESPONSE_HEADERS,
    "Access-Control-Max-Age": "600",
  };
}

/** The same as middleware; it also answers preflight requests. */
export function cors(allowedOrigins: readonly string[]): RequestHandler {
  const headersOf = corsHeaders(allowedOrigins);
  return (req, res, next) => {
    const headers = headersOf(req.headers.origin);
    for (const name in headers) res.setHeader(name, headers[name]!);
    if (req.method === "OPTIONS") res.status(204).end();
    else next();
  };
}
