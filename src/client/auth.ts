import { ACCOUNT_KEY, type Access, accessOf, readAccess, type SignedInBody, writeAccess } from "./access.ts";
import { after, type ClientClock, nothing } from "./clock.ts";
import type { Call, Send } from "./http.ts";
import { HypogeumError } from "./hypogeum-error.ts";
import { Changeable, type Observable } from "./observable.ts";
import type { KeyValue } from "./storage.ts";

export type DeviceKind = "mobile" | "desktop" | "console";

/** Who signs in: by user name or by e-mail address. */
export type Credentials = { readonly password: string } & ({ readonly username: string } | { readonly email: string });

export interface NewLogin {
  readonly username: string;
  readonly password: string;
  readonly email?: string;
}

export interface AuthParts {
  readonly send: Send;
  readonly clock: ClientClock;
  /** Of this tab or program: guests, and in body mode every sign-in. */
  readonly storage: KeyValue;
  /** Of the whole browser: the hint that there is a cookie. */
  readonly shared: KeyValue;
  /** How the refresh token of a full account travels. A guest's is always in the body. */
  readonly refreshBy: "cookie" | "body";
  readonly device: { readonly deviceId: string; readonly device?: DeviceKind };
  /** Gets every new token, and undefined when there is none any more. */
  readonly tell: (accessToken: string | undefined) => void;
}

/** All tabs of a browser refresh one cookie: two at once could make the second look like a thief of the first. */
const REFRESH_LOCK = "hypogeum.refresh";

/** A server whose tokens expire at once must not be asked without a pause. */
const RENEW_PAUSE_MS = 1000;

/**
 * Who plays here: nobody yet, a guest, or a full account.
 *
 * In cookie mode a guest is one tab's and lives in `storage`, while an account is the whole browser's: its refresh token
 * is an HttpOnly cookie, and its access token is in memory alone, where no other script of the origin and no backup of
 * the profile finds it. A tab that has a guest keeps it when another tab signs in: the guest has a seat. In body mode
 * both live in `storage`.
 */
export class Auth {
  readonly #parts: AuthParts;
  readonly #access: Changeable<Access | null>;
  #renewing: Promise<Access> | null = null;
  #cancelRenewal = nothing;
  readonly #onStorage = ({ key, newValue }: { key?: string | null; newValue?: string | null }) => {
    if (key === ACCOUNT_KEY) this.#otherTabSignedIn(newValue ?? null);
  };

  constructor(parts: AuthParts) {
    this.#parts = parts;
    this.#access = new Changeable(readAccess(parts.storage));
    parts.tell(this.current?.accessToken);
    this.#schedule();
    if (parts.refreshBy === "cookie") globalThis.addEventListener?.("storage", this.#onStorage);
  }

  /** Whoever this is, as a value that tells its changes. */
  get access(): Observable<Access | null> {
    return this.#access;
  }

  get current(): Access | null {
    return this.#access.value;
  }

  /** Ms since the epoch by the server's clock. */
  serverNow(): number {
    return this.#parts.clock.now() + (this.current?.clockOffset ?? 0);
  }

  /** True when the browser may be signed in with an account, though this tab does not know yet as whom. */
  get mayBeSignedIn(): boolean {
    return this.current !== null || this.#parts.shared.getItem(ACCOUNT_KEY) !== null;
  }

  /** Who this was, or the browser's account; null, and nobody is made, when there is neither. @throws HypogeumError */
  async restore(): Promise<Access | null> {
    const known = this.current;
    if (known && known.renewAt > this.serverNow()) return known;
    return this.mayBeSignedIn ? this.renew() : null;
  }

  /** The same, or a new guest. @throws HypogeumError */
  async ensure(): Promise<Access> {
    return (await this.restore()) ?? this.guest();
  }

  /** Always a new guest. @throws HypogeumError */
  guest(): Promise<Access> {
    return this.#signIn("v1/auth/guest", {}, false);
  }

  /** @throws HypogeumError `invalid_credentials`, `sign_in_delayed`, `banned` */
  login(credentials: Credentials): Promise<Access> {
    return this.#signIn("v1/auth/login", credentials, this.#cookie);
  }

  /** A new account. To keep what a guest has, `link` it. @throws HypogeumError `username_taken`, `email_taken` */
  register(login: NewLogin): Promise<Access> {
    return this.#signIn("v1/auth/register", login, this.#cookie);
  }

  /** Makes the guest a full account that keeps its name, seats and games. @throws HypogeumError `already_linked` */
  async link(login: NewLogin): Promise<Access> {
    const { accessToken, refreshToken } = await this.ensure();
    const linked = await this.#parts.send<SignedInBody>({
      ...{ method: "POST", path: "v1/auth/link", body: login, accessToken },
    });
    // From here on it is an account, even if the cookie must wait, which the next call gets for the guest's token.
    this.#become({ ...this.#accessOf(linked), refreshToken });
    return this.renew();
  }

  /**
   * The next access token; of many who ask together one goes, over all tabs where the browser has Web Locks. A guest
   * whom the server does not know any more is followed by a new one.
   *
   * @throws HypogeumError; when the account is signed out, this is nobody from then on
   */
  renew(): Promise<Access> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** A call as whoever this is; once more with a new token when the old one has expired. @throws HypogeumError */
  async call<T>(call: Omit<Call, "accessToken">): Promise<T> {
    const { send } = this.#parts;
    const { accessToken } = await this.ensure();
    try {
      return (await send<T>({ ...call, accessToken })).body;
    } catch (error) {
      if (!(error instanceof HypogeumError) || !error.isSignedOut) throw error;
      const next = await this.renew();
      return (await send<T>({ ...call, accessToken: next.accessToken })).body;
    }
  }

  /** Ends the sign-in of this device, or of every device. @throws HypogeumError */
  async logout(where: "here" | "everywhere" = "here"): Promise<void> {
    const path = where === "here" ? "v1/auth/logout" : "v1/auth/logout-all";
    await this.call<null>({ method: "POST", path, body: {}, cookie: this.#cookie && !this.#isGuest });
    this.forget();
  }

  /** This is nobody from now on, and the browser is signed in no more. */
  forget(): void {
    if (!this.#isGuest) this.#parts.shared.removeItem(ACCOUNT_KEY);
    this.#set(null);
  }

  /** After the account was renamed or its address confirmed. */
  note(account: Partial<Access["account"]>): void {
    const known = this.current;
    if (known) this.#set({ ...known, account: { ...known.account, ...account } });
  }

  /** Refreshes no more; what is stored stays. */
  close(): void {
    this.#cancelRenewal();
    globalThis.removeEventListener?.("storage", this.#onStorage);
  }

  get #cookie(): boolean {
    return this.#parts.refreshBy === "cookie";
  }

  get #isGuest(): boolean {
    return this.current?.account.kind === "guest";
  }

  async #signIn(path: string, login: object, cookie: boolean): Promise<Access> {
    const body = { ...login, ...this.#parts.device };
    const signedIn = this.#accessOf(await this.#parts.send<SignedInBody>({ method: "POST", path, body, cookie }));
    this.#become(signedIn);
    return signedIn;
  }

  #accessOf(answer: { body: SignedInBody; clockOffset: number }): Access {
    const access = accessOf(answer, this.#parts.clock.now());
    // Beside the cookie, which other tabs refresh as well, a copy in memory would soon be a token of long ago.
    return this.#cookie && access.account.kind === "full" ? { ...access, refreshToken: null } : access;
  }

  async #renew(): Promise<Access> {
    const isGuest = this.#isGuest;
    try {
      const byCookie = this.#cookie && !isGuest;
      const lock = byCookie ? REFRESH_LOCK : `${REFRESH_LOCK}.${this.current?.account.id}`;
      return await alone(lock, () => this.#refresh(byCookie));
    } catch (error) {
      if (!(error instanceof HypogeumError) || !error.isSignedOut) throw error;
      this.forget();
      if (!isGuest) throw error;
      return this.guest();
    }
  }

  async #refresh(cookie: boolean): Promise<Access> {
    const newer = this.#stored();
    if (newer && newer.renewAt > this.serverNow()) {
      this.#become(newer);
      return newer;
    }
    const refreshToken = (newer ?? this.current)?.refreshToken;
    const { deviceId } = this.#parts.device;
    const body = { deviceId, ...(refreshToken ? { refreshToken } : {}) };
    const answer = await this.#parts.send<SignedInBody>({ method: "POST", path: "v1/auth/refresh", body, cookie });
    const next = this.#accessOf(answer);
    this.#become(next);
    return next;
  }

  /** What another instance with the same storage got while this one waited for its turn. */
  #stored(): Access | null {
    const stored = readAccess(this.#parts.storage);
    const isNews = stored?.account.id === this.current?.account.id && stored?.accessToken !== this.current?.accessToken;
    return isNews ? stored : null;
  }

  #become(access: Access): void {
    const isOfBrowser = this.#cookie && access.account.kind === "full";
    if (isOfBrowser) this.#parts.shared.setItem(ACCOUNT_KEY, access.account.id);
    this.#set(access);
  }

  #set(access: Access | null): void {
    const isOfBrowser = this.#cookie && access?.account.kind === "full";
    writeAccess(this.#parts.storage, isOfBrowser ? null : access);
    this.#parts.tell(access?.accessToken);
    this.#access.set(access);
    this.#schedule();
  }

  /** A game may outlast its token, and a page in the background must not wake up as a stranger. */
  #schedule(): void {
    this.#cancelRenewal();
    const known = this.current;
    if (!known) return;
    // Not `restore`: a timer that fires a moment early would find the token still good, and nobody would ask again. A
    // failure costs nothing: whoever needs the token next asks, and is told.
    const wait = Math.max(RENEW_PAUSE_MS, known.renewAt - this.serverNow());
    this.#cancelRenewal = after(wait, () => void this.renew().catch(() => null));
  }

  #otherTabSignedIn(accountId: string | null): void {
    if (this.#isGuest || this.current?.account.id === accountId) return;
    this.#set(null);
  }
}

/** Runs `act` in one tab of the browser at a time. Where there are no locks, the server's grace serves instead. */
function alone<T>(lock: string, act: () => Promise<T>): Promise<T> {
  const { locks } = globalThis.navigator ?? {};
  return locks ? locks.request(lock, act) : act();
}
