import { Buffer } from "node:buffer";
import * as BSON from "bson";
import { CommandError } from "./errors.ts";

export type Doc = Record<string, unknown>;

export const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

// Regular expressions stay BSONRegExp: a PCRE pattern that JavaScript cannot compile would make its document
// unreadable. UTF-8 is not re-validated: documents are stored undecoded, and one bad string must not poison a scan.
const DECODE: BSON.DeserializeOptions = { promoteBuffers: false, bsonRegExp: true, validation: { utf8: false } };

export function decode(bytes: Uint8Array): Doc {
  return BSON.deserialize(bytes, DECODE);
}

/** Throws code 10334 beyond about 17 MB, the library's own buffer, where it would report an offset out of range. */
export function encode(doc: Doc): Buffer {
  try {
    return asBuffer(BSON.serialize(doc, { ignoreUndefined: false }));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new CommandError("BSONObjectTooLarge", "the resulting document is larger than 16777216 bytes, or too deep");
  }
}

/** A view of the same bytes with Buffer's methods; copies nothing. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** An embedded document: not an array, and none of the classes that stand for a scalar BSON value. */
export function isDocument(value: unknown): value is Doc {
  if (value === null || typeof value !== "object") return false;
  const proto = Object.getPrototypeOf(value);
  return proto === Object.prototype || proto === null;
}

/** `{$gt: 1}` rather than `{x: 1}`: MongoDB decides by the first key alone. */
export function isOperatorDocument(value: unknown): value is Doc {
  return isDocument(value) && firstKey(value).startsWith("$");
}

export function firstKey(doc: Doc): string {
  for (const key in doc) return key;
  return "";
}

export function isEmpty(doc: Doc | undefined | null): boolean {
  return doc === undefined || doc === null || firstKey(doc) === "";
}

/** Numbers arrive as number or Long; commands want plain integers (limits, batch sizes). */
export function toInteger(value: unknown, fallback: number): number {
  if (value === undefined || value === null) return fallback;
  const n = Math.trunc(Number(value));
  return Number.isFinite(n) ? n : fallback;
}
