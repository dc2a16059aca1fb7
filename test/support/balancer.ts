import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What came from a server while it was listened to. */
export interface Heard {
  readonly port: number;
  readonly bytes: Buffer;
}

interface Connection {
  readonly port: number;
  readonly client: Socket;
  readonly server: Socket;
  /** Half open: nothing passes, and neither side knows. */
  isMute: boolean;
}

/** A plain round-robin balancer in front of server processes, such as everybody has: it knows ports, and nothing else. */
export class Balancer {
  readonly #ports: readonly number[];
  readonly #server = createServer((client) => this.#accept(client));
  readonly #excluded = new Set<number>();
  readonly #connections = new Set<Connection>();
  /** Also those for whom a server is still sought, or whose server has gone. */
  readonly #clients = new Set<Socket>();
  #next = 0;
  #only: number | undefined;
  #heard: Heard[] | undefined;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
  }

  static async start(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    balancer.#server.listen(0, "127.0.0.1");
    await once(balancer.#server, "listening");
    return balancer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whoever connects from now on comes to this server, while it is there; undefined: to each in turn. */
  prefer(port: number | undefined): void {
    this.#only = port;
  }

  /** As after failed health checks: nobody new comes to this server. Those who are connected stay. */
  exclude(port: number): void {
    this.#excluded.add(port);
  }

  /** The same, and those who are connected are cut off: a balancer that ends the sessions of servers it gave up. */
  giveUp(port: number): void {
    this.exclude(port);
    cut(this.#connections, (connection) => connection.port === port);
  }

  /** Breaks connections, of clients and of their keep-alive alike. @param chosen asked for each */
  cut(chosen: () => boolean): void {
    cut(this.#connections, chosen);
  }

  /** Lets connections fall silent without an end, as a lost network does. @returns breaks them at last */
  silence(chosen: () => boolean): () => void {
    const silent = new Set([...this.#connections].filter(chosen));
    for (const connection of silent) {
      connection.isMute = true;
      connection.client.unpipe(connection.server);
      connection.client.resume();
    }
    return () => cut(silent, () => true);
  }

  include(port: number): void {
    this.#excluded.delete(port);
  }

  /** Keeps what the servers say from now on, to whoever is connected by now. */
  listen(): Heard[] {
    this.#heard = [];
    return this.#heard;
  }

  async close(): Promise<void> {
    cut(this.#connections, () => true);
    for (const client of this.#clients) client.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #accept(client: Socket): void {
    this.#clients.add(client);
    client.on("error", () => undefined);
    client.on("close", () => this.#clients.delete(client));
    client.pause();
    this.#try(client, this.#order());
  }

  #order(): number[] {
    this.#next += 1;
    const open = this.#ports.filter((port) => !this.#excluded.has(port));
    const turned = open.map((_, index) => open[(index + this.#next) % open.length]!);
    return this.#only === undefined ? turned : [this.#only, ...turned.filter((port) => port !== this.#only)];
  }

  #try(client: Socket, [port, ...rest]: number[]): void {
    if (port === undefined) {
      client.destroy();
      return;
    }
    const server = connect(port, "127.0.0.1");
    const next = () => this.#try(client, rest);
    server.once("error", next);
    server.once("connect", () => {
      server.off("error", next);
      this.#join(port, client, server);
    });
  }

  #join(port: number, client: Socket, server: Socket): void {
    const connection: Connection = { port, client, server, isMute: false };
    const heard = this.#heard;
    this.#connections.add(connection);
    server.on("error", () => !connection.isMute && client.destroy());
    server.on("close", () => {
      this.#connections.delete(connection);
      if (!connection.isMute) client.end();
    });
    client.on("close", () => server.end());
    server.on("data", (bytes: Buffer) => {
      if (connection.isMute) return;
      if (this.#heard !== heard) this.#heard?.push({ port, bytes });
      client.write(bytes);
    });
    client.pipe(server);
  }
}

function cut(connections: Iterable<Connection>, chosen: (connection: Connection) => boolean): void {
  for (const connection of [...connections].filter(chosen)) {
    connection.client.destroy();
    connection.server.destroy();
  }
}
