import type { Buffer } from "node:buffer";

/** Thrown for bytes that are not BSON, or that nest too deeply: the connection that sent them is closed. */
export class MalformedBson extends Error {}

/** Refused before anything recursive sees the document: decoding recurses, and the stack is finite. */
const MAX_DEPTH = 120;

/** Names through which generic JavaScript code can reach a prototype. */
const UNSAFE_SEGMENTS = new Set(["__proto__", "constructor"]);

const VARIABLE = -1;
const UNKNOWN = -2;
const SIZES = elementSizes();

function elementSizes(): Int8Array {
  const sizes = new Int8Array(256).fill(UNKNOWN);
  for (const type of [0x02, 0x03, 0x04, 0x05, 0x0b, 0x0d, 0x0e]) sizes[type] = VARIABLE;
  for (const type of [0x06, 0x0a, 0xff, 0x7f]) sizes[type] = 0;
  for (const type of [0x01, 0x09, 0x11, 0x12]) sizes[type] = 8;
  sizes[0x07] = 12;
  sizes[0x08] = 1;
  sizes[0x10] = 4;
  sizes[0x13] = 16;
  return sizes;
}

/**
 * Walks one BSON document without decoding it, so that stored bytes are known to be readable.
 * Returns the offset after the document, and in `unsafeKey` the first key that could reach a prototype
 * (looked for only when `checkKeys`, since almost no frame contains such a word at all).
 */
export function validateDocument(
  bytes: Buffer,
  start: number,
  limit: number,
  checkKeys: boolean,
): { end: number; unsafeKey: string | null } {
  const ends: number[] = [];
  let end = openDocument(bytes, start, limit);
  let at = start + 4;
  let unsafeKey: string | null = null;
  for (;;) {
    const type = bytes[at]!;
    if (type === 0) {
      if (at !== end - 1) throw new MalformedBson("document ends early");
      at = end;
      if (ends.length === 0) return { end, unsafeKey };
      end = ends.pop()!;
      continue;
    }
    const keyStart = at + 1;
    at = skipCString(bytes, keyStart, end);
    if (checkKeys && unsafeKey === null) unsafeKey = unsafe(bytes.toString("utf8", keyStart, at - 1));
    const size = SIZES[type]!;
    if (size >= 0) {
      if (at + size > end - 1) throw new MalformedBson("value runs past its document");
      if (type === 0x08 && bytes[at]! > 1) throw new MalformedBson("boolean is neither 0 nor 1");
      at += size;
    } else if (type === 0x03 || type === 0x04) {
      if (ends.length + 1 >= MAX_DEPTH) throw new MalformedBson("document nests too deeply");
      ends.push(end);
      end = openDocument(bytes, at, end - 1);
      at += 4;
    } else {
      at = skipVariable(bytes, type, at, end);
    }
  }
}

function openDocument(bytes: Buffer, start: number, limit: number): number {
  if (start + 5 > limit) throw new MalformedBson("document header is cut off");
  const length = bytes.readInt32LE(start);
  if (length < 5 || start + length > limit) throw new MalformedBson("document length is out of bounds");
  if (bytes[start + length - 1] !== 0) throw new MalformedBson("document is not terminated");
  return start + length;
}

function skipCString(bytes: Buffer, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  // The document's own terminator is not available to a name.
  if (at >= end - 1) throw new MalformedBson("name is not terminated");
  return at + 1;
}

function skipVariable(bytes: Buffer, type: number, at: number, end: number): number {
  if (type === 0x0b) return skipCString(bytes, skipCString(bytes, at, end), end);
  if (type !== 0x02 && type !== 0x0d && type !== 0x0e && type !== 0x05) {
    throw new MalformedBson(`BSON type 0x${type.toString(16)} is not supported`);
  }
  if (at + 4 > end - 1) throw new MalformedBson("length is cut off");
  const length = bytes.readInt32LE(at);
  const isBinary = type === 0x05;
  const next = at + 4 + length + (isBinary ? 1 : 0);
  if (length < (isBinary ? 0 : 1) || next > end - 1) throw new MalformedBson("value length is out of bounds");
  if (!isBinary && bytes[next - 1] !== 0) throw new MalformedBson("string is not terminated");
  if (isBinary && bytes[at + 4] === 0x02 && (length < 4 || bytes.readInt32LE(at + 5) !== length - 4)) {
    throw new MalformedBson("old-style binary has two lengths that disagree");
  }
  return next;
}

function unsafe(key: string): string | null {
  return key.split(".").some((segment) => UNSAFE_SEGMENTS.has(segment)) ? key : null;
}

/** True when the bytes contain a word that `validateDocument` must look for among the keys. */
export function mayHoldUnsafeKey(frame: Buffer): boolean {
  return frame.includes("__proto__") || frame.includes("constructor");
}
