import { createHmac, randomInt, timingSafeEqual } from "node:crypto";

/** Without characters that are mistaken for one another. */
const ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/** 5 bits each. */
const LENGTH = 10;
const LIFETIME_MS = 30 * 60_000;
const TRIES = 5;

export const CODE_PURPOSES = ["verify", "reset"] as const;
/** What a code that was sent by mail is good for. */
export type CodePurpose = (typeof CODE_PURPOSES)[number];

/** What is kept of a code: not the code. */
export interface StoredCode {
  readonly hash: string;
  readonly expiresAt: Date;
  readonly triesLeft: number;
}

export interface Codes {
  /** A new code and what to keep of it; one in 2^50, good for half an hour and five tries. */
  make(accountId: string, purpose: CodePurpose, now: number): { code: string; stored: StoredCode };
  /** Whether this is the code. Tries and time are counted where it is stored. */
  matches(accountId: string, purpose: CodePurpose, code: string, stored: StoredCode): boolean;
}

/** One-time codes for mails. The key keeps whoever reads the database from finding the codes by trial. */
export function createCodes(key: Uint8Array): Codes {
  function hash(accountId: string, purpose: CodePurpose, code: string): string {
    return createHmac("sha256", key).update(`${purpose}/${accountId}/${code}`).digest("hex");
  }
  return {
    make(accountId, purpose, now) {
      const code = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
      const expiresAt = new Date(now + LIFETIME_MS);
      return { code, stored: { hash: hash(accountId, purpose, code), expiresAt, triesLeft: TRIES } };
    },
    matches(accountId, purpose, code, stored) {
      const given = hash(accountId, purpose, code.trim().toUpperCase());
      return timingSafeEqual(Buffer.from(given), Buffer.from(stored.hash));
    },
  };
}
