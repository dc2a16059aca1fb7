import { randomFillSync } from "node:crypto";

const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Random bytes are fetched many at a time: the call costs more than the bytes. */
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds, then randomness; sorts by time, so b-trees append. */
export function uuid7(now: number): string {
  const bytes = freshBytes();
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function freshBytes(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

/** The milliseconds inside a UUIDv7, or undefined when the text is not a lower-case UUIDv7. */
export function uuid7Time(id: string): number | undefined {
  if (!PATTERN.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
