import { type AuthContext, ErrorCode, matchMaker, type Room, ServerError } from "@colyseus/core";
import { Refusal, refusal } from "../errors.ts";
import { within } from "../lib/within.ts";
import type { Logger } from "../log.ts";
import { DEFAULT_MODE } from "../sessions/session-birth.ts";
import type { Member } from "../sessions/sessions.store.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { RevokedConnections } from "./revoked-connections.ts";

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
/** Recoveries side by side at start: enough to hide the database's latency, too few to starve new joins. */
const PARALLEL = 8;

const SESSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Sessions that a client cannot come back to: Colyseus answers them with 4003, which ends the stock SDK's attempts. */
const GONE: ReadonlySet<string> = new Set(["session_not_found", "session_ended"]);

export interface RoomsOptions {
  readonly sessions: Sessions;
  readonly log: Logger;
  readonly verify: (accessToken: string) => Promise<{ readonly accountId: string }>;
  /** Refuses an account that may not open one more session. */
  readonly quota: (accountId: string) => Promise<void>;
  /** Whether a reconnection token belongs to a seat of the session, or to a spectator's connection. */
  readonly mayReturn: (token: string, sessionId: string, members: readonly Member[], connectionId: string) => boolean;
  readonly isBanned: (accountId: string) => Promise<boolean>;
}

/** Brings rooms up for sessions: when a client knocks, and after a start for all that a former process left. */
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

  drain(): void {
    this.#draining = true;
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
   * @throws Refusal what `Sessions.open` throws, `unavailable` while draining or when the room takes too long
   */
  async knock(sessionId: string): Promise<DurableRoom> {
    if (this.#draining) throw refusal("unavailable");
    return within(HOLD_MS, this.raise(sessionId)).catch((reason: unknown) => {
      if (reason instanceof Refusal) throw reason;
      this.#options.log.warn({ sessionId, error: String(reason) }, "no room for a knock");
      throw refusal("unavailable");
    });
  }

  /** Rooms for these sessions, a few at a time; what fails stays for the next knock. */
  async raiseAll(sessionIds: readonly string[]): Promise<void> {
    const waiting = [...sessionIds];
    const worker = async () => {
      for (let id = waiting.shift(); id !== undefined && !this.#draining; id = waiting.shift()) {
        await this.raise(id).catch((error: unknown) =>
          this.#options.log.warn({ sessionId: id, error: String(error) }, "not restored"),
        );
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, worker));
  }

  /** Before a WebSocket upgrade: the room comes up first, or the client is told to try again. */
  beforeUpgrade = async (request: Request): Promise<Response | undefined> => {
    const url = new URL(request.url);
    const sessionId = url.pathname.split("/").at(-1) ?? "";
    const token = url.searchParams.get("reconnectionToken");
    if (this.#draining) return new Response("draining", { status: 503 });
    if (token === null) return undefined;
    const connectionId = url.searchParams.get("sessionId") ?? "";
    try {
      if (!(await this.#knows(token, sessionId, connectionId))) return undefined;
      if (await this.#isBarred(token, sessionId)) return new Response("revoked", { status: 403 });
      const room = await within(HOLD_MS, this.raise(sessionId));
      room.table.holdWatcher(room, connectionId, token);
      return undefined;
    } catch (reason) {
      const gone = reason instanceof Refusal && GONE.has(reason.code);
      return gone ? undefined : new Response("unavailable", { status: 503, headers: { "Retry-After": "1" } });
    }
  };

  /** Nobody brings a session back without a right to it: recoveries cost more than knocks. */
  async #knows(token: string, sessionId: string, connectionId: string): Promise<boolean> {
    if (!SESSION_ID.test(sessionId)) return false;
    const members = await within(HOLD_MS, this.#options.sessions.membersOf(sessionId));
    return members !== null && this.#options.mayReturn(token, sessionId, members, connectionId);
  }

  /** Whether the connection or its account may not go on. Only the way in asks for access tokens, not the way back. */
  async #isBarred(token: string, sessionId: string): Promise<boolean> {
    if (this.#revoked.has(token)) return true;
    const { sessions, mayReturn, isBanned } = this.#options;
    const members = (await sessions.membersOf(sessionId)) ?? [];
    const owner = members.find((member) => mayReturn(token, sessionId, [member], ""));
    return owner !== undefined && isBanned(owner.accountId);
  }

  /** The same for matchmaking by id, which would only look among the rooms that are up. */
  async beforeMatchmaking(
    method: string,
    target: string,
    reconnectionToken: unknown,
    auth?: AuthContext,
  ): Promise<void> {
    if (this.#draining) throw new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, "unavailable: The server is draining.");
    if (method === "joinOrCreate") return this.#mayCreate(auth?.token ?? "");
    if (!SESSION_ID.test(target)) return;
    try {
      if (method === "reconnect") {
        const token = String(reconnectionToken);
        if (!(await this.#knows(token, target, ""))) return;
        if (await this.#isBarred(token, target)) throw refusal("token_revoked");
      }
      if (method === "joinById") await this.#options.verify(auth?.token ?? "");
      await within(HOLD_MS, this.raise(target));
    } catch (reason) {
      if (reason instanceof Refusal && (reason.status === 401 || reason.code === "banned")) {
        throw new ServerError(ErrorCode.AUTH_FAILED, `${reason.code}: ${reason.message}`);
      }
      const code = reason instanceof Refusal ? reason.code : "unavailable";
      const kind = GONE.has(code) ? ErrorCode.MATCHMAKE_INVALID_ROOM_ID : ErrorCode.MATCHMAKE_UNHANDLED;
      throw new ServerError(kind, `${code}: ${reason instanceof Error ? reason.message : "try again"}`);
    }
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
    controller.invokeMethod = async (method, target, options, auth?: AuthContext) => {
      await this.beforeMatchmaking(method, target, options?.reconnectionToken, auth);
      if (method !== "joinOrCreate") return invoke(method, target, options, auth);
      // Colyseus hands a room that is just being created to all who wait for one, whoever it was meant for.
      if (options?.private === true) return createPrivate(target, options, auth);
      return invoke(method, target, { ...options, mode: options?.mode ?? DEFAULT_MODE }, auth);
    };
  }
}

/** Colyseus's own, taken before anybody wraps it: its controller outlives every server of the process. */
const invoke = matchMaker.controller.invokeMethod.bind(matchMaker.controller);

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
