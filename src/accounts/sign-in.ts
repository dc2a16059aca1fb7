import type { Audit } from "../audit/audit-event.ts";
import { refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import { uuid7 } from "../lib/uuid7.ts";
import { type Account, toAccount } from "./account-view.ts";
import type { AccountDoc, AccountStore, Identification } from "./accounts.store.ts";
import type { Credentials } from "./credentials.ts";
import { type DisplayNames, madeUpName } from "./display-names.ts";
import type { Device, Families, Issued } from "./families.ts";
import type { Logins } from "./logins.ts";
import { mailLogin, nameLogin } from "./names.rules.ts";
import type { Passwords } from "./passwords.ts";
import { isBanned } from "./revocations.ts";
import type { SignInGuard } from "./sign-in-guard.ts";
import type { Caller, Principal, Tokens } from "./tokens.ts";

/** An access token and whose it is. */
export interface Access {
  readonly account: Account;
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly tokenType: "Bearer";
}

export interface SignedIn extends Access {
  readonly refreshToken: string;
}

/** A name or an e-mail address or both, and a password. */
export interface NewLogin {
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly password: string;
}

/** Where a sign-in comes from. */
export interface Origin {
  /** The block of addresses that one customer holds. */
  readonly block: string;
  readonly requestId: string;
}

export interface SignInParts {
  readonly accounts: AccountStore;
  readonly logins: Logins;
  readonly families: Families;
  readonly tokens: Tokens;
  readonly passwords: Passwords;
  readonly credentials: Credentials;
  readonly guard: SignInGuard;
  readonly names: DisplayNames;
  readonly audit: Audit;
  readonly clock: Clock;
  /** Told of everybody who signed in with a password. */
  readonly onLogin: (account: AccountDoc) => void;
}

/** To the day is precise enough to tell who is idle, and saves a write with every refresh. */
const SEEN_MS = 24 * 3600_000;
const NOBODY = "nobody";

/** The ways in: every one ends with an access token and a refresh token for one device. */
export class SignIn {
  readonly #parts: SignInParts;

  constructor(parts: SignInParts) {
    this.#parts = parts;
  }

  /** Always a new account, stored before it is answered. */
  async guest(device: Device, { requestId }: Pick<Origin, "requestId">): Promise<SignedIn> {
    const { accounts, families } = this.#parts;
    const account = this.#newAccount("guest", { name: madeUpName("Guest") });
    const [issued] = await Promise.all([families.openFirst(account._id, device), accounts.insert(account)]);
    this.#note("account.created", account, device, requestId);
    return this.#answer(account, issued);
  }

  /** @throws Refusal `username_taken`, `email_taken`, `overloaded` */
  async register(login: NewLogin, device: Device, { requestId }: Pick<Origin, "requestId">): Promise<SignedIn> {
    const { accounts, families } = this.#parts;
    const identification = await this.#identification(login);
    const account = this.#newAccount("full", identification);
    await this.#claiming(identification, account._id, () => accounts.insert(account));
    this.#note("account.registered", account, device, requestId);
    this.#welcome(account);
    return this.#answer(account, await families.openFirst(account._id, device));
  }

  /**
   * One answer for an unknown user and a wrong password, in the same time.
   *
   * @param login as nameLogin and mailLogin make it
   * @throws Refusal `invalid_credentials`, `banned`, `sign_in_delayed`, `overloaded`
   */
  async login(login: string, password: string, device: Device, { block, requestId }: Origin): Promise<SignedIn> {
    const { accounts, logins, passwords, guard } = this.#parts;
    const account = await guard.attempt(login, block, async () => {
      // Both look-ups, whatever the first one says: a missing one could be timed.
      const found = await accounts.find((await logins.find(login)) ?? NOBODY);
      const right = await passwords.matches(password, found?.logins.includes(login) ? found.password : null);
      if (!found || !right) throw refusal("invalid_credentials");
      return found;
    });
    const signedIn = await this.#open(account, device, requestId);
    this.#parts.onLogin(account);
    return signedIn;
  }

  /** A guest gets a name and a password, and keeps everything else. @throws Refusal `already_linked` and as `register` */
  async link(login: NewLogin, { principal, requestId }: Caller): Promise<Access> {
    const { accounts } = this.#parts;
    const id = principal.accountId;
    if ((await this.#accountOf(id)).kind === "full") throw refusal("already_linked");
    const identification = await this.#identification(login);
    const account = await this.#claiming(identification, id, async () => {
      const linked = await accounts.identify(id, identification);
      if (!linked) throw refusal("already_linked");
      return linked;
    });
    this.#parts.names.note(id, account.name);
    this.#note("account.linked", account, principal, requestId);
    this.#welcome(account);
    return this.#access(account, principal);
  }

  /** The account of a person whom somebody else has identified; made when it is the first time. */
  async identified(login: string, device: Device, requestId: string): Promise<SignedIn> {
    const { accounts, logins } = this.#parts;
    const known = await accounts.find((await logins.find(login)) ?? NOBODY);
    if (known?.logins.includes(login)) return this.#open(known, device, requestId);
    const nothing = { username: null, email: null, password: null };
    const account = this.#newAccount("full", { ...nothing, name: madeUpName("Player"), logins: [login] });
    await this.#claiming(account, account._id, () => accounts.insert(account));
    this.#note("account.registered", account, device, requestId);
    return this.#open(account, device, requestId);
  }

  /** @throws Refusal as Families.refresh, and `banned` */
  async refresh(token: string, deviceId: string): Promise<SignedIn> {
    let account: AccountDoc | undefined;
    const issued = await this.#parts.families.refresh(token, deviceId, async (accountId) => {
      account = await this.#accountOf(accountId);
      await this.#admit(account);
    });
    return this.#answer(account!, issued);
  }

  async #accountOf(id: string): Promise<AccountDoc> {
    const account = await this.#parts.accounts.find(id);
    // The token outlived its account.
    if (!account) throw refusal("unauthorized");
    return account;
  }

  async #admit({ _id, ban, lastSeenAt }: AccountDoc): Promise<void> {
    const now = this.#parts.clock.now();
    if (isBanned(ban, now)) throw refusal("banned");
    if (now - lastSeenAt.getTime() > SEEN_MS) await this.#parts.accounts.seen(_id, new Date(now));
  }

  /** Signs an account in on a device. @throws Refusal `banned` */
  async #open(account: AccountDoc, device: Device, requestId: string): Promise<SignedIn> {
    await this.#admit(account);
    const issued = await this.#parts.families.open(account._id, device);
    this.#note("account.signed_in", account, device, requestId);
    return this.#answer(account, issued);
  }

  async #identification({ username, password, email }: NewLogin): Promise<Identification> {
    const logins = [
      ...(username === undefined ? [] : [nameLogin(username)]),
      ...(email === undefined ? [] : [mailLogin(email)]),
    ];
    const hash = await this.#parts.passwords.hash(password);
    // An address is nobody else's business, so it makes no name.
    const name = username ?? madeUpName("Player");
    return { name, username: username ?? null, email: email ?? null, password: hash, logins };
  }

  /** Claims the logins around the write that makes the account name them. */
  async #claiming<T>({ logins }: Identification, accountId: string, write: () => Promise<T>): Promise<T> {
    await this.#parts.logins.claim(logins, accountId);
    try {
      return await write();
    } catch (reason) {
      // Only after a no. A write whose outcome is unknown may have happened; if not, the claim lapses.
      if ((reason as { code?: unknown }).code === "already_linked") {
        await this.#parts.logins.release(logins, accountId);
      }
      throw reason;
    }
  }

  #newAccount(kind: AccountDoc["kind"], given: Partial<Identification> & { name: string }): AccountDoc {
    const now = this.#parts.clock.now();
    const at = new Date(now);
    return {
      ...{ _id: uuid7(now), kind, username: null, email: null, emailVerifiedAt: null, password: null, logins: [] },
      ...{ roles: ["player"], ban: null, standingAt: new Date(0), codes: {}, createdAt: at, lastSeenAt: at },
      ...given,
    };
  }

  #welcome(account: AccountDoc): void {
    if (account.email !== null) this.#parts.credentials.mailCode(account, "verify");
  }

  async #answer(account: AccountDoc, { family, refreshToken }: Issued): Promise<SignedIn> {
    const { _id: familyId, deviceId, device } = family;
    const access = await this.#access(account, { deviceId, familyId, ...(device ? { device } : {}) });
    return { ...access, refreshToken };
  }

  async #access(doc: AccountDoc, by: Pick<Principal, "deviceId" | "familyId" | "device">): Promise<Access> {
    const { tokens } = this.#parts;
    const account = toAccount(doc);
    const accessToken = await tokens.issue(account, by.deviceId, by);
    return { account, accessToken, expiresIn: tokens.ttl, tokenType: "Bearer" };
  }

  #note(action: string, { _id }: AccountDoc, { deviceId }: Pick<Device, "deviceId">, requestId: string): void {
    const actor = { accountId: _id, deviceId };
    this.#parts.audit.record({ action, subject: { kind: "account", id: _id }, actor, requestId });
  }
}
