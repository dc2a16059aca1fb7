import type { Answer } from "./http.ts";

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
  /** Of guests only: that of an account is a cookie, which no script can read. */
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

export function accessOf({ body, clockOffset }: Answer<SignedInBody>): Access {
  const { account, accessToken, expiresIn } = body;
  const lifeMs = expiresIn * 1000;
  const renewAt = Date.now() + clockOffset + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 5);
  const refreshToken = account.kind === "guest" ? (body.refreshToken ?? null) : null;
  return { account, accessToken, refreshToken, renewAt, clockOffset };
}

const GUEST_KEY = "hypogeum.guest";
export const ACCOUNT_KEY = "hypogeum.account";

/** Kept in sessionStorage: a reload stays the same guest, and two tabs are two players. */
export function readGuest(): Access | null {
  try {
    return JSON.parse(sessionStorage.getItem(GUEST_KEY) ?? "null") as Access | null;
  } catch {
    return null;
  }
}

export function writeGuest(guest: Access | null): void {
  if (guest) sessionStorage.setItem(GUEST_KEY, JSON.stringify(guest));
  else sessionStorage.removeItem(GUEST_KEY);
}

/**
 * The id of the account that this browser is signed in with. Only a hint that there is a cookie: scripts cannot see it,
 * and to ask the server on every visit would be answered 401 to everybody who never signed in.
 */
export function readAccountHint(): string | null {
  return localStorage.getItem(ACCOUNT_KEY);
}

export function writeAccountHint(accountId: string | null): void {
  if (accountId) localStorage.setItem(ACCOUNT_KEY, accountId);
  else localStorage.removeItem(ACCOUNT_KEY);
}
