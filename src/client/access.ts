import type { Answer } from "./http.ts";
import type { KeyValue } from "./storage.ts";

/** An account as its owner sees it. */
export interface Account {
  readonly id: string;
  readonly kind: "guest" | "full";
  readonly name: string;
  readonly username: string | null;
  readonly email: string | null;
  readonly emailVerified: boolean;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Somebody, and the token that speaks for them. */
export interface Access {
  readonly account: Account;
  readonly accessToken: string;
  /** Null where it is a cookie, which no script can read. */
  readonly refreshToken: string | null;
  /** Ms since the epoch by the server's clock: time to get the next token, while this one is still good. */
  readonly renewAt: number;
  /** Server clock minus this machine's, in ms. */
  readonly clockOffset: number;
}

/** What the sign-in routes answer. */
export interface SignedInBody {
  readonly account: Account;
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Enough for a game to start with and for a slow server; of a short token a fifth. */
const RENEW_BEFORE_MS = 60_000;

/** @param now ms since the epoch by this machine's clock */
export function accessOf({ body, clockOffset }: Answer<SignedInBody>, now: number): Access {
  const { account, accessToken, expiresIn, refreshToken = null } = body;
  const lifeMs = expiresIn * 1000;
  const renewAt = now + clockOffset + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 5);
  return { account, accessToken, refreshToken, renewAt, clockOffset };
}

const ACCESS_KEY = "hypogeum.access";
export const ACCOUNT_KEY = "hypogeum.account";

export function readAccess(storage: KeyValue): Access | null {
  try {
    return JSON.parse(storage.getItem(ACCESS_KEY) ?? "null") as Access | null;
  } catch {
    return null;
  }
}

export function writeAccess(storage: KeyValue, access: Access | null): void {
  if (access) storage.setItem(ACCESS_KEY, JSON.stringify(access));
  else storage.removeItem(ACCESS_KEY);
}
