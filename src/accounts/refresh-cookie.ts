import type { IncomingHttpHeaders } from "node:http";
import { refusal } from "../errors.ts";

const NAME = "refresh_token";
/** Sent to nobody but the routes that use it up, by no page of another site, and readable by no script. */
const ATTRIBUTES = "Path=/v1/auth; HttpOnly; SameSite=Strict";
const VALUE = new RegExp(`(?:^|;\\s*)${NAME}=([\\w.-]{1,200})(?:;|$)`);

export interface RefreshCookie {
  /** The header that sets it. */
  set(token: string, secure: boolean): Readonly<Record<string, string>>;
  clear(secure: boolean): Readonly<Record<string, string>>;
  /**
   * The token of the request's cookie, or undefined.
   *
   * @throws Refusal `origin_forbidden` when the request does not come from a page of an allowed origin
   */
  read(headers: IncomingHttpHeaders): string | undefined;
}

/** @param maxAge seconds */
export function refreshCookie(allowedOrigins: readonly string[], maxAge: number): RefreshCookie {
  const allowed = new Set(allowedOrigins);

  function header(value: string, seconds: number, secure: boolean) {
    return { "Set-Cookie": `${NAME}=${value}; Max-Age=${seconds}; ${ATTRIBUTES}${secure ? "; Secure" : ""}` };
  }

  return {
    set: (token, secure) => header(token, maxAge, secure),
    clear: (secure) => header("", 0, secure),
    read(headers) {
      const token = VALUE.exec(headers.cookie ?? "")?.[1];
      if (token === undefined) return undefined;
      if (!isOurs(headers) && !allowed.has(headers.origin ?? "")) throw refusal("origin_forbidden");
      return token;
    },
  };
}

/** Browsers send Origin with every POST: one without it does not come from a page. */
function isOurs({ origin, host }: IncomingHttpHeaders): boolean {
  return origin !== undefined && host !== undefined && URL.parse(origin)?.host === host;
}
