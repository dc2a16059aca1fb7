import { setMaxListeners } from "node:events";
import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Clock } from "../lib/clock.ts";
import { within } from "../lib/within.ts";
import type { Logger } from "../log.ts";
import type { Owners } from "../sessions/owners.ts";
import { YOUNG_MS } from "./drain.ts";
import type { OutputGate } from "./gate.ts";
import { HOP_HEADER, type Hop, type Hops } from "./gateway-hop.ts";
import { MISDIRECTED, type Peers } from "./gateway-peers.ts";
import { seek } from "./gateway-seek.ts";
import { Tunnel, type Upgrade } from "./gateway-tunnel.ts";
import type { Whereabouts } from "./gateway-where.ts";
import type { Peer, ProcessWatch } from "./processes-watch.ts";
import { roomIdOf } from "./room-path.ts";

/** How long an upgrade is held while its room is looked for or recovered; the stock SDK takes it for a slow connect. */
const HOLD_MS = 10_000;
/** Upgrades that wait at a time, and tunnels that stand. */
const WAITING_MAX = 2000;
const TUNNELS_MAX = 20_000;
/** Tunnels that end together when this process drains, and how long after each other. */
const END_TOGETHER = 20;
const END_EVERY_MS = 25;

export interface GatewayMetrics {
  /** How an upgrade for a room of another process ended: `opened`, or why not. */
  tunnel(outcome: "opened" | "refused" | "lost"): void;
  /** Bytes of a tunnel that has ended. */
  bytes(direction: "up" | "down", count: number): void;
}

export interface GatewayParts {
  readonly where: Whereabouts;
  readonly watch: ProcessWatch;
  readonly peers: Peers;
  readonly hops: Hops;
  readonly owners: Owners;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: GatewayMetrics;
  /** A client's address, as far as proxies are trusted. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Whether this process may speak to clients now (L10). */
  readonly gate: Pick<OutputGate, "isOpen" | "openings">;
}

/**
 * Any process accepts the socket of any room: one that is held elsewhere is passed on to its owner, whose address comes
 * from the registry alone. So whatever stands in front of the processes need not know where rooms are.
 */
export class Gateway {
  readonly #parts: GatewayParts;
  /** Each with the moment, on the monotonic clock, until which it had better stand. */
  readonly #tunnels = new Map<Tunnel, number>();
  #waiting = 0;
  #closed = false;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
  }

  get tunnels(): number {
    return this.#tunnels.size;
  }

  /** Takes an upgrade; `local` lets this process's own rooms answer it, with the client's address in its headers. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, local: () => void): void {
    const hop = this.#admit(request);
    if (typeof hop === "number") {
      refuse(socket, hop);
      return;
    }
    const address = hop?.address ?? this.#parts.addressOf(request);
    const destroy = () => socket.destroy();
    socket.on("error", destroy); // until those who answer have listeners of their own
    this.#waiting += 1;
    this.#route({ request, socket, head }, hop, address)
      .then((answer) => {
        if (typeof answer === "number") refuse(socket, answer);
        if (answer !== "here" || socket.destroyed) return;
        socket.off("error", destroy);
        local();
      })
      .catch((error: unknown) => {
        this.#parts.log.warn({ error: String(error) }, "no way for an upgrade");
        refuse(socket, 503);
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    nameClient(request, address);
  }

  /**
   * Ends every tunnel, those whose clients have just joined last, and takes no upgrade any more.
   *
   * @param until on the monotonic clock: from then on tunnels end however young they are
   */
  async close(until: number): Promise<void> {
    const { clock } = this.#parts;
    while (this.#tunnels.size > 0 && clock.monotonic() < until) {
      const now = clock.monotonic();
      const old = [...this.#tunnels].filter(([, youngUntil]) => youngUntil <= now).slice(0, END_TOGETHER);
      for (const [tunnel] of old) tunnel.end();
      await new Promise((done) => setTimeout(done, END_EVERY_MS));
    }
    this.#closed = true;
    for (const tunnel of this.#tunnels.keys()) tunnel.end();
  }

  /** `here`, the status of a refusal, or undefined when nothing is left to be done. */
  async #route(upgrade: Upgrade, hop: Hop | undefined, address: string): Promise<"here" | number | undefined> {
    const { where } = this.#parts;
    const sessionId = roomIdOf(upgrade.request);
    const find = (left: number) => within(left, where.of(sessionId));
    for await (const { peer, left } of seek(this.#parts, HOLD_MS, find)) {
      if (upgrade.socket.destroyed) return undefined;
      if (!peer) return "here";
      if (hop) return MISDIRECTED;
      const outcome = await this.#pass(upgrade, peer, address, left);
      if (outcome !== "again") return outcome;
    }
    return 503;
  }

  async #pass(upgrade: Upgrade, peer: Peer, address: string, ms: number): Promise<number | undefined | "again"> {
    const { peers, metrics, gate } = this.#parts;
    if (this.#tunnels.size >= TUNNELS_MAX) {
      metrics.tunnel("refused");
      return 503;
    }
    if (peer.row.addresses.internal === null) return "again";
    const { method = "", url = "" } = upgrade.request;
    const hop = peers.header(peer, method, url, address);
    const { openings } = gate;
    // Also where the gate is open again before the sockets are read: what lies in them is from before.
    const mayPass = () => gate.isOpen() && gate.openings === openings;
    const outcome = await Tunnel.open(upgrade, { peer, ms, hop, mayPass });
    if (outcome instanceof Tunnel) this.#keep(outcome, peer, isReturn(url));
    else if (outcome === "client_left") return undefined;
    else metrics.tunnel("lost");
    return outcome instanceof Tunnel ? undefined : "again";
  }

  #keep(tunnel: Tunnel, peer: Peer, isReturn: boolean): void {
    const { metrics, clock } = this.#parts;
    const end = () => tunnel.end();
    // Otherwise its clients would wait for somebody who has been declared dead.
    setMaxListeners(0, peer.gone);
    peer.gone.addEventListener("abort", end);
    this.#tunnels.set(tunnel, isReturn ? 0 : clock.monotonic() + YOUNG_MS);
    metrics.tunnel("opened");
    void tunnel.ended.then(({ up, down }) => {
      peer.gone.removeEventListener("abort", end);
      this.#tunnels.delete(tunnel);
      metrics.bytes("up", up);
      metrics.bytes("down", down);
    });
    if (peer.gone.aborted || this.#closed) tunnel.end();
  }

  /** The hop by which an upgrade came, if it came by one, or the status of its refusal. */
  #admit({ headers, method = "", url = "" }: IncomingMessage): Hop | undefined | number {
    const hop = this.#parts.hops.read(headers[HOP_HEADER], { method, url });
    if (hop === "forged") return 403;
    if (this.#closed || this.#waiting >= WAITING_MAX) return 503;
    return hop !== undefined && hop.to !== this.#parts.owners.self ? MISDIRECTED : hop;
  }
}

/** Whether a client comes back to a room that it had joined. */
function isReturn(url: string): boolean {
  return new URLSearchParams(url.split("?", 2)[1]).has("reconnectionToken");
}

/** Colyseus believes whatever these headers say. */
function nameClient({ headers }: IncomingMessage, address: string): void {
  for (const name of [HOP_HEADER, "x-forwarded-for", "x-client-ip"]) delete headers[name];
  headers["x-real-ip"] = address;
}

function refuse(socket: Duplex, status: number): void {
  const retry = status === 503 ? "Retry-After: 1\r\n" : "";
  if (socket.destroyed) return;
  socket.on("error", () => socket.destroy());
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${retry}Content-Length: 0\r\nConnection: close\r\n\r\n`);
}
