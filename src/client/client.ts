import { Client, type Room } from "@colyseus/sdk";
import type { AuthParts, DeviceKind } from "./auth.ts";
import { Auth } from "./auth.ts";
import { type ClientClock, machineClock, within } from "./clock.ts";
import { GameRoom, type RoomParts } from "./game-room.ts";
import { claimHandoff, type Offer, type Reservation } from "./handoff.ts";
import { type Call, createSend } from "./http.ts";
import { type HypogeumError, joinErrorOf, unreachable } from "./hypogeum-error.ts";
import { type KeyValue, keptLabel, memoryStorage, pageStorage } from "./storage.ts";
import { type Knock, knockById, type Place, type Role } from "./way-back.ts";

export type { Access, Account } from "./access.ts";
export type { Action, Outcome } from "./action.ts";
export type { ConnectionState } from "./closing.ts";
export type { Code } from "./error-codes.ts";
export type { GameEvent, Position } from "./event-log.ts";
export { HypogeumError } from "./hypogeum-error.ts";
export type { Observable } from "./observable.ts";
export type { Auth, Call, DeviceKind, GameRoom, KeyValue, Offer, Place, Reservation, Role };

export interface HypogeumOptions {
  /** The product's address, as `https://play.example` or with a path. */
  readonly url: string;
  readonly fetch?: typeof fetch;
  /** Where sign-ins of this tab or program are kept; `sessionStorage` in pages, memory elsewhere. */
  readonly storage?: KeyValue;
  /** What all tabs of a browser share; `localStorage` in pages, else `storage`. */
  readonly shared?: KeyValue;
  readonly clock?: ClientClock;
  /** How the refresh token of a full account travels; as a cookie in pages, in the body elsewhere. */
  readonly refreshBy?: "cookie" | "body";
  /** This device's name for itself: a label, not a secret. Made once and kept in `shared` unless it is given. */
  readonly deviceId?: string;
  readonly device?: DeviceKind;
  /** Attempts of the stock reconnection before the server is asked for another way; 8 unless it is said. */
  readonly reconnectTries?: number;
  /** Actions that may wait in one room; 64 unless it is said. */
  readonly queueMax?: number;
}

/** What a room is asked for with. */
export interface JoinOptions {
  readonly mode?: string;
  readonly private?: boolean;
  readonly role?: Role;
  /** For coaches: what the player gave away. */
  readonly code?: string;
  readonly device?: DeviceKind;
}

/** Where this account plays. */
export interface MySeat {
  readonly sessionId: string;
  readonly type: string;
  readonly status: string;
  readonly seat: number;
  readonly role: "player" | "gm";
}

export interface Hypogeum {
  readonly auth: Auth;
  /** The stock SDK, whose `auth.token` is kept current. */
  readonly sdk: Client;
  /** By the matchmaker: any open session of that type, or a new one. @throws HypogeumError, as all of these do */
  joinOrCreate<State>(type: string, options?: JoinOptions): Promise<GameRoom<State>>;
  /** By the matchmaker; an account finds its own seat. */
  joinById<State>(sessionId: string, options?: JoinOptions): Promise<GameRoom<State>>;
  /** By the API: a seat that is reserved first, by whatever process has the session. */
  join<State>(sessionId: string, as?: Pick<JoinOptions, "role" | "code">): Promise<GameRoom<State>>;
  /** A place that was reserved already, as by a matchmaking ticket. */
  consume<State>(reservation: Reservation, role?: Role): Promise<GameRoom<State>>;
  /**
   * Into a session where the account has its seat, as after a reload. Tries again while nobody answers, for about half a
   * minute, and as long as `again` says so.
   */
  returnTo<State>(place: Place, again?: () => boolean): Promise<GameRoom<State>>;
  /** The sessions that have not ended and hold a seat of this account, the first hundred. */
  seats(): Promise<readonly MySeat[]>;
  /** The seat behind a code of the account's other device, reserved for this one. */
  claimHandoff(code: string): Promise<Reservation>;
  /** The same, and into it. */
  takeHandoff<State>(code: string): Promise<GameRoom<State>>;
  /** A call that needs nobody to be signed in; `auth.call` makes one as whoever this is. */
  call<T>(call: Omit<Call, "accessToken">): Promise<T>;
  /** Ends the refreshing of tokens. Rooms are closed on their own. */
  close(): void;
}

/** How long a join may take. A server that recovers the session first holds the connection for up to ten seconds. */
const JOIN_MS = 20_000;
const RETURN_DELAYS_MS = [250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000];
const DEVICE_KEY = "hypogeum.device";
const TAB_KEY = "hypogeum.tab";

/** One player's side of the product: who it is, and the rooms it is in. */
export function createHypogeum(options: HypogeumOptions): Hypogeum {
  const { url, clock = machineClock, reconnectTries = 8, queueMax = 64 } = options;
  // Not the bare function: browsers refuse to call it as another object's method.
  const fetchFn: typeof fetch = options.fetch ?? ((...request) => globalThis.fetch(...request));
  const send = createSend({ base: url.endsWith("/") ? url : `${url}/`, fetch: fetchFn, clock });
  const sdk = new Client(url, { fetchFn });
  const { deviceId, ...authParts } = authPartsOf(options);
  const tell = (accessToken: string | undefined) => {
    sdk.auth.token = accessToken as string; // the SDK's getter knows undefined, its setter does not
  };
  const auth = new Auth({ ...authParts, send, clock, tell });
  const parts: RoomParts = { auth, clock, reconnectTries, queueMax, knock };

  async function knock<State>(ask: Knock<State>): Promise<Room<unknown, State>> {
    await auth.ensure();
    try {
      return await knockOnce(ask);
    } catch (error) {
      // A stored token may belong to a former server, and a clock may be wrong: then once more with a new one.
      if ((error as HypogeumError).status !== 401) throw error;
      await auth.renew();
      return knockOnce(ask);
    }
  }

  async function knockOnce<State>(ask: Knock<State>): Promise<Room<unknown, State>> {
    tell(auth.current?.accessToken);
    const asked = ask(sdk).catch((reason: unknown) => Promise.reject(joinErrorOf(reason)));
    return within(JOIN_MS, asked, unreachable, (late) => void late.leave(false));
  }

  async function enter<State>(as: Pick<JoinOptions, "role" | "code">, ask: Knock<State>): Promise<GameRoom<State>> {
    const { role = "player", code } = as;
    return new GameRoom(parts, await knock(ask), { role, ...(code === undefined ? {} : { code }) });
  }

  async function returnTo<State>(place: Place, again: () => boolean = () => true): Promise<GameRoom<State>> {
    for (const delay of RETURN_DELAYS_MS) {
      try {
        return await enter<State>(place, knockById(place));
      } catch (error) {
        if (!(error as HypogeumError).retryable || !again()) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (!again()) break;
    }
    throw unreachable();
  }

  /** A tab is a device of its own where seats move: two tabs of one browser can be phone and desktop. */
  function claim(code: string): Promise<Reservation> {
    const tab = keptLabel(authParts.storage, TAB_KEY);
    return claimHandoff(auth, code, `${deviceId}/${tab}`);
  }

  return {
    auth,
    sdk,
    returnTo,
    claimHandoff: claim,
    joinOrCreate: (type, as = {}) => enter(as, (client) => client.joinOrCreate(type, as)),
    joinById: (id, as = {}) => enter(as, (client) => client.joinById(id, as)),
    consume: (reservation, role = "player") => enter({ role }, (client) => client.consumeSeatReservation(reservation)),
    async join(id, as = {}) {
      const { role = "player", code } = as;
      const path = `v1/sessions/${encodeURIComponent(id)}/${role === "spectator" ? "spectate" : "join"}`;
      const body = role === "spectator" ? {} : { body: { role, ...(code === undefined ? {} : { code }) } };
      const reservation = await auth.call<Reservation>({ method: "POST", path, ...body });
      return enter(as, (client) => client.consumeSeatReservation(reservation));
    },
    async takeHandoff(code) {
      const reservation = await claim(code);
      return enter({}, (client) => client.consumeSeatReservation(reservation));
    },
    async seats() {
      return (await auth.call<{ items: MySeat[] }>({ method: "GET", path: "v1/me/seats?limit=100" })).items;
    },
    call: async (call) => (await send<never>(call)).body,
    close: () => auth.close(),
  };
}

function authPartsOf(options: HypogeumOptions): Omit<AuthParts, "send" | "clock" | "tell"> & { deviceId: string } {
  const isPage = typeof document !== "undefined";
  const storage = options.storage ?? (isPage ? pageStorage("sessionStorage") : memoryStorage());
  const shared = options.shared ?? (isPage ? pageStorage("localStorage") : storage);
  const { device: kind, refreshBy = isPage ? "cookie" : "body" } = options;
  const deviceId = options.deviceId ?? keptLabel(shared, DEVICE_KEY);
  return { storage, shared, refreshBy, deviceId, device: { deviceId, ...(kind ? { device: kind } : {}) } };
}
