const PATTERN = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Random bytes are fetched many at a time: the call costs more than the bytes. Not Node's own: browsers make ids, too. */
const pool = new Uint8Array(4096);
let used = pool.length;

/** A UUIDv7 (RFC 9562): 48 bits of milliseconds, then randomness; sorts by time, so b-trees append. */
export function uuid7(now: number): string {
  const high = Math.floor(now / 2 ** 32);
  const random = freshBytes();
  return (
    `${hex((high >>> 8) & 0xff)}${hex(high & 0xff)}${hex((now >>> 24) & 0xff)}${hex((now >>> 16) & 0xff)}-` +
    `${hex((now >>> 8) & 0xff)}${hex(now & 0xff)}-${hex(0x70 | (pool[random]! & 0x0f))}${hex(pool[random + 1]!)}-` +
    `${hex(0x80 | (pool[random + 2]! & 0x3f))}${hex(pool[random + 3]!)}-` +
    `${hex(pool[random + 4]!)}${hex(pool[random + 5]!)}${hex(pool[random + 6]!)}` +
    `${hex(pool[random + 7]!)}${hex(pool[random + 8]!)}${hex(pool[random + 9]!)}`
  );
}

function hex(byte: number): string {
  return HEX[byte]!;
}

/** The index in the pool of ten bytes that nobody has used. */
function freshBytes(): number {
  if (used + 10 > pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += 10;
  return used - 10;
}

/** The milliseconds inside a UUIDv7, or undefined when the text is not a lower-case UUIDv7. */
export function uuid7Time(id: string): number | undefined {
  if (!PATTERN.test(id)) return undefined;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}
