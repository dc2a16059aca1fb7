import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/**
 * What becomes of one insert on its way to the database.
 * `cut`: the connection breaks before it arrives. `lose-reply`: it arrives, and the connection breaks instead of the
 * answer. `silence`: it arrives, and no answer ever comes. `hold`: it waits until `letGo`.
 */
export type InsertFate = "pass" | "cut" | "lose-reply" | "silence" | "hold";

/** A proxy between the driver and the embedded database that breaks on command. */
export class TcpProxy {
  readonly #upstream: string;
  readonly #server = createServer((client) => this.#accept(client));
  readonly #sockets = new Set<Socket>();
  readonly #fates: InsertFate[] = [];
  readonly #heldInserts: (() => void)[] = [];
  #fallback: InsertFate = "pass";
  #refusing = false;
  #frozen = false;
  #mute = false;
  /** Inserts into the journal seen so far, with how many documents each carried. */
  readonly inserts: number[] = [];

  private constructor(upstream: string) {
    this.#upstream = upstream;
  }

  /** @param uri of the embedded database, which listens on a unix socket */
  static async start(uri: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(decodeURIComponent(hostOf(uri)));
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get uri(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `mongodb://127.0.0.1:${port}/?directConnection=true&retryWrites=false`;
  }
  get held(): number {
    return this.#heldInserts.length;
  }
  /** Connections to the proxy that are open. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** The fates of the next journal inserts, in the order in which they come. */
  next(...fates: InsertFate[]): void {
    this.#fates.push(...fates);
  }

  /** The fate of every insert that `next` does not name. */
  from(fate: InsertFate): void {
    this.#fallback = fate;
  }

  letGo(): void {
    for (const pass of this.#heldInserts.splice(0)) pass();
  }

  /** Breaks what is connected and, while `refuse` is true, whatever connects. */
  cutAll({ refuse = false } = {}): void {
    this.#refusing = refuse;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing passes in either direction, new connections are taken and say nothing, until `thaw`; then all of it does. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** What is asked arrives, whatever it is, and no answer ever comes, until `heal`. */
  dropReplies(): void {
    this.#mute = true;
  }

  heal(): void {
    this.#refusing = false;
    this.#fallback = "pass";
    this.#fates.length = 0;
    if (this.#mute) this.cutAll(); // streams with holes in them are of no use
    this.#mute = false;
    this.thaw();
    this.letGo();
  }

  async close(): Promise<void> {
    this.cutAll({ refuse: true });
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    if (this.#refusing) return void client.destroy();
    const server = connect(this.#upstream);
    const reply = { fate: "pass" as InsertFate };
    this.#join(client, server);
    const pass = (message: Buffer) => void server.write(message);
    client.on(
      "data",
      framed((message) => this.#toServer(message, pass, client, reply)),
    );
    server.on("data", (chunk) => {
      if (reply.fate === "lose-reply") client.destroy();
      else if (reply.fate !== "silence" && !this.#mute) client.write(chunk);
    });
    if (this.#frozen) for (const socket of [client, server]) socket.pause();
  }

  #join(client: Socket, server: Socket): void {
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
  }

  #toServer(message: Buffer, pass: (message: Buffer) => void, client: Socket, reply: { fate: InsertFate }): void {
    const documents = journalInserts(message);
    if (documents === 0) {
      pass(message);
      return;
    }
    this.inserts.push(documents);
    const fate = this.#fates.shift() ?? this.#fallback;
    if (fate === "cut") return void client.destroy();
    if (fate === "hold") return void this.#heldInserts.push(() => pass(message));
    reply.fate = fate;
    pass(message);
  }
}

/** Unix socket paths stand percent-encoded where a host name would, which URL parsers refuse. */
function hostOf(uri: string): string {
  return /^mongodb:\/\/([^/?]+)/.exec(uri)![1]!;
}

/** Cuts the stream into wire messages: each begins with its length. */
function framed(receive: (message: Buffer) => void): (chunk: Buffer) => void {
  let buffered: Buffer = Buffer.alloc(0);
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 4 && buffered.length >= buffered.readInt32LE(0)) {
      const length = buffered.readInt32LE(0);
      receive(buffered.subarray(0, length));
      buffered = buffered.subarray(length);
    }
  };
}

const INSERT_INTO_JOURNAL = Buffer.from("\x02insert\0\x08\0\0\0journal\0");
/** Every batch has one. */
const PREV = Buffer.from("\x02prev\0");

/** How many batches an insert into the journal carries; 0 for any other message. */
function journalInserts(message: Buffer): number {
  if (!message.includes(INSERT_INTO_JOURNAL)) return 0;
  let count = 0;
  for (let at = message.indexOf(PREV); at >= 0; at = message.indexOf(PREV, at + 1)) count += 1;
  return count;
}
