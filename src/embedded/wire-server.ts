import { Buffer } from "node:buffer";
import { createServer, type ListenOptions, type Server, type Socket } from "node:net";
import type { Doc } from "./bson.ts";
import type { Engine, Log } from "./engine.ts";
import { CommandError } from "./errors.ts";
import { encodeReply, frameLength, HEADER_BYTES, parseFrame, type Request } from "./wire-codec.ts";

const MAX_CONNECTIONS = 2000;
const CLOSE_PATIENCE_MS = 1000;
/** A machine that vanished says no goodbye: after this silence the system asks, and ends what does not answer. */
const KEEP_ALIVE_MS = 60_000;

/** Speaks the MongoDB wire protocol and commits in groups: one transaction for all that arrived in one turn. */
export class WireServer {
  readonly #engine: Engine;
  readonly #log: Log;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #waiting: { socket: Socket; frame: Buffer }[] = [];
  #closed = false;
  #refused = 0;

  constructor(engine: Engine, log: Log) {
    this.#engine = engine;
    this.#log = log;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("drop", () => this.#noteRefused());
  }

  get connections(): number {
    return this.#sockets.size;
  }

  get connectionsRefused(): number {
    return this.#refused;
  }

  listen(where: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(where, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  /** The TCP port, when it listens on one. */
  get port(): number | null {
    const address = this.#server.address();
    return address !== null && typeof address === "object" ? address.port : null;
  }

  /** Answers what has arrived, then closes every connection. */
  async close(): Promise<void> {
    this.#flush();
    this.#closed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroySoon();
    // A client that does not read its last reply must not keep the database open.
    const impatient = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_PATIENCE_MS);
    await closed;
    clearTimeout(impatient);
  }

  /** Logged once: whoever asks a thousand times a second must not fill the log as well. */
  #noteRefused(): void {
    if (this.#refused++ > 0) return;
    this.#log("warn", "embedded database: connections are refused", { open: MAX_CONNECTIONS });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.on("close", () => this.#sockets.delete(socket));
    // A reset connection needs no more than its close event, but an unhandled error event would end the worker.
    socket.on("error", () => socket.destroy());
    const frames = new FrameReader();
    socket.on("data", (chunk: Buffer) => {
      try {
        for (const frame of frames.push(chunk)) this.#enqueue(socket, frame);
      } catch (error) {
        this.#disconnect(socket, error);
      }
    });
    socket.on("drain", () => socket.resume());
  }

  #disconnect(socket: Socket, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#log("warn", "embedded database: closed a connection that sent a malformed message", { reason });
    socket.destroy();
  }

  #enqueue(socket: Socket, frame: Buffer): void {
    if (this.#closed) return;
    this.#waiting.push({ socket, frame });
    // setImmediate runs after all sockets readable in this turn were read: their requests share one fsync.
    if (this.#waiting.length === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    if (this.#closed || this.#waiting.length === 0) return;
    const arrived = this.#waiting;
    this.#waiting = [];
    const batch: { socket: Socket; request: Request }[] = [];
    for (const { socket, frame } of arrived) {
      if (socket.destroyed) continue;
      try {
        batch.push({ socket, request: parseFrame(frame) });
      } catch (error) {
        this.#disconnect(socket, error);
      }
    }
    const runnable = batch.filter(({ request }) => request.refusal === null);
    let replies: Doc[];
    try {
      replies = this.#engine.runBatch(runnable.map(({ request }) => request.command));
    } catch (error) {
      this.#loseAll(batch, error);
      return;
    }
    let next = 0;
    for (const { socket, request } of batch)
      this.#send(socket, request, request.refusal ? refused(request) : replies[next++]!);
  }

  /** The commit failed: nothing is durable, so nobody may get an answer. Clients see a lost connection and ask again. */
  #loseAll(batch: { socket: Socket }[], error: unknown): void {
    this.#log("error", "embedded database: a transaction could not be committed; its clients are disconnected", {
      commands: batch.length,
      error: error instanceof Error ? error.message : String(error),
    });
    for (const { socket } of batch) socket.destroy();
  }

  #send(socket: Socket, request: Request, reply: Doc): void {
    if (request.silent || socket.destroyed) return;
    // A client that does not read is not read from either, so its replies cannot pile up.
    if (!socket.write(this.#encode(request, reply))) socket.pause();
  }

  /** A reply that cannot be encoded (a distinct of too many values) becomes an error, once it is known. */
  #encode(request: Request, reply: Doc): Buffer {
    try {
      return encodeReply(request, reply);
    } catch (error) {
      this.#log("error", "embedded database: a reply could not be encoded", {
        command: request.command.name,
        error: String(error),
      });
      const { code, codeName, message } =
        error instanceof CommandError ? error : new CommandError("UnknownError", String(error));
      return encodeReply(request, { ok: 0, errmsg: message, code, codeName });
    }
  }
}

function refused({ refusal }: Request): Doc {
  return { ok: 0, errmsg: refusal!.message, code: refusal!.code, codeName: refusal!.codeName };
}

/** Cuts a byte stream into frames. Holds at most one incomplete frame. */
class FrameReader {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = HEADER_BYTES;

  /** Complete frames, in order. Throws when a length is out of bounds. */
  push(chunk: Buffer): Buffer[] {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    const frames: Buffer[] = [];
    // Joined only when a whole frame is there: joining at every chunk would copy a large message quadratically.
    while (this.#held >= this.#needed) {
      const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      const length = frameLength(bytes);
      this.#needed = length;
      this.#chunks = [bytes];
      if (this.#held < length) break;
      frames.push(bytes.subarray(0, length));
      const rest = bytes.subarray(length);
      this.#chunks = rest.length > 0 ? [rest] : [];
      this.#held = rest.length;
      this.#needed = HEADER_BYTES;
    }
    return frames;
  }
}
