import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** How one direction of a line carries bytes. It may change while they are on their way. */
export interface Quality {
  latencyMs: number;
  /** At most how much longer than `latencyMs` a piece may take. */
  jitterMs: number;
  bytesPerSecond: number;
  /** While true nothing arrives; what was sent waits, as behind a dead spot. */
  stalled: boolean;
}

/** Bytes that wait on a line before it stops to read more. */
const WAITING_MAX = 1024 * 1024;
/** How often a line looks whether something has arrived. */
const LOOK_EVERY_MS = 2;

/** One direction of one connection: bytes come out in the order in which they went in, but late. */
class Line {
  readonly #quality: Quality;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #waiting: { bytes: Buffer; due: number }[] = [];
  #size = 0;
  #lastDue = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(quality: Quality, from: Socket, to: Socket) {
    this.#quality = quality;
    this.#from = from;
    this.#to = to;
    from.on("data", (bytes: Buffer) => this.#take(bytes));
    from.on("close", () => clearInterval(this.#timer));
    to.on("close", () => clearInterval(this.#timer));
  }

  #take(bytes: Buffer): void {
    const { latencyMs, jitterMs, bytesPerSecond } = this.#quality;
    const arrives = performance.now() + latencyMs + Math.random() * jitterMs;
    this.#lastDue = Math.max(this.#lastDue, arrives) + (bytes.length / bytesPerSecond) * 1000;
    this.#waiting.push({ bytes, due: this.#lastDue });
    this.#size += bytes.length;
    if (this.#size > WAITING_MAX) this.#from.pause();
    this.#timer ??= setInterval(() => this.#deliver(), LOOK_EVERY_MS);
  }

  #deliver(): void {
    const now = performance.now();
    while (!this.#quality.stalled && this.#waiting.length > 0 && this.#waiting[0]!.due <= now) {
      const { bytes } = this.#waiting.shift()!;
      this.#size -= bytes.length;
      this.#to.write(bytes);
    }
    if (this.#size <= WAITING_MAX) this.#from.resume();
    if (this.#waiting.length > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/** A bad network between clients and a server: a TCP proxy whose two directions can be made as bad as a test wants. */
export class NetProxy {
  readonly up: Quality = { latencyMs: 0, jitterMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, stalled: false };
  readonly down: Quality = { latencyMs: 0, jitterMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY, stalled: false };
  readonly #port: number;
  readonly #server = createServer({ noDelay: true }, (client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();

  private constructor(port: number) {
    this.#port = port;
  }

  /** @param port of the server on this machine */
  static async to(port: number): Promise<NetProxy> {
    const proxy = new NetProxy(port);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Both directions alike: half the round trip each way, and each piece late by up to `jitterMs` more. */
  slow(roundTripMs: number, jitterMs = 0): void {
    for (const direction of [this.up, this.down]) Object.assign(direction, { latencyMs: roundTripMs / 2, jitterMs });
  }

  stall(stalled: boolean): void {
    this.up.stalled = stalled;
    this.down.stalled = stalled;
  }

  /** Breaks what is connected now. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    const server = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    new Line(this.up, client, server);
    new Line(this.down, server, client);
  }
}
