import type { Socket } from "node:net";
import { type Client, ClientState, CloseCode, type Room } from "@colyseus/core";
import { $changes, type Schema } from "@colyseus/schema";

/*
 * The few private fields of Colyseus 0.18.17 that durable rooms need, in one place. The exact version is pinned, and
 * the recovery tests kill a process, so an upgrade that moves one of them fails there.
 */

interface Serializer {
  fullEncodeBuffer: Uint8Array;
  readonly encoder: { sharedBuffer: Uint8Array; _resizeBuffer(buffer: Uint8Array, used: number): Uint8Array };
}

interface Internals {
  readonly _serializer: Serializer;
  _listing: { clients: number };
  _events: { emit(event: string, ...args: unknown[]): void };
  _onLeave(client: unknown, code: number): Promise<void>;
  _reservedSeats: Record<string, [options: unknown, auth: unknown, consumed: boolean, reconnecting: boolean]>;
  _reservedSeatTimeouts: Record<string, NodeJS.Timeout>;
  _reconnections: Record<string, [sessionId: string, { reject(reason: unknown): void; catch(f: () => void): void }]>;
  _reserveSeat(sessionId: string, options: unknown, auth: unknown, seconds?: number, again?: boolean): Promise<boolean>;
}

const internals = (room: Room) => room as unknown as Internals;

const encoderRoot = (state: Schema) =>
  (state as unknown as Record<symbol, { root: { nextUniqueId: number } }>)[$changes as symbol]!.root;

export function nextRefId(state: Schema): number {
  return encoderRoot(state).nextUniqueId;
}

/**
 * Makes a new room's encoder fit for a state that may have been there before. Must run before the state is filled: objects
 * made earlier would carry ids that reconnecting clients still know.
 */
export function prepareEncoder(room: Room, refIdBase: number): void {
  const root = encoderRoot(room.state as Schema);
  root.nextUniqueId = Math.max(root.nextUniqueId, refIdBase);
  keepGrownBuffers(room);
}

/**
 * Lets a state outgrow the small buffers that all rooms begin with. Colyseus forgets the larger buffer of a full state,
 * complains on the console at every join, and sends clients that have views the first bytes of it followed by zeros.
 */
function keepGrownBuffers(room: Room): void {
  const serializer = internals(room)._serializer;
  const { encoder } = serializer;
  const unit = serializer.fullEncodeBuffer.length;
  encoder._resizeBuffer = (buffer, used) => {
    const grown = new Uint8Array(Math.ceil(used / unit) * unit);
    grown.set(buffer);
    if (buffer === encoder.sharedBuffer) encoder.sharedBuffer = grown;
    if (buffer === serializer.fullEncodeBuffer) serializer.fullEncodeBuffer = grown;
    return grown;
  };
}

/**
 * Runs `send`, and gives the operating system what it sends to each client in one piece: a patch and two events would cost
 * three calls, and the calls are most of what telling a room costs.
 */
export function together(clients: Iterable<Client>, send: () => void): void {
  const sockets = [...clients].flatMap(({ ref }) => (ref as unknown as { _socket?: Socket })._socket ?? []);
  for (const socket of sockets) socket.cork();
  try {
    send();
  } finally {
    for (const socket of sockets) socket.uncork();
  }
}

export interface HeldConnection {
  readonly sessionId: string;
  readonly token: string;
  readonly auth: unknown;
  readonly userData: unknown;
}

/**
 * Makes the room believe that this connection was here and dropped, so that its client reconnects the ordinary way:
 * there is no public call that holds a seat for a connection of another process's life.
 */
export function holdConnection(room: Room, { sessionId, token, auth, userData }: HeldConnection): void {
  const nothing = () => undefined;
  const ghost = {
    ...{ sessionId, reconnectionToken: token, auth, userData, state: ClientState.JOINED, readyState: 3 },
    ...{ leave: nothing, raw: nothing, enqueueRaw: nothing, send: nothing, error: nothing },
    ref: { removeAllListeners: nothing, removeListener: nothing, once: nothing, on: nothing },
  };
  room.clients.push(ghost as unknown as Client);
  const { _listing, _events } = internals(room);
  _listing.clients += 1;
  _events.emit("join", ghost);
  void internals(room)._onLeave(ghost, CloseCode.MAY_TRY_RECONNECT);
}

export function isHeld(room: Room, token: string): boolean {
  return internals(room)._reconnections[token] !== undefined;
}

/** Ends the wait for a connection whose token must not work any more. */
export function dropHeld(room: Room, token: string): void {
  const held = internals(room)._reconnections[token];
  if (!held) return;
  held[1].catch(() => undefined);
  held[1].reject(new Error("superseded"));
}

/**
 * A connection that was cut between the join frame and its acknowledgement still has queued messages, and Colyseus
 * then refuses to hold its seat ("not joined"), although the player had the seat long before.
 */
export function forgetQueuedMessages(client: Client): void {
  delete (client as unknown as { _enqueuedMessages?: unknown })._enqueuedMessages;
}

/** Asks `admits` before every new reservation, and tells `changed` after it; a no lets the matchmaker look further. */
export function guardReservations(
  room: Room,
  admits: (options: unknown, auth: unknown) => boolean,
  changed: () => void,
): void {
  const inner = internals(room);
  const reserve = inner._reserveSeat.bind(room);
  inner._reserveSeat = (sessionId, options, auth, seconds, again) => {
    if (again) return reserve(sessionId, options, auth, seconds, again);
    const reserved = admits(options, auth) ? reserve(sessionId, options, auth, seconds) : Promise.resolve(false);
    changed();
    return reserved;
  };
}

/** Reservations of clients that are not seated yet: on their way, or in `onJoin`, where Colyseus hides theirs. */
export function openReservations(room: Room): { options: unknown; auth: unknown }[] {
  const seats = internals(room)._reservedSeats;
  return Object.getOwnPropertyNames(seats)
    .map((sessionId) => seats[sessionId]!)
    .filter(([, , , reconnecting]) => !reconnecting)
    .map(([options, auth]) => ({ options, auth }));
}

/** Voids the places of those who have not come yet: Colyseus closes no room before they came, or 15 s have passed. */
export function forgetReservations(room: Room): void {
  const { _reservedSeats: seats, _reservedSeatTimeouts: timeouts } = internals(room);
  for (const [sessionId, [, , consumed, reconnecting]] of Object.entries(seats)) {
    if (consumed || reconnecting) continue;
    clearTimeout(timeouts[sessionId]);
    delete timeouts[sessionId];
    delete seats[sessionId];
  }
}
