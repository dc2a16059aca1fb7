import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { AccountDoc, AccountStore } from "./accounts.store.ts";
import type { CodePurpose, Codes } from "./codes.ts";
import type { Families } from "./families.ts";
import type { Logins } from "./logins.ts";
import type { Mailer } from "./mail.ts";
import { mailLogin } from "./names.rules.ts";
import type { Passwords } from "./passwords.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import type { Caller } from "./tokens.ts";

export interface CredentialsParts {
  readonly accounts: AccountStore;
  readonly logins: Logins;
  readonly families: Families;
  readonly passwords: Passwords;
  readonly codes: Codes;
  readonly mail: Mailer;
  readonly guard: SignInGuard;
  readonly audit: Audit;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Mails on their way. Beyond that a mail server hangs, and what waits would only be later than its reader expects. */
const MAILS_MAX = 100;
const NOBODY = "nobody";

const MAILS: Readonly<Record<CodePurpose, { subject: string; use: string }>> = {
  verify: { subject: "Confirm your e-mail address", use: "Confirm this address with the code" },
  reset: { subject: "Reset your password", use: "Somebody asked for a new password. Set one with the code" },
};

/** Passwords, and the codes by mail that stand in for them. */
export class Credentials {
  readonly #parts: CredentialsParts;
  readonly #mailing = new Set<Promise<void>>();

  constructor(parts: CredentialsParts) {
    this.#parts = parts;
  }

  /**
   * Replaces the password and ends every other sign-in of the account.
   *
   * @throws Refusal `invalid_credentials`, `sign_in_delayed`
   */
  async change({ principal, requestId }: Caller, current: string, next: string, block: string): Promise<void> {
    const { accounts, passwords, guard, families } = this.#parts;
    const id = principal.accountId;
    const account = await guard.attempt(`account:${id}`, block, async () => {
      const found = await accounts.find(id);
      if (!found || !(await passwords.matches(current, found.password))) throw refusal("invalid_credentials");
      return found;
    });
    if (!(await accounts.setPassword(id, account.password, await passwords.hash(next)))) {
      throw refusal("invalid_credentials");
    }
    await families.revokeAll(id, principal.familyId);
    this.#note("account.password_changed", id, principal.deviceId, requestId);
  }

  /** Mails a code to the address, if it is anybody's. Says nothing and takes no time, so that nobody learns whether. */
  requestReset(email: string): void {
    this.#later(async () => {
      const { accounts, logins } = this.#parts;
      const login = mailLogin(email);
      const account = await accounts.find((await logins.find(login)) ?? NOBODY);
      if (account?.logins.includes(login)) await this.#send(account, "reset");
    });
  }

  /** Sets a new password by a code, and ends every sign-in of the account. @throws Refusal `code_invalid` */
  async confirmReset(email: string, code: string, next: string, { block, requestId }: ResetOrigin): Promise<void> {
    const { accounts, logins, passwords, families, guard } = this.#parts;
    const account = await guard.attempt(mailLogin(email), block, async () =>
      this.#spend((await logins.find(mailLogin(email))) ?? NOBODY, "reset", code),
    );
    const { _id: id, password } = account;
    if (!(await accounts.setPassword(id, password, await passwords.hash(next)))) throw refusal("code_invalid");
    await families.revokeAll(id);
    this.#note("account.password_reset", id, null, requestId);
  }

  /** Mails a code to the account's own address. @throws Refusal `validation_failed` when it has none */
  async requestVerification({ principal }: Caller): Promise<void> {
    const account = await this.#parts.accounts.find(principal.accountId);
    if (!account?.email) throw refusal("validation_failed", "The account has no e-mail address.");
    this.mailCode(account, "verify");
  }

  /** @throws Refusal `code_invalid` */
  async verifyEmail({ principal, requestId }: Caller, code: string): Promise<void> {
    await this.#spend(principal.accountId, "verify", code);
    this.#note("account.email_verified", principal.accountId, principal.deviceId, requestId);
  }

  /** Sends a new code; the one before is void. Does not wait for the mail. */
  mailCode(account: AccountDoc, purpose: CodePurpose): void {
    this.#later(() => this.#send(account, purpose));
  }

  /** Waits for the mails on their way. */
  async settled(): Promise<void> {
    await Promise.all(this.#mailing);
  }

  async #spend(accountId: string, purpose: CodePurpose, code: string): Promise<AccountDoc> {
    const { accounts, codes, clock } = this.#parts;
    const now = new Date(clock.now());
    const account = await accounts.tryCode(accountId, purpose, now);
    const stored = account?.codes[purpose];
    if (!account || !stored || !codes.matches(accountId, purpose, code, stored)) throw refusal("code_invalid");
    if (!(await accounts.useCode(accountId, purpose, stored.hash, now))) throw refusal("code_invalid");
    return account;
  }

  async #send(account: AccountDoc, purpose: CodePurpose): Promise<void> {
    const { accounts, codes, mail, clock } = this.#parts;
    if (account.email === null) return;
    const { code, stored } = codes.make(account._id, purpose, clock.now());
    if (!(await accounts.setCode(account._id, purpose, stored))) return;
    const { subject, use } = MAILS[purpose];
    await mail.send({ to: account.email, subject, text: `${use} ${code} within half an hour.` });
  }

  #later(work: () => Promise<void>): void {
    const { log } = this.#parts;
    if (this.#mailing.size >= MAILS_MAX) {
      log.warn("a mail was not sent: too many are on their way");
      return;
    }
    const mailing = work()
      // Only the name: what a mail server says may quote the mail.
      .catch((error: unknown) => log.warn({ error: (error as Error).name }, "a mail was not sent"))
      .finally(() => this.#mailing.delete(mailing));
    this.#mailing.add(mailing);
  }

  #note(action: string, id: string, deviceId: string | null, requestId: string): void {
    const actor = deviceId === null ? null : { accountId: id, deviceId };
    this.#parts.audit.record({ action, subject: { kind: "account", id }, actor, requestId });
  }
}

interface ResetOrigin {
  readonly block: string;
  readonly requestId: string;
}
