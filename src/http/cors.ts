import type { RequestHandler } from "express";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const REQUEST_HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id";
const RESPONSE_HEADERS =
  "ETag, Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id";

/**
 * The CORS headers of an answer, by the list of origins that may call us besides our own.
 * Credentials are allowed because the stock SDK always asks for them, hence every origin is named, never `*`.
 */
export function corsHeaders(allowedOrigins: readonly string[]): (headers: Headers) => Record<string, string> {
  const allowed = new Set(allowedOrigins);
  return (headers) => {
    const origin = headers.get("origin");
    // Without Vary a shared cache would hand one origin's answer to another.
    if (origin === null || !allowed.has(origin)) return { Vary: "Origin" };
    return {
      Vary: "Origin",
      "Access-Control-Allow-Origin": origin,
      "Access-Control-Allow-Credentials": "true",
      "Access-Control-Allow-Methods": METHODS,
      "Access-Control-Allow-Headers": REQUEST_HEADERS,
      "Access-Control-Expose-Headers": RESPONSE_HEADERS,
      "Access-Control-Max-Age": "600",
    };
  };
}

/** The same as middleware; it also answers preflight requests. */
export function cors(allowedOrigins: readonly string[]): RequestHandler {
  const headersFor = corsHeaders(allowedOrigins);
  return (req, res, next) => {
    const origin = req.get("Origin");
    for (const [name, value] of Object.entries(headersFor(new Headers(origin === undefined ? {} : { origin })))) {
      res.setHeader(name, value);
    }
    if (req.method === "OPTIONS") res.status(204).end();
    else next();
  };
}
