import { Buffer } from "node:buffer";
import { type Doc, decode, encode, firstKey, isDocument } from "./bson.ts";
import { MalformedBson, mayHoldUnsafeKey, validateDocument } from "./bson-validate.ts";
import { type Command, RawDocument, RawDocuments } from "./command.ts";
import { badValue, type CommandError } from "./errors.ts";
import { MAX_MESSAGE_BYTES } from "./handshake-commands.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
export const HEADER_BYTES = 16;

const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits 0 to 15 change the meaning of a message: an unknown one must be refused, not ignored. */
const KNOWN_REQUIRED_FLAGS = CHECKSUM_PRESENT | MORE_TO_COME;

export interface Request {
  id: number;
  opCode: number;
  /** The client asked for no answer (write concern 0). */
  silent: boolean;
  command: Command;
  /** Set when the frame was readable but must not be executed. */
  refusal: CommandError | null;
}

/** The length of the frame that starts here. Throws MalformedBson outside the limits. */
export function frameLength(bytes: Buffer): number {
  const length = bytes.readInt32LE(0);
  if (length < HEADER_BYTES + 5 || length > MAX_MESSAGE_BYTES)
    throw new MalformedBson("message length is out of bounds");
  return length;
}

/** Decodes one complete frame. Throws MalformedBson for anything that is not a message we serve. */
export function parseFrame(frame: Buffer): Request {
  const opCode = frame.readInt32LE(12);
  const id = frame.readInt32LE(4);
  if (opCode === OP_MSG) return parseMessage(frame, id);
  if (opCode === OP_QUERY) return parseLegacyQuery(frame, id);
  throw new MalformedBson(`opcode ${opCode} is not supported`);
}

function parseMessage(frame: Buffer, id: number): Request {
  const flags = frame.readUInt32LE(16);
  if ((flags & 0xffff & ~KNOWN_REQUIRED_FLAGS) !== 0) throw new MalformedBson("unknown message flags");
  const end = frame.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  const checkKeys = mayHoldUnsafeKey(frame);
  const sequences = new Map<string, Buffer[]>();
  let body: Doc | null = null;
  let unsafeKey: string | null = null;
  let at = 20;
  while (at < end) {
    const kind = frame[at]!;
    if (kind === 0) {
      if (body) throw new MalformedBson("two bodies in one message");
      const checked = validateDocument(frame, at + 1, end, checkKeys);
      unsafeKey ??= checked.unsafeKey;
      body = decode(frame.subarray(at + 1, checked.end));
      at = checked.end;
    } else if (kind === 1) {
      const sequence = readSequence(frame, at + 1, end, checkKeys);
      if (sequences.has(sequence.name)) throw new MalformedBson("a document sequence appears twice");
      sequences.set(sequence.name, sequence.documents);
      unsafeKey ??= sequence.unsafeKey;
      at = sequence.end;
    } else {
      throw new MalformedBson(`section kind ${kind} is not supported`);
    }
  }
  if (!body) throw new MalformedBson("message without a body");
  return request(id, OP_MSG, (flags & MORE_TO_COME) !== 0, body, body.$db, sequences, unsafeKey);
}

function readSequence(frame: Buffer, start: number, limit: number, checkKeys: boolean) {
  if (start + 4 > limit) throw new MalformedBson("section is cut off");
  const end = start + frame.readInt32LE(start);
  const nameEnd = frame.indexOf(0, start + 4);
  if (end > limit || nameEnd < 0 || nameEnd >= end) throw new MalformedBson("section is out of bounds");
  const name = frame.toString("utf8", start + 4, nameEnd);
  const documents: Buffer[] = [];
  let unsafeKey: string | null = null;
  for (let at = nameEnd + 1; at < end; ) {
    const checked = validateDocument(frame, at, end, checkKeys);
    documents.push(frame.subarray(at, checked.end));
    unsafeKey ??= checked.unsafeKey;
    at = checked.end;
  }
  return { name, documents, unsafeKey, end };
}

/** Drivers send their very first hello in this retired form; nothing else is served by it. */
function parseLegacyQuery(frame: Buffer, id: number): Request {
  const nameEnd = frame.indexOf(0, 20);
  if (nameEnd < 0 || nameEnd + 9 > frame.length) throw new MalformedBson("legacy query is cut off");
  const { end, unsafeKey } = validateDocument(frame, nameEnd + 9, frame.length, mayHoldUnsafeKey(frame));
  const query = decode(frame.subarray(nameEnd + 9, end));
  const body = isDocument(query.$query) ? query.$query : query;
  if (!["hello", "isMaster", "ismaster"].includes(firstKey(body)))
    throw new MalformedBson("legacy opcode for a command");
  return request(id, OP_QUERY, false, body, "admin", new Map(), unsafeKey);
}

function request(
  id: number,
  opCode: number,
  silent: boolean,
  body: Doc,
  db: unknown,
  sequences: Map<string, Buffer[]>,
  unsafeKey: string | null,
): Request {
  if (typeof db !== "string") throw new MalformedBson("$db is missing");
  const refusal = unsafeKey === null ? null : badValue(`the field name '${unsafeKey.slice(0, 100)}' is not allowed`);
  return { id, opCode, silent, command: { name: firstKey(body), db, body, sequences }, refusal };
}

/** The complete reply frame. */
export function encodeReply({ id, opCode }: Pick<Request, "id" | "opCode">, reply: Doc): Buffer {
  const body = encodeBody(reply);
  const legacy = opCode === OP_QUERY;
  const head = Buffer.alloc(legacy ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(id, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    head.writeInt32LE(8, 16); // AwaitCapable, as every server since 2.0 answers
    head.writeInt32LE(1, 32); // one document
  }
  return Buffer.concat([head, body]);
}

function encodeBody(reply: Doc): Buffer {
  if (reply.value instanceof RawDocument) {
    const { value, ...rest } = reply;
    return assemble([element(0x03, "value", [(value as RawDocument).bytes]), inside(rest)]);
  }
  const { cursor, ...rest } = reply;
  if (!isDocument(cursor)) return encode(reply);
  const batch = firstKey(cursor);
  const raw = cursor[batch];
  if (!(raw instanceof RawDocuments)) return encode(reply);
  const { [batch]: _batch, ...fields } = cursor;
  const inner = [element(0x04, batch, arrayOf(raw.list)), inside(fields)];
  return assemble([element(0x03, "cursor", [assemble(inner)]), inside(rest)]);
}

function element(type: number, name: string, value: Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.from([type]), Buffer.from(`${name}\0`), ...value]);
}

/** The elements of a document without its length and terminator. */
function inside(doc: Doc): Buffer {
  return encode(doc).subarray(4, -1);
}

function assemble(elements: Uint8Array[]): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), ...elements, Buffer.from([0])]);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

function arrayOf(documents: Uint8Array[]): Uint8Array[] {
  let length = 5;
  const parts: Uint8Array[] = [Buffer.alloc(4)];
  for (const [i, document] of documents.entries()) {
    const key = Buffer.from(`\x03${i}\0`, "latin1");
    parts.push(key, document);
    length += key.length + document.length;
  }
  (parts[0] as Buffer).writeInt32LE(length, 0);
  parts.push(Buffer.from([0]));
  return parts;
}
