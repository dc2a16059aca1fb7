import { z } from "zod";

const PASSWORD_CHARACTERS_MAX = 128;
/** Four bytes are the most that one character of UTF-8 takes. */
const PASSWORD_BYTES_MAX = 4 * PASSWORD_CHARACTERS_MAX;

/**
 * A user name: 3 to 32 letters, digits, dots, hyphens and underscores of any script, in compatibility form, so that
 * what looks the same is the same. Without `@`, so that it is never taken for an e-mail address.
 */
export const Username = z
  .string()
  .max(128)
  .transform((given) => given.normalize("NFKC"))
  .pipe(
    z.string().regex(/^[\p{L}\p{M}\p{N}._-]{3,32}$/u, "must be 3 to 32 letters, digits, dots, hyphens or underscores"),
  );

/** What is shown to others: one line, no control or direction characters, no spaces at the ends. */
export const DisplayName = z
  .string()
  .max(128)
  .transform((given) => given.normalize("NFC").trim())
  .pipe(z.string().regex(/^[^\p{C}\p{Zl}\p{Zp}]{1,32}$/u, "must be 1 to 32 printable characters"));

export const Email = z
  .string()
  .max(254)
  .transform((given) => given.normalize("NFC").trim())
  .pipe(z.email().max(254));

/** A new password. Its bytes are bounded as well, because hashing reads them all. */
export const NewPassword = z
  .string()
  .min(8)
  .max(PASSWORD_CHARACTERS_MAX)
  .refine((given) => new TextEncoder().encode(given).length <= PASSWORD_BYTES_MAX, "must be at most 512 bytes long");

/** A password to sign in with: whether it follows today's rules is not asked. */
export const GivenPassword = z.string().min(1).max(PASSWORD_CHARACTERS_MAX);

/** A label of the client's own making, to tell its devices apart; never a credential. */
export const DeviceId = z.string().min(1).max(128);

export const DEVICE_KINDS = ["mobile", "desktop", "console"] as const;
export type DeviceKind = (typeof DEVICE_KINDS)[number];

/** Under which a login is looked up. Two names that differ in case only are one. */
export function nameLogin(username: string): string {
  return `name:${username.normalize("NFKC").toLowerCase()}`;
}

/** The same of an e-mail address: whoever distinguishes cases in front of the `@` is alone with it. */
export function mailLogin(email: string): string {
  return `mail:${email.normalize("NFC").trim().toLowerCase()}`;
}

/** The same of a person whom an OIDC issuer knows. */
export function oidcLogin(issuer: string, subject: string): string {
  return `oidc:${issuer} ${subject}`;
}
