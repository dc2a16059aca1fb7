import { type AuthContext, ErrorCode, matchMaker, type Room, ServerError } from "@colyseus/core";
import { Refusal, refusal } from "../errors.ts";
import { within } from "../lib/within.ts";
import type { Logger } from "../log.ts";
import { DEFAULT_MODE } from "../sessions/session-birth.ts";
import type { Member } from "../sessions/sessions.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { Calls } from "./gateway-calls.ts";
import { RevokedConnections } from "./revoked-connections.ts";
import { isSessionId, roomIdOf } from "./room-path.ts";

/** What the host of rooms needs of a room; LedgerRoom is one. */
interface DurableRoom extends Room {
  readonly closed: Promise<void> | null;
  readonly table: {
    holdSeats(room: Room): void;
    holdWatcher(room: Room, connectionId: string, token: string): void;
    /** The player who gave this code to a coach. */
    coached(code: string): Member | undefined;
  };
}

/** How long a knocking client is kept waiting for its room; the stock SDK takes it for a slow connect. */
const HOLD_MS = 10_000;

/** A room that is no session: nobody's quota counts it. */
const LOBBY = "lobby";
/** Sessions that a client cannot come back to: Colyseus answers them with 4003, which ends the stock SDK's attempts. */
const GONE: ReadonlySet<string> = new Set(["session_not_found", "session_ended"]);

interface Wish {
  readonly method: string;
  readonly options: Parameters<typeof invoke>[2];
}

/** What it came to, as processes tell each other. */
type Matchmade =
  | { readonly seat: Awaited<ReturnType<typeof invoke>> }
  | { readonly error: { readonly code: number; readonly message: string } };

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly calls: Calls;
  readonly log: Logger;
  readonly verify: (accessToken: string) => Promise<{ readonly accountId: string }>;
  /** Refuses an account that may not open one more session. */
  readonly quota: (accountId: string) => Promise<void>;
  /** Whether a reconnection token belongs to a seat of the session, or to a spectator's connection. */
  readonly mayReturn: (token: string, sessionId: string, members: readonly Member[], connectionId: string) => boolean;
  readonly isBanned: (accountId: string) => Promise<boolean>;
}

/** Brings rooms up for sessions, when a client knocks or their owner has died. */
export class Rooms {
  readonly #options: RoomsOptions;
  readonly #raising = new Map<string, Promise<DurableRoom>>();
  readonly #revoked: RevokedConnections;
  #draining = false;

  constructor(options: RoomsOptions) {
    this.#options = options;
    this.#revoked = new RevokedConnections(options.sessions);
  }

  get count(): number {
    return matchMaker.stats.local.roomCount;
  }

  /** From now on no room comes up here; those that are up stay open until they have moved. */
  drain(): void {
    this.#draining = true;
  }

  /** Whether somebody entered the room of a session less than `ms` ago. */
  isYoung(sessionId: string, now: number, ms: number): boolean {
    const held = this.#options.sessions.held(sessionId);
    return held !== undefined && now - held.enteredAt < ms;
  }

  /** Closes what an account has open here, on one device or on all, and the way back into it. */
  closeConnections(accountId: string, deviceId: string | undefined, code: number): void {
    this.#revoked.close(accountId, deviceId, code);
  }

  /** The room of a session, recovered if need be. Callers that come together share one recovery. */
  raise(sessionId: string): Promise<DurableRoom> {
    let raising = this.#raising.get(sessionId);
    if (!raising) {
      raising = this.#raise(sessionId).finally(() => this.#raising.delete(sessionId));
      this.#raising.set(sessionId, raising);
    }
    return raising;
  }

  async #raise(sessionId: string): Promise<DurableRoom> {
    const standing = localRoom(sessionId);
    if (standing && !standing.closed) return standing;
    if (this.#draining) throw refusal("unavailable");
    await standing?.closed;
    const held = await this.#options.sessions.open(sessionId);
    const { type, mode } = held.document;
    await matchMaker.handleCreateRoom(type, { mode }, undefined, sessionId);
    const room = localRoom(sessionId)!;
    room.table.holdSeats(room);
    return room;
  }

  /**
   * The room of a session for a client that knocks by REST, or a no that it can understand.
   *
   * @throws Refusal what `Sessions.open` throws, `unavailable` when it would come up while draining, or takes too long
   */
  async knock(sessionId: string): Promise<DurableRoom> {
    return within(HOLD_MS, this.raise(sessionId)).catch((reason: unknown) => {
      if (reason instanceof Refusal) throw reason;
      this.#options.log.warn({ sessionId, error: String(reason) }, "no room for a knock");
      throw refusal("unavailable");
    });
  }

  /** For another process, which gives the session to this one. */
  readonly adopt = async (sessionId: string): Promise<void> => {
    await this.raise(sessionId);
  };

  /** Before a WebSocket upgrade: the room comes up first, or the client is told to try again. */
  beforeUpgrade = async (request: Request): Promise<Response | undefined> => {
    const url = new URL(request.url);
    const sessionId = roomIdOf({ url: url.pathname });
    const token = url.searchParams.get("reconnectionToken");
    if (this.#draining && !localRoom(sessionId)) return new Response("draining", { status: 503 });
    if (token === null) return undefined;
    const connectionId = url.searchParams.get("sessionId") ?? "";
    try {
      const members = await this.#admitting(token, sessionId, connectionId);
      if (!members) return undefined;
      if (await this.#isBarred(token, sessionId, members)) return new Response("revoked", { status: 403 });
      const room = await within(HOLD_MS, this.raise(sessionId));
      room.table.holdWatcher(room, connectionId, token);
      return undefined;
    } catch (reason) {
      const gone = reason instanceof Refusal && GONE.has(reason.code);
      return gone ? undefined : new Response("unavailable", { status: 503, headers: { "Retry-After": "1" } });
    }
  };

  /**
   * Who sits in the session that a token leads back to; null when it leads nowhere. Nobody brings a session back without a
   * right to it: recoveries cost more than knocks.
   */
  async #admitting(token: string, sessionId: string, connectionId: string): Promise<readonly Member[] | null> {
    if (!isSessionId(sessionId)) return null;
    const members = await within(HOLD_MS, this.#options.sessions.membersOf(sessionId));
    return members && this.#options.mayReturn(token, sessionId, members, connectionId) ? members : null;
  }

  /** Whether the connection or its account may not go on. Only the way in asks for access tokens, not the way back. */
  async #isBarred(token: string, sessionId: string, members: readonly Member[]): Promise<boolean> {
    if (this.#revoked.has(token)) return true;
    const { mayReturn, isBanned } = this.#options;
    const owner = members.find((member) => mayReturn(token, sessionId, [member], ""));
    return owner !== undefined && isBanned(owner.accountId);
  }

  /**
   * Matchmaking by the name of a room, or by id where the session is: Colyseus alone would only look among the rooms that
   * are up.
   *
   * @throws Refusal `session_moved`; every other no is part of what it came to
   */
  async #matchmake(target: string, { method, options }: Wish, auth?: AuthContext): Promise<Matchmade> {
    try {
      if (method === "joinOrCreate") return { seat: await this.#joinOrCreate(target, options, auth) };
      if (isSessionId(target)) await this.#bringUp(target, method, options, auth);
      return { seat: await invoke(method, target, options, auth) };
    } catch (reason) {
      if (reason instanceof Refusal && reason.code === "session_moved") throw reason;
      const { code, message } = toServerError(reason);
      return { error: { code, message } };
    }
  }

  async #bringUp(target: string, method: string, options: Wish["options"], auth?: AuthContext): Promise<void> {
    if (method === "reconnect") {
      const token = String(options?.reconnectionToken);
      const members = await this.#admitting(token, target, "");
      if (!members) return;
      if (await this.#isBarred(token, target, members)) throw refusal("token_revoked");
    } else if (method === "joinById") await this.#options.verify(auth?.token ?? "");
    else return;
    await within(HOLD_MS, this.raise(target));
  }

  /** For another process, whose client knocks at a room of this one. */
  readonly answerMatchmake = (target: string, body: unknown, ip: string): Promise<Matchmade> => {
    const { token, ...wish } = body as Wish & { readonly token: string | undefined };
    return this.#matchmake(target, wish, { ...(token === undefined ? {} : { token }), ip, headers: new Headers() });
  };

  /** Where the session is; a room that is asked for by its name is made by another process while this one drains. */
  async #matchmakeAnywhere(target: string, { method, options }: Wish, auth?: AuthContext) {
    const { calls } = this.#options;
    const body = { method, options, token: auth?.token };
    const call = { name: "matchmake", body, address: String(auth?.ip ?? "") };
    const here = () => this.#matchmake(target, { method, options }, auth);
    const isAway = method === "joinOrCreate" && this.#draining;
    const making = isAway ? calls.elsewhere<Matchmade>(target, call) : calls.at(target, call, here);
    const made = await making.catch((reason: unknown): Matchmade => {
      const { code, message } = toServerError(reason);
      return { error: { code, message } };
    });
    if ("seat" in made) return made.seat;
    throw new ServerError(made.error.code, made.error.message);
  }

  async #joinOrCreate(target: string, options: Wish["options"], auth?: AuthContext) {
    if (this.#draining) throw refusal("unavailable");
    if (target !== LOBBY) await this.#mayCreate(auth?.token ?? "");
    // Colyseus hands a room that is just being created to all who wait for one, whoever it was meant for.
    if (options?.private === true) return createPrivate(target, options, auth);
    return invoke("joinOrCreate", target, { ...options, mode: options?.mode ?? DEFAULT_MODE }, auth);
  }

  /** Whether a room is found or created is decided later, so that those who play at too many tables get no more. */
  async #mayCreate(token: string): Promise<void> {
    const known = await this.#options.verify(token).catch(() => undefined); // the room's own authorisation says no
    await (known && this.#options.quota(known.accountId))?.catch((reason: unknown) => {
      const { code, message } = reason instanceof Refusal ? reason : refusal("unavailable");
      throw new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, `${code}: ${message}`);
    });
  }

  /** Puts this host in front of Colyseus's matchmaking routes. */
  install(exposed: string[], corsHeaders: (origin: string | undefined) => Readonly<Record<string, string>>): void {
    const { controller } = matchMaker;
    controller.exposedMethods = exposed;
    controller.getCorsHeaders = (headers) => ({ ...corsHeaders(headers.get("origin") ?? undefined) });
    // Colyseus lays these under every answer: any origin, with credentials.
    controller.DEFAULT_CORS_HEADERS = {} as typeof controller.DEFAULT_CORS_HEADERS;
    controller.invokeMethod = (method, target, options, auth?: AuthContext) =>
      this.#matchmakeAnywhere(target, { method, options }, auth);
  }
}

/** Colyseus's own, taken before anybody wraps it: its controller outlives every server of the process. */
const invoke = matchMaker.controller.invokeMethod.bind(matchMaker.controller);

/** What the SDK is told: Colyseus's own numbers, with our code in the text. */
function toServerError(reason: unknown): ServerError {
  if (reason instanceof ServerError) return reason;
  const { code, message, status } = reason instanceof Refusal ? reason : refusal("unavailable");
  if (status === 401 || code === "banned") return new ServerError(ErrorCode.AUTH_FAILED, `${code}: ${message}`);
  const kind = GONE.has(code) ? ErrorCode.MATCHMAKE_INVALID_ROOM_ID : ErrorCode.MATCHMAKE_UNHANDLED;
  return new ServerError(kind, `${code}: ${message}`);
}

async function createPrivate(roomName: string, options: Parameters<typeof matchMaker.create>[1], auth?: AuthContext) {
  try {
    return await matchMaker.create(roomName, options, auth);
  } catch (error) {
    const { code, message } = error as ServerError;
    throw new ServerError(typeof code === "number" ? code : ErrorCode.MATCHMAKE_UNHANDLED, message);
  }
}

function localRoom(sessionId: string): DurableRoom | undefined {
  return matchMaker.getLocalRoomById(sessionId) as DurableRoom | undefined;
}
