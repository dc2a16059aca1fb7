import { createHash, createHmac, randomBytes } from "node:crypto";

/** A fair draw: an integer from 1 to `sides`, fixed by the seed and the position of the draw. */
export type Draw = (index: number, sides: number) => number;

/** A fresh 256-bit seed, hex. It lives in the session document and nowhere else until the session ends. */
export function newSeed(): string {
  return randomBytes(32).toString("hex");
}

/** What the open entry publishes, so that the seed revealed at the end cannot have been chosen later. */
export function commitment(seed: string): string {
  return createHash("sha256").update(`hypogeum/commit/${seed}`).digest("hex");
}

/**
 * Draw `index` of a seed: HMAC-SHA256(seed, index), reduced without bias. A counter rather than a stream, so that
 * recovery needs to know only how many draws were made (L5).
 *
 * @throws RangeError unless `sides` is an integer from 1 to 2^24
 */
export function rng(seed: string): Draw {
  return (index, sides) => {
    if (!Number.isInteger(sides) || sides < 1 || sides > 2 ** 24) throw new RangeError("sides must be 1 to 2^24");
    const limit = 2 ** 32 - (2 ** 32 % sides);
    for (let attempt = 0; ; attempt++) {
      const bytes = createHmac("sha256", seed).update(`${index}/${attempt}`).digest();
      for (let offset = 0; offset <= 28; offset += 4) {
        const word = bytes.readUInt32BE(offset);
        // Words above the last full multiple of `sides` would favour the low faces: take the next word instead.
        if (word < limit) return (word % sides) + 1;
      }
    }
  };
}
