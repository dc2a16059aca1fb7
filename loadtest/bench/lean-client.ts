import { connect, type Socket } from "node:net";

/** What came back. `text` is empty where there was no body. */
export interface LeanAnswer {
  readonly status: number;
  readonly etag: string | undefined;
  readonly text: string;
}

interface Job {
  readonly head: string;
  readonly resolve: (answer: LeanAnswer) => void;
  readonly reject: (reason: Error) => void;
}

/**
 * HTTP/1.1 over a few kept connections, one request at a time on each. Node's own client takes about as long for a
 * request as the server under test, and both share the machine: this one takes a tenth.
 */
export class LeanClient {
  readonly #idle: Connection[] = [];
  readonly #all: Connection[] = [];
  #waiting: Job[] = [];
  #next = 0;

  constructor(port: number, connections: number) {
    for (let index = 0; index < connections; index++) {
      this.#all.push(new Connection(port, (free) => this.#free(free)));
    }
    this.#idle.push(...this.#all);
  }

  /** `headers` are whole lines. */
  request(method: string, path: string, headers: readonly string[], body?: string): Promise<LeanAnswer> {
    const lines = [`${method} ${path} HTTP/1.1`, "Host: localhost", ...headers];
    if (body !== undefined) lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
    const head = `${lines.join("\r\n")}\r\n\r\n${body ?? ""}`;
    return new Promise((resolve, reject) => {
      const job = { head, resolve, reject };
      const connection = this.#idle.pop();
      if (connection) connection.send(job);
      else this.#waiting.push(job);
    });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }

  #free(connection: Connection): void {
    const job = this.#waiting[this.#next];
    if (!job) {
      this.#idle.push(connection);
      return;
    }
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting = [];
      this.#next = 0;
    }
    connection.send(job);
  }
}

/** One kept connection; made anew when the server has closed it because nothing was asked for a while. */
class Connection {
  readonly #port: number;
  readonly #free: (connection: Connection) => void;
  #socket: Socket | null = null;
  #job: Job | null = null;
  #read = "";

  constructor(port: number, free: (connection: Connection) => void) {
    this.#port = port;
    this.#free = free;
  }

  send(job: Job): void {
    this.#job = job;
    this.#socket ??= this.#connect();
    this.#socket.write(job.head);
  }

  close(): void {
    this.#job = null;
    this.#socket?.destroy();
  }

  #connect(): Socket {
    const socket = connect(this.#port, "127.0.0.1");
    // Latin-1: a character is a byte, so lengths can be counted; bodies are ASCII here.
    socket.setEncoding("latin1").setNoDelay(true);
    socket.on("data", (chunk: string) => this.#take(chunk));
    socket.on("error", (error) => this.#job?.reject(error));
    socket.on("close", () => {
      this.#socket = null;
      this.#job?.reject(new Error("the server closed the connection"));
    });
    return socket;
  }

  #take(chunk: string): void {
    if (!this.#job) return; // the server's goodbye
    this.#read += chunk;
    const end = this.#read.indexOf("\r\n\r\n");
    if (end < 0) return;
    const head = this.#read.slice(0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#read.length < end + 4 + length) return;
    const text = this.#read.slice(end + 4, end + 4 + length);
    this.#read = "";
    const job = this.#job!;
    this.#job = null;
    this.#free(this);
    job.resolve({ status: Number(head.slice(9, 12)), etag: /\r\netag: ([^\r]+)/i.exec(head)?.[1], text });
  }
}
