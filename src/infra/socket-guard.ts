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
}

/** Frames a connection may send at once, and per second: inputs at 30 Hz, actions and pings fit three times over. */
const BURST = 200;
const PER_SECOND = 100;
/** Dropped frames after which the connection is closed. */
const DROPPED_MAX = 200;
/** Bytes that may wait for a slow reader before it is sent away to come back with a fresh state. */
const BUFFERED_MAX = 4 * 1024 * 1024;
/** How long a closing handshake may take before the connection is cut. */
const CLOSE_GRACE_MS = 1000;

/**
 * Stands between a socket and Colyseus, which has no limits here of its own: nothing is sent while the output gate is
 * closed (L10) or the reader is too slow, and what comes in is counted before it is decoded. A frame on which the
 * decoder throws would otherwise end the process: Colyseus decodes inside the socket's event listener.
 */
export function guardSocket(socket: GuardedSocket, options: SocketGuardOptions): void {
  guardOutput(socket, options);
  guardInput(socket, options);
  socket.once("close", (code: number) => options.onClose(code));
}

function guardOutput(socket: GuardedSocket, { gate, log }: SocketGuardOptions): void {
  const send = socket.send.bind(socket) as (...args: unknown[]) => void;
  socket.send = (...args: unknown[]) => {
    if (!gate.isOpen()) return socket.terminate();
    if (socket.bufferedAmount <= BUFFERED_MAX) return send(...args);
    log.warn({ bufferedBytes: socket.bufferedAmount }, "client reads too slowly");
    closeSoon(socket, CLOSE.reconnect, "too_slow");
  };
}

function guardInput(socket: GuardedSocket, { clock, log }: SocketGuardOptions): void {
  const emit = socket.emit.bind(socket);
  let allowance = BURST;
  let filledAt = clock.monotonic();
  let dropped = 0;
  const overLimit = (): boolean => {
    const now = clock.monotonic();
    allowance = Math.min(BURST, allowance + ((now - filledAt) * PER_SECOND) / 1000);
    filledAt = now;
    if (allowance >= 1) {
      allowance -= 1;
      dropped = Math.max(0, dropped - 1);
      return false;
    }
    dropped += 1;
    if (dropped === 1)
      socket.send(getMessageBytes.raw(Protocol.ROOM_DATA, "notice", refusal("rate_limited").toReply()));
    if (dropped === DROPPED_MAX) closeSoon(socket, CLOSE.rateLimited, "rate_limited");
    return true;
  };
  socket.emit = (event: string | symbol, ...args: unknown[]): boolean => {
    if (event !== "message") return emit(event, ...args);
    if (socket.readyState !== socket.OPEN || overLimit()) return true;
    try {
      return emit(event, ...args);
    } catch (error) {
      log.warn({ error: String(error) }, "malformed frame");
      closeSoon(socket, CLOSE.rateLimited, "malformed");
      return true;
    }
  };
}

/** A peer that floods or does not read may never answer the closing handshake. */
function closeSoon(socket: GuardedSocket, code: number, reason: string): void {
  if (socket.readyState !== socket.OPEN) return;
  socket.close(code, reason);
  setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
}
