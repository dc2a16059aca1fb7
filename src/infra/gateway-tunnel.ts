import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { HOP_HEADER } from "./gateway-hop.ts";
import { MISDIRECTED, placeOf } from "./gateway-peers.ts";
import type { Peer } from "./processes-watch.ts";

/** A client's request for an upgrade, as Node hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** What the client has sent after its request. */
  readonly head: Buffer;
}

export interface TunnelWish {
  readonly peer: Peer;
  /** The value of the header that the owner wants to see. */
  readonly hop: string;
  /** How long the owner may take to answer, in ms. */
  readonly ms: number;
  /** Whether this process may pass on what it reads now (L10). */
  readonly mayPass: () => boolean;
}

/** How long what is on its way may take to arrive when the other side has ended. */
const GRACE_MS = 5000;

/** What an attempt came to: `lost` and `misdirected` have told the client nothing, so another may follow. */
export type TunnelOutcome = Tunnel | "lost" | "misdirected" | "client_left";

/**
 * The raw connection of a client, passed on to the process that holds its room. Nothing is decoded, and nothing kept but
 * what the sockets keep themselves: who reads slowly slows down who writes. Where this process may not speak for its own
 * rooms, it does not for those of others, either.
 */
export class Tunnel {
  readonly #socket: Duplex;
  readonly #upstream: Socket;
  /** Settles when both sides have ended, with the bytes that went to the owner and to the client. */
  readonly ended: Promise<{ up: number; down: number }>;

  private constructor({ socket }: Upgrade, upstream: Socket, first: Buffer, mayPass: () => boolean) {
    this.#socket = socket;
    this.#upstream = upstream;
    const sides = [this.#endsWith(socket, upstream), this.#endsWith(upstream, socket)];
    this.ended = Promise.all(sides).then(() => ({ up: upstream.bytesWritten, down: upstream.bytesRead }));
    socket.write(first);
    // A process that was stopped finds old words in its sockets; their room may have spoken elsewhere since.
    upstream.on("data", () => {
      if (!mayPass()) this.end();
    });
    upstream.pipe(socket);
    socket.pipe(upstream);
  }

  /** Sends the client's request to the owner; a tunnel once the owner has begun to answer. Never rejects. */
  static open(upgrade: Upgrade, { peer, hop, ms, mayPass }: TunnelWish): Promise<TunnelOutcome> {
    const { request, socket, head } = upgrade;
    return new Promise((resolve) => {
      const upstream = connect({ ...placeOf(peer), noDelay: true });
      const settle = (outcome: TunnelOutcome) => {
        clearTimeout(timer);
        peer.gone.removeEventListener("abort", onGone);
        socket.off("close", onLeft);
        upstream
          .off("close", onGone)
          .off("error", onGone)
          .on("error", () => undefined);
        if (!(outcome instanceof Tunnel)) upstream.destroy();
        resolve(outcome);
      };
      const onGone = () => settle("lost");
      const onLeft = () => settle("client_left");
      const timer = setTimeout(onGone, ms);
      peer.gone.addEventListener("abort", onGone);
      socket.once("close", onLeft);
      upstream.once("error", onGone);
      upstream.once("close", onGone);
      upstream.once("data", (first: Buffer) => {
        upstream.pause();
        if (!mayPass()) settle("lost");
        else settle(isMisdirected(first) ? "misdirected" : new Tunnel(upgrade, upstream, first, mayPass));
      });
      upstream.write(requestHead(request, hop));
      if (head.length > 0) upstream.write(head);
    });
  }

  /** Ends both sides at once. */
  end(): void {
    this.#socket.destroy();
    this.#upstream.destroy();
  }

  #endsWith(side: Duplex, other: Duplex): Promise<void> {
    side.on("error", () => undefined);
    return new Promise((resolve) =>
      side.once("close", () => {
        other.end();
        if (!other.destroyed) setTimeout(() => other.destroy(), GRACE_MS).unref();
        resolve();
      }),
    );
  }
}

/** The client's own request, but for the one header that only we may write. */
function requestHead({ method, url, httpVersion, rawHeaders }: IncomingMessage, hop: string): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() !== HOP_HEADER) lines.push(`${rawHeaders[index]}: ${rawHeaders[index + 1]}`);
  }
  return [...lines, `${HOP_HEADER}: ${hop}`, "", ""].join("\r\n");
}

function isMisdirected(first: Buffer): boolean {
  return first.subarray(0, 12).toString("latin1") === `HTTP/1.1 ${MISDIRECTED}`;
}
