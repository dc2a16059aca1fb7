import { Buffer } from "node:buffer";
import { connect, type Socket } from "node:net";
import * as BSON from "bson";

/** A socket to the database that sends bytes as they are. */
export class RawClient {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #waiting: (() => void)[] = [];
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on("close", () => {
      this.closed = true;
      this.#wake();
    });
  }

  static async open(uri: string): Promise<RawClient> {
    const address = decodeURIComponent(new URL(uri).host);
    const [host, port] = address.split(":");
    const socket = address.startsWith("/") ? connect(address) : connect(Number(port), host);
    const client = new RawClient(socket);
    await new Promise<void>((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    return client;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  write(bytes: Buffer): void {
    if (!this.closed) this.#socket.write(bytes);
  }

  /** The next reply frame; null when the server closed the connection instead. */
  async reply(): Promise<Record<string, unknown> | null> {
    for (;;) {
      if (this.#received.length >= 16 && this.#received.length >= this.#received.readInt32LE(0)) {
        const frame = this.#received.subarray(0, this.#received.readInt32LE(0));
        this.#received = this.#received.subarray(frame.length);
        return BSON.deserialize(frame.subarray(21));
      }
      if (this.closed) return null;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  end(): void {
    this.#socket.destroy();
  }
}

export function header(length: number, opCode = 2013): Buffer {
  const head = Buffer.alloc(16);
  head.writeInt32LE(length, 0);
  head.writeInt32LE(7, 4);
  head.writeInt32LE(opCode, 12);
  return head;
}

/** An OP_MSG frame around sections given as bytes. */
export function message(sections: Buffer, flags = 0): Buffer {
  const flagBytes = Buffer.alloc(4);
  flagBytes.writeUInt32LE(flags);
  return Buffer.concat([header(20 + sections.length), flagBytes, sections]);
}

export function bodySection(body: Record<string, unknown>): Buffer {
  return Buffer.concat([Buffer.from([0]), BSON.serialize(body)]);
}

export function sequenceSection(name: string, documents: Uint8Array[]): Buffer {
  const content = Buffer.concat([Buffer.from(`${name}\0`), ...documents]);
  const length = Buffer.alloc(4);
  length.writeInt32LE(content.length + 4);
  return Buffer.concat([Buffer.from([1]), length, content]);
}
