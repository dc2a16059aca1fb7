/**
 * Order-preserving bytes for BSON values: memcmp of two keys equals MongoDB's comparison of the two values.
 * Keys are prefix-free, so a compound key is the concatenation of its parts, and a descending part is its
 * bytes inverted. The same bytes serve index keys, range bounds, unique checks, sorting and distinct.
 */
import { Buffer } from "node:buffer";
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  DBRef,
  Decimal128,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from "bson";
import { badValue } from "./errors.ts";

const TYPE = {
  minKey: 0x01,
  emptyArray: 0x0a,
  nil: 0x14,
  number: 0x1e,
  string: 0x3c,
  object: 0x46,
  array: 0x50,
  binary: 0x5a,
  objectId: 0x64,
  boolean: 0x6e,
  date: 0x78,
  timestamp: 0x82,
  regex: 0x8c,
  code: 0x96,
  maxKey: 0xf0,
} as const;

/** Stands in an index for an array without elements, which has no value of its own to index. */
export const EMPTY_ARRAY = Symbol("empty array");

let scratch = Buffer.allocUnsafe(1024);
let used = 0;

/** The key of one value; `undefined` (a missing field) equals null. Throws code 2 for Decimal128. */
export function encodeKey(value: unknown, descending = false): Buffer {
  used = 0;
  write(value);
  const key = Buffer.from(scratch.subarray(0, used));
  return descending ? invert(key) : key;
}

/** The key of a string `_id` straight from its UTF-8 bytes: the insert path never decodes the document. */
export function encodeStringKey(utf8: Buffer): Buffer {
  used = 0;
  writeText(TYPE.string, utf8);
  return Buffer.from(scratch.subarray(0, used));
}

export function encodeObjectIdKey(id: Buffer): Buffer {
  const key = Buffer.allocUnsafe(13);
  key[0] = TYPE.objectId;
  key.set(id, 1);
  return key;
}

/** The smallest byte string above every string that starts with `prefix`. */
export function successor(prefix: Buffer): Buffer {
  for (let i = prefix.length - 1; i >= 0; i--) {
    if (prefix[i] === 0xff) continue;
    const next = Buffer.from(prefix.subarray(0, i + 1));
    next[i] = next[i]! + 1;
    return next;
  }
  return Buffer.alloc(64, 0xff);
}

/** MongoDB's comparison over all types, in the order of the keys. */
export function compareValues(a: unknown, b: unknown): number {
  return Buffer.compare(encodeKey(a), encodeKey(b));
}

function invert(key: Buffer): Buffer {
  for (let i = 0; i < key.length; i++) key[i] = ~key[i]!;
  return key;
}

function reserve(bytes: number): void {
  if (used + bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(Math.max(scratch.length * 2, used + bytes));
  scratch.copy(larger, 0, 0, used);
  scratch = larger;
}

function writeByte(byte: number): void {
  reserve(1);
  scratch[used++] = byte;
}

function write(value: unknown): void {
  switch (typeof value) {
    case "string":
      writeText(TYPE.string, Buffer.from(value));
      return;
    case "number":
      writeNumber(value, 0);
      return;
    case "boolean":
      writeByte(TYPE.boolean);
      writeByte(value ? 1 : 0);
      return;
    case "bigint":
      writeInt64(value);
      return;
    case "undefined":
      writeByte(TYPE.nil);
      return;
    case "symbol":
      writeByte(TYPE.emptyArray);
      return;
    default:
      writeObject(value as object | null);
  }
}

function writeObject(value: object | null): void {
  if (value === null) writeByte(TYPE.nil);
  else if (value instanceof ObjectId) writeFixed(TYPE.objectId, value.id);
  else if (value instanceof Date) writeDate(value.getTime());
  else if (Array.isArray(value)) writeArray(value);
  else if (value instanceof Timestamp) writeUint64(TYPE.timestamp, value.toBigInt());
  else if (value instanceof Long) writeInt64(value.toBigInt());
  else if (value instanceof Binary) writeBinary(value.value(), value.sub_type);
  else if (value instanceof Uint8Array) writeBinary(value, 0);
  else if (value instanceof Decimal128) throw decimalRefused();
  else if (value instanceof MinKey) writeByte(TYPE.minKey);
  else if (value instanceof MaxKey) writeByte(TYPE.maxKey);
  else if (value instanceof BSONRegExp) writeText(TYPE.regex, Buffer.from(`${value.pattern}\0${value.options}`));
  else if (value instanceof RegExp) writeText(TYPE.regex, Buffer.from(`${value.source}\0${value.flags}`));
  else if (value instanceof BSONSymbol) writeText(TYPE.string, Buffer.from(value.value));
  else if (value instanceof Code) writeText(TYPE.code, Buffer.from(value.code));
  else writeFields(value instanceof DBRef ? { $ref: value.collection, $id: value.oid } : value);
}

/** Doubles are 53 bits, Decimal128 is 113: an approximate key would merge values that differ. */
function decimalRefused(): Error {
  return badValue("the embedded database does not compare, sort or index Decimal128 values; store integers");
}

function writeArray(items: unknown[]): void {
  writeByte(TYPE.array);
  for (const item of items) write(item);
  writeByte(0);
}

function writeFields(doc: object): void {
  writeByte(TYPE.object);
  for (const [name, value] of Object.entries(doc)) {
    // MongoDB compares the field's type, then its name, then its value. The type byte is copied back from the
    // value written once: asking for it beforehand would encode every level twice, 2^depth in all.
    const typeAt = used;
    writeByte(0);
    writeText(0x02, Buffer.from(name));
    const valueAt = used;
    write(value);
    scratch[typeAt] = scratch[valueAt]!;
  }
  writeByte(0);
}

/** A sortable double and, for an int64 beyond 2^53, how far the double is off: so 1, 1.0 and Long(1) are one key. */
function writeNumber(value: number, delta: number): void {
  reserve(11);
  scratch[used] = TYPE.number;
  if (Number.isNaN(value)) scratch.fill(0, used + 1, used + 9);
  else {
    scratch.writeDoubleBE(value === 0 ? 0 : value, used + 1);
    if (scratch[used + 1]! & 0x80) for (let i = 1; i <= 8; i++) scratch[used + i] = ~scratch[used + i]!;
    else scratch[used + 1] = scratch[used + 1]! | 0x80;
  }
  scratch.writeUInt16BE(0x8000 + delta, used + 9);
  used += 11;
}

function writeInt64(value: bigint): void {
  const rounded = Number(value);
  writeNumber(rounded, Number(value - BigInt(rounded)));
}

function writeDate(ms: number): void {
  // A date outside JavaScript's range decodes as Invalid Date; it sorts first rather than failing the scan.
  writeUint64(TYPE.date, Number.isNaN(ms) ? 0n : BigInt(ms) + (1n << 63n));
}

function writeUint64(type: number, value: bigint): void {
  reserve(9);
  scratch[used] = type;
  scratch.writeBigUInt64BE(BigInt.asUintN(64, value), used + 1);
  used += 9;
}

function writeFixed(type: number, bytes: Uint8Array): void {
  reserve(1 + bytes.length);
  scratch[used] = type;
  scratch.set(bytes, used + 1);
  used += 1 + bytes.length;
}

function writeBinary(bytes: Uint8Array, subtype: number): void {
  reserve(6);
  scratch[used] = TYPE.binary;
  scratch.writeUInt32BE(bytes.length, used + 1);
  used += 5;
  writeFixed(subtype, bytes);
}

/** Zero bytes inside become 00 ff, and the end is 00 01: a shorter string sorts first, and no key is a prefix. */
function writeText(type: number, utf8: Buffer): void {
  reserve(3 + utf8.length * 2);
  scratch[used++] = type;
  if (!utf8.includes(0)) {
    utf8.copy(scratch, used);
    used += utf8.length;
  } else {
    for (const byte of utf8) {
      scratch[used++] = byte;
      if (byte === 0) scratch[used++] = 0xff;
    }
  }
  scratch[used++] = 0;
  scratch[used++] = 1;
}
