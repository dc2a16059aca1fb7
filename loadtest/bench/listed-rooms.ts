import { type IRoomCache, initializeRoomCache } from "@colyseus/core";
import { Redis } from "ioredis";
import { type Listings, placeOf, redisListings } from "../../src/infra/redis-listings.ts";

/** Who has the rooms: a process that is heard, or its rows would be swept. */
const PROCESS = "listed-rooms";
/** Open rooms are of so many modes, none of which anybody asks for. */
const MODES = 100;
const TOGETHER = 500;

/** Rows of rooms that nobody can join: every second is full, the others are of other modes than the wanted one. */
export class ListedRooms {
  readonly #commands: Redis;
  readonly #ears: Redis;
  readonly #listings: Listings;
  #count = 0;

  private constructor(url: string) {
    this.#commands = new Redis(url);
    this.#ears = new Redis(url);
    this.#listings = redisListings(this.#commands, (row) => placeOf(row, ["mode"]));
  }

  static async open(url: string): Promise<ListedRooms> {
    const rooms = new ListedRooms(url);
    await rooms.#ears.subscribe(`p:${PROCESS}`);
    return rooms;
  }

  /** Adds or removes rows until there are as many. */
  async become(count: number): Promise<void> {
    while (this.#count !== count) {
      const next =
        count > this.#count ? Math.min(count, this.#count + TOGETHER) : Math.max(count, this.#count - TOGETHER);
      const indexes = Array.from({ length: Math.abs(next - this.#count) }, (_, i) => Math.min(next, this.#count) + i);
      await Promise.all(
        indexes.map((index) =>
          next > this.#count
            ? this.#listings.put(rowOf(index), "update")
            : this.#listings.remove(rowOf(index).roomId, PROCESS),
        ),
      );
      this.#count = next;
    }
  }

  close(): void {
    this.#commands.disconnect();
    this.#ears.disconnect();
  }
}

function rowOf(index: number): IRoomCache {
  const isFull = index % 2 === 0;
  return initializeRoomCache({
    ...{ name: "dice", processId: PROCESS, roomId: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}` },
    ...{ locked: isFull, clients: isFull ? 6 : 2, maxClients: 6, createdAt: new Date(0) },
    metadata: { mode: isFull ? "bench" : `mode-${index % MODES}` },
  });
}
