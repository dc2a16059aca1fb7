import { Buffer } from "node:buffer";
import { ObjectId } from "bson";
import { encodeKey, encodeObjectIdKey, encodeStringKey } from "./keystring.ts";

const STRING = 0x02;
const OBJECT_ID = 0x07;
const INT32 = 0x10;
const VALUE_AT = 9; // 4 length + 1 type + "_id\0"

/**
 * The index key of the `_id` that leads a BSON document, for the types that identify nearly every document.
 * null: another type, decode the document to learn it.
 */
export function rawId(raw: Buffer): Buffer | null {
  switch (raw[4]) {
    case STRING:
      return encodeStringKey(raw.subarray(VALUE_AT + 4, VALUE_AT + 3 + raw.readInt32LE(VALUE_AT)));
    case OBJECT_ID:
      return encodeObjectIdKey(raw.subarray(VALUE_AT, VALUE_AT + 12));
    case INT32:
      return encodeKey(raw.readInt32LE(VALUE_AT));
    default:
      return null;
  }
}

/** The same document with `_id` as its first element, generated if it had none. Expects validated BSON. */
export function withLeadingId(raw: Buffer): Buffer {
  if (isIdAt(raw, 5)) return raw;
  const element = findId(raw);
  if (element === null) {
    const id = Buffer.concat([Buffer.from([OBJECT_ID]), Buffer.from("_id\0"), new ObjectId().id]);
    return assemble([id, raw.subarray(4)]);
  }
  const { start, end } = element;
  return assemble([raw.subarray(start, end), raw.subarray(4, start), raw.subarray(end)]);
}

function isIdAt(raw: Buffer, at: number): boolean {
  return raw[at] === 0x5f && raw[at + 1] === 0x69 && raw[at + 2] === 0x64 && raw[at + 3] === 0;
}

function assemble(parts: Buffer[]): Buffer {
  const whole = Buffer.concat([Buffer.alloc(4), ...parts]);
  whole.writeInt32LE(whole.length, 0);
  return whole;
}

function findId(raw: Buffer): { start: number; end: number } | null {
  let at = 4;
  while (raw[at] !== 0) {
    const nameEnd = raw.indexOf(0, at + 1);
    const end = nameEnd + 1 + valueSize(raw, raw[at]!, nameEnd + 1);
    if (isIdAt(raw, at + 1)) return { start: at, end };
    at = end;
  }
  return null;
}

/** Bytes of one value. Its document passed validateDocument, so nothing here can run past the end. */
function valueSize(raw: Buffer, type: number, at: number): number {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return 8;
    case STRING:
    case 0x0d:
    case 0x0e:
      return 4 + raw.readInt32LE(at);
    case 0x03:
    case 0x04:
      return raw.readInt32LE(at);
    case 0x05:
      return 5 + raw.readInt32LE(at);
    case OBJECT_ID:
      return 12;
    case 0x08:
      return 1;
    case 0x0b:
      return raw.indexOf(0, raw.indexOf(0, at) + 1) + 1 - at;
    case INT32:
      return 4;
    case 0x13:
      return 16;
    default:
      return 0;
  }
}
