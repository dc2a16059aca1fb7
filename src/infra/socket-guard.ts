import { getMessageBytes, Protocol } from "@colyseus/core";
import type { WebSocketClient } from "@colyseus/ws-transport";
import { CLOSE, refusal } from "../errors.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { OutputGate } from "./gate.ts";

export type GuardedSocket = WebSocketClient["ref"];

export interface SocketGuardOptions {
  readonly gate: OutputGate;
  readonly clock: Clock;
  readonly log: Logger;
  readonly onClose: (code: number) => void;
  /** Whether the room takes inputs; in others an input frame is as useless as any unknown one. */
  readonly takesInputs: (roomId: string) => boolean;
}

/** Frames a connection may send at once, and per second: inputs at 30 Hz, actions and pings fit three times over. */
const BURST = 200;
const PER_SECOND = 100;
/** Dropped frames after which the connection is closed. */
const DROPPED_MAX = 200;
/** Frames of no known kind after which it is closed as well. */
const USELESS_MAX = 20;
/** Bytes that may wait for a slow reader before it is sent away to come back with a fresh state. */
const BUFFERED_MAX = 4 * 1024 * 1024;
/** How long a closing handshake may take before the connection is cut. */
const CLOSE_GRACE_MS = 1000;

/**
 * Stands between a socket and Colyseus, which has no limits here of its own: nothing is sent while the output gate is
 * closed (L10) or the reader is too slow, and what comes in is counted before it is decoded. A frame on which the
 * decoder throws would otherwise end the process: Colyseus decodes inside the socket's event listener.
 */
export function guardSocket(socket: GuardedSocket, roomId: string, options: SocketGuardOptions): void {
  guardOutput(socket, options);
  guardInput(socket, roomId, options);
  socket.once("close", (code: number) => options.onClose(code));
}

function guardOutput(socket: GuardedSocket, { gate, log }: SocketGuardOptions): void {
  const send = socket.send.bind(socket) as (...args: unknown[]) => void;
  const ping = socket.ping.bind(socket) as (...args: unknown[]) => void;
  socket.ping = (...args: unknown[]) => {
    if (gate.isOpen()) ping(...args);
  };
  socket.send = (...args: unknown[]) => {
    // Its client finds who holds the room by now. What it is owed from before would be told by a former owner.
    if (!gate.isOpen()) return closeSoon(socket, CLOSE.reconnect, "lease");
    if (socket.bufferedAmount <= BUFFERED_MAX) return send(...args);
    log.warn({ bufferedBytes: socket.bufferedAmount }, "client reads too slowly");
    closeSoon(socket, CLOSE.reconnect, "too_slow");
  };
}

function guardInput(socket: GuardedSocket, roomId: string, { clock, log, takesInputs }: SocketGuardOptions): void {
  const emit = socket.emit.bind(socket);
  const budget = new FrameBudget(clock);
  let useless = 0;
  const refuse = (code: "rate_limited" | "unknown_message") => {
    socket.send(getMessageBytes.raw(Protocol.ROOM_DATA, "notice", refusal(code).toReply()));
  };
  const admit = (frame: Buffer, isBinary: boolean): boolean => {
    const verdict = budget.take();
    if (verdict === "first_drop") refuse("rate_limited");
    if (verdict === "exhausted") closeSoon(socket, CLOSE.rateLimited, "rate_limited");
    if (verdict !== "pass") return false;
    if (isBinary && (isInput(frame) ? takesInputs(roomId) : isKnown(frame))) return true;
    refuse("unknown_message");
    useless += 1;
    if (useless > USELESS_MAX) closeSoon(socket, CLOSE.rateLimited, "malformed");
    return false;
  };
  // Named arguments, of which ws passes two at most: a rest array for every frame would be garbage.
  socket.emit = (event: string | symbol, first?: unknown, second?: unknown): boolean => {
    if (event !== "message") return emit(event, first, second);
    if (socket.readyState !== socket.OPEN || !admit(first as Buffer, second as boolean)) return true;
    try {
      return emit(event, first, second);
    } catch (error) {
      log.warn({ error: String(error) }, "malformed frame");
      closeSoon(socket, CLOSE.rateLimited, "malformed");
      return true;
    }
  };
}

/** What a client may begin a frame with, besides inputs, and how short the frame may be. */
const SHORTEST: ReadonlyMap<number, number> = new Map([
  [Protocol.JOIN_ROOM, 1],
  [Protocol.LEAVE_ROOM, 1],
  [Protocol.PING, 1],
  [Protocol.ROOM_DATA, 2],
  [Protocol.ROOM_DATA_BYTES, 2],
  [Protocol.ROOM_REQUEST, 3],
]);
/** The upper three bits of a frame's first byte only modify it. */
const CODE_MASK = 0x1f;

/**
 * Only the reliable channel: a WebSocket has no other, and Colyseus decodes the frames of the other one by counts that it
 * believes. One frame that claims four thousand million slots would stop the process.
 */
function isInput(frame: Buffer): boolean {
  return ((frame[0] ?? 0) & CODE_MASK) === Protocol.ROOM_INPUT_RELIABLE;
}

function isKnown(frame: Buffer): boolean {
  const shortest = SHORTEST.get((frame[0] ?? 0) & CODE_MASK);
  return shortest !== undefined && frame.length >= shortest;
}

/** A token bucket that also tells how far beyond it a connection goes. */
class FrameBudget {
  readonly #clock: Clock;
  #allowance = BURST;
  #filledAt: number;
  #dropped = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#filledAt = clock.monotonic();
  }

  take(): "pass" | "first_drop" | "drop" | "exhausted" {
    const now = this.#clock.monotonic();
    this.#allowance = Math.min(BURST, this.#allowance + ((now - this.#filledAt) * PER_SECOND) / 1000);
    this.#filledAt = now;
    if (this.#allowance >= 1) {
      this.#allowance -= 1;
      this.#dropped = Math.max(0, this.#dropped - 1);
      return "pass";
    }
    this.#dropped += 1;
    if (this.#dropped >= DROPPED_MAX) return "exhausted";
    return this.#dropped === 1 ? "first_drop" : "drop";
  }
}

/** A peer that floods or does not read may never answer the closing handshake. */
function closeSoon(socket: GuardedSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}
