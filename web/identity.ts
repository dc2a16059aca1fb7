import {
  ACCOUNT_KEY,
  type Access,
  accessOf,
  readAccountHint,
  readGuest,
  type SignedInBody,
  writeAccountHint,
  writeGuest,
} from "./access.ts";
import { browserLabel, deviceKind } from "./device.ts";
import { ApiError, type Call, send } from "./http.ts";

export interface NewLogin {
  readonly username: string;
  readonly password: string;
  readonly email?: string;
}

/** All tabs of a browser refresh one cookie: two at once could make the second look like a thief of the first. */
const REFRESH_LOCK = "hypogeum.refresh";

/**
 * Who plays in this tab: a guest of its own, or the account that the browser is signed in with.
 *
 * A guest lives in the tab's sessionStorage, so two tabs are two players. An account is the whole browser's: its refresh
 * token is an HttpOnly cookie, and its access token is in memory alone, where no other script of the origin and no
 * backup of the profile finds it. A tab that has a guest keeps it when another tab signs in: the guest has a seat.
 */
export class Identity {
  #access: Access | null = readGuest();
  #renewing: Promise<Access> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed: () => void;

  /** @param changed called when this tab is somebody else, or is called something else */
  constructor(changed: () => void) {
    this.#changed = changed;
    this.#schedule();
    addEventListener("storage", ({ key, newValue }) => {
      if (key === ACCOUNT_KEY) this.#otherTabSignedIn(newValue);
    });
  }

  get current(): Access | null {
    return this.#access;
  }

  /** Ms since the epoch by the server's clock. */
  serverNow(): number {
    return Date.now() + (this.#access?.clockOffset ?? 0);
  }

  /** Who this tab was, or the browser's account; null, and nobody is made, when there is neither. @throws ApiError */
  async restore(): Promise<Access | null> {
    const known = this.#access;
    if (known && known.renewAt > this.serverNow()) return known;
    if (!known && readAccountHint() === null) return null;
    return this.renew();
  }

  /** The same, or a new guest. @throws ApiError */
  async ensure(): Promise<Access> {
    return (await this.restore()) ?? this.#becomeGuest();
  }

  /**
   * The next access token. A guest whom the server does not know any more is followed by a new one.
   *
   * @throws ApiError; when the account is signed out, this tab is nobody from then on
   */
  renew(): Promise<Access> {
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = null;
    });
    return this.#renewing;
  }

  /** A call as whoever this tab is; once more with a new token when the old one has expired. @throws ApiError */
  async call<T>(call: Omit<Call, "accessToken">): Promise<T> {
    const { accessToken } = await this.ensure();
    try {
      return (await send<T>({ ...call, accessToken })).body;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isSignedOut) throw error;
      const next = await this.renew();
      return (await send<T>({ ...call, accessToken: next.accessToken })).body;
    }
  }

  /** @throws ApiError */
  async signIn(login: string, password: string): Promise<void> {
    const name = login.includes("@") ? { email: login } : { username: login };
    const body = { ...name, password, deviceId: browserLabel(), device: deviceKind() };
    this.#become(accessOf(await send({ method: "POST", path: "v1/auth/login", body, cookie: true })));
  }

  /** A new account; a guest becomes it and keeps its name, seats and games. @throws ApiError */
  async signUp(login: NewLogin): Promise<void> {
    if (this.#access?.account.kind === "guest") return this.#link(login);
    const body = { ...login, deviceId: browserLabel(), device: deviceKind() };
    this.#become(accessOf(await send({ method: "POST", path: "v1/auth/register", body, cookie: true })));
  }

  /** Ends the sign-in of this device, or of every device. @throws ApiError */
  async signOut(where: "here" | "everywhere"): Promise<void> {
    const path = where === "here" ? "v1/auth/logout" : "v1/auth/logout-all";
    await this.call<null>({ method: "POST", path, body: {}, cookie: true });
    this.forget();
  }

  /** This tab is nobody from now on, and the browser is signed in no more. */
  forget(): void {
    if (this.#access?.account.kind !== "guest") writeAccountHint(null);
    this.#set(null);
  }

  /** After the account was renamed or its address confirmed. */
  note(account: Partial<Access["account"]>): void {
    if (this.#access) this.#set({ ...this.#access, account: { ...this.#access.account, ...account } });
  }

  async #link(login: NewLogin): Promise<void> {
    const guest = await this.ensure();
    const { accessToken, refreshToken } = guest;
    const linked = await send<SignedInBody>({ method: "POST", path: "v1/auth/link", body: login, accessToken });
    // From here on it is an account, even if the cookie that the next call brings must wait.
    this.#become({ ...accessOf(linked), refreshToken });
    await this.renew();
  }

  async #renew(): Promise<Access> {
    const refreshToken = this.#access?.refreshToken ?? null;
    const isGuest = this.#access?.account.kind === "guest";
    const body = { deviceId: browserLabel(), ...(refreshToken ? { refreshToken } : {}) };
    try {
      const refresh = () =>
        send<SignedInBody>({ method: "POST", path: "v1/auth/refresh", body, cookie: !isGuest }).then(accessOf);
      this.#become(await (isGuest ? refresh() : alone(refresh)));
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isSignedOut) throw error;
      this.forget();
      if (!isGuest) throw error;
      await this.#becomeGuest();
    }
    return this.#access!;
  }

  async #becomeGuest(): Promise<Access> {
    const body = { deviceId: browserLabel(), device: deviceKind() };
    const guest = accessOf(await send<SignedInBody>({ method: "POST", path: "v1/auth/guest", body }));
    this.#become(guest);
    return guest;
  }

  #become(access: Access): void {
    if (access.account.kind === "full") writeAccountHint(access.account.id);
    this.#set(access);
  }

  #set(access: Access | null): void {
    this.#access = access;
    writeGuest(access?.account.kind === "guest" ? access : null);
    this.#schedule();
    this.#changed();
  }

  /** A game may outlast its token, and a page in the background must not wake up as a stranger. */
  #schedule(): void {
    clearTimeout(this.#timer);
    if (!this.#access) return;
    const delay = Math.max(0, this.#access.renewAt - this.serverNow());
    // A failure here costs nothing: whoever needs the token next asks again, and tells the player.
    this.#timer = setTimeout(() => void this.restore().catch(() => null), delay);
  }

  #otherTabSignedIn(accountId: string | null): void {
    if (this.#access?.account.kind === "guest" || this.#access?.account.id === accountId) return;
    this.#set(null);
  }
}

/** Runs `act` in one tab of the browser at a time. Insecure contexts have no locks, and the server's grace instead. */
function alone<T>(act: () => Promise<T>): Promise<T> {
  return navigator.locks ? navigator.locks.request(REFRESH_LOCK, act) : act();
}
