import { ErrorCode, type IRoomCache, matchMaker, ServerError, type SortOptions } from "@colyseus/core";
import { RedisDriver } from "@colyseus/redis-driver";
import type { RedisLink } from "./redis.ts";
import { type Listings, type Manner, placeOf, placeWanted, redisListings } from "./redis-listings.ts";

/** How often this process looks whether its rows are there, and whether other processes left theirs behind. */
const LOOK_EVERY_MS = 5000;
/** Every so many looks all rows are written again: somebody may have changed one that is there. */
const REWRITE_EVERY = 12;
/** A process that could not be heard at so many looks is dead, or will write its rows again when it is back. */
const UNHEARD_LOOKS = 3;
/** Rows on their way to Redis at once. */
const WRITE_MAX = 64;
/** A joiner looks at so many pages of open rooms; when none will do, they belong to processes that have died. */
const PAGES_MAX = 10;

export interface SafeRedisDriverOptions {
  readonly link: RedisLink;
  /** What tells rooms of a name apart when one is looked for, as `filterBy` of their definitions says. */
  readonly filterBy: readonly string[];
  /** Whether the journal gives this process the session of that id: then another process's row is its former owner's. */
  readonly isOwner: (roomId: string) => boolean;
  /** Called for every write that Redis did not take; it is made up for later. */
  readonly missed: () => void;
  /** Who this process is to Colyseus. */
  readonly processId?: () => string;
  readonly lookEveryMs?: number;
}

/**
 * Colyseus's listing of all rooms in Redis, for a Redis that may go away or come back empty. This process's own rows are
 * known here and only mirrored there: a room never waits for its row to be written, and what Redis lost, or somebody else
 * removed, is written again. Stock tools find the rows where they expect them.
 */
export class SafeRedisDriver extends RedisDriver {
  readonly #options: SafeRedisDriverOptions;
  readonly #listings: Listings;
  /** The rooms of this process: the very objects that Colyseus keeps up to date. */
  readonly #own = new Map<string, IRoomCache>();
  /** Rooms whose rows are not what they should be: to be written, or removed when the room is not among the own. */
  readonly #dirty = new Set<string>();
  readonly #unheard = new Map<string, number>();
  #writing: Promise<void> | undefined;
  #looking: Promise<void> | undefined;
  /** Looks until the next that writes everything again. */
  #untilRewrite = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopWatching: (() => void) | undefined;

  constructor(options: SafeRedisDriverOptions) {
    super(options.link.commands);
    this.#options = options;
    this.#listings = redisListings(options.link.commands, (row) => placeOf(row, options.filterBy));
  }

  async boot(): Promise<void> {
    this.#stopWatching = this.#options.link.onUp(() => {
      this.#untilRewrite = 0;
      // One that is under way may have failed already, and the next would be seconds from now.
      void Promise.resolve(this.#looking).then(() => this.#look());
    });
    this.#timer = setInterval(() => void this.#look(), this.#options.lookEveryMs ?? LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** The link closes the connection. */
  override async shutdown(): Promise<void> {
    this.#stopWatching?.();
    clearInterval(this.#timer);
    await this.#looking;
    await this.#writing;
  }

  /** @returns false when the id is taken, or nobody can tell */
  async insert(room: IRoomCache): Promise<boolean> {
    const claimed = this.#options.isOwner(room.roomId);
    const inserted = await this.#put(room, claimed ? "claim" : "insert");
    if (inserted || (inserted === undefined && claimed)) {
      this.#own.set(room.roomId, room);
      return true;
    }
    // Without an answer the row may have been written all the same.
    if (inserted === undefined) this.#mark(room.roomId);
    return false;
  }

  override async persist(room: IRoomCache, create = false): Promise<boolean> {
    if (create) this.#own.set(room.roomId, room);
    this.#mark(room.roomId);
    return true;
  }

  override async update(room: IRoomCache, changes: Parameters<RedisDriver["update"]>[1]): Promise<boolean> {
    Object.assign(room, changes.$set);
    const numbers = room as unknown as Record<string, number>;
    for (const [field, by] of Object.entries(changes.$inc ?? {})) numbers[field] = (numbers[field] ?? 0) + Number(by);
    this.#mark(room.roomId);
    return true;
  }

  override async remove(roomId: string): Promise<boolean> {
    const removed = this.#own.delete(roomId);
    if (removed) this.#mark(roomId);
    return removed;
  }

  override async cleanup(processId: string): Promise<void> {
    if (processId === this.#processId) this.#own.clear();
    await this.#listings.removeAllOf(processId).catch(() => this.#options.missed());
  }

  override async has(roomId: string): Promise<boolean> {
    return this.#own.has(roomId) || answered(super.has(roomId));
  }

  /** @throws ServerError "unavailable" while Redis is away; not for a room of this process */
  override async findOne(conditions: Partial<IRoomCache>, sort?: SortOptions): Promise<IRoomCache> {
    const { roomId } = conditions;
    if (roomId !== undefined) return this.#own.get(roomId) ?? answered(super.findOne({ roomId }));
    const place = placeWanted(conditions, this.#options.filterBy, sort);
    // Colyseus's own types say "always a room" where there may be none.
    if (place !== undefined) return answered(this.#findIn(place)) as Promise<IRoomCache>;
    return (await this.query(conditions, sort))[0] as IRoomCache;
  }

  /** Reads every row there is: for panels, and for wishes that no index serves. */
  override async query(conditions: Partial<IRoomCache>, sort?: SortOptions): Promise<IRoomCache[]> {
    try {
      return await answered(super.query(conditions, sort));
    } catch (error) {
      // The stock driver shares one read among all who wait, and would hand out its failure for ever.
      Object.assign(this, { _concurrentRoomCacheRequest: undefined, _roomCacheRequestByName: {} });
      throw error;
    }
  }

  get #processId(): string {
    return this.#options.processId?.() ?? matchMaker.processId;
  }

  async #findIn(place: string): Promise<IRoomCache | undefined> {
    for await (const rows of this.#listings.open(place, PAGES_MAX)) {
      const others = rows.map(({ processId }) => processId).filter((processId) => processId !== this.#processId);
      const heard = await this.#heard(others);
      const found = rows.find(({ roomId, processId }) =>
        processId === this.#processId ? this.#isOpen(roomId, place) : heard.has(processId),
      );
      if (found) return this.#own.get(found.roomId) ?? found;
    }
    return undefined;
  }

  /** What this process knows of its own room may be newer than the row. */
  #isOpen(roomId: string, place: string): boolean {
    const room = this.#own.get(roomId);
    return room !== undefined && placeOf(room, this.#options.filterBy) === place;
  }

  /** Which of these processes listen to calls: to wait for the others would take a joiner four seconds. */
  async #heard(processIds: readonly string[]): Promise<Set<string>> {
    const asked = [...new Set(processIds)];
    if (asked.length === 0) return new Set();
    const channels = asked.map((processId) => `p:${processId}`);
    const counts = (await this.#options.link.commands.pubsub("NUMSUB", ...channels)) as (string | number)[];
    return new Set(asked.filter((_, index) => Number(counts[2 * index + 1]) > 0));
  }

  #mark(roomId: string): void {
    this.#dirty.add(roomId);
    this.#writeSoon();
  }

  /** What one turn of the event loop changes of a room is one write. */
  #writeSoon(): void {
    this.#writing ??= new Promise<void>((resolve) => setImmediate(resolve))
      .then(() => this.#writeDirty())
      .finally(() => {
        this.#writing = undefined;
      });
  }

  async #writeDirty(): Promise<void> {
    while (this.#dirty.size > 0) {
      const some = [...this.#dirty].slice(0, WRITE_MAX);
      for (const roomId of some) this.#dirty.delete(roomId);
      await Promise.all(some.map((roomId) => this.#write(roomId)));
    }
  }

  async #write(roomId: string): Promise<void> {
    const room = this.#own.get(roomId);
    if (room) await this.#put(room, "update");
    else await this.#listings.remove(roomId, this.#processId).catch(() => this.#options.missed());
  }

  /** Undefined when Redis did not answer. */
  async #put(room: IRoomCache, manner: Manner): Promise<boolean | undefined> {
    try {
      return await this.#listings.put(room, manner);
    } catch {
      this.#options.missed();
      return undefined;
    }
  }

  #look(): Promise<void> {
    this.#looking ??= this.#restoreOwn()
      .then(() => this.#sweep())
      .catch(() => undefined) // Redis is away: the next look, or its return, makes up for it
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #restoreOwn(): Promise<void> {
    const listed = new Set(await this.#listings.idsOf(this.#processId));
    this.#untilRewrite -= 1;
    const all = this.#untilRewrite < 0;
    if (all) this.#untilRewrite = REWRITE_EVERY;
    for (const roomId of listed) if (all || !this.#own.has(roomId)) this.#dirty.add(roomId);
    for (const roomId of this.#own.keys()) if (all || !listed.has(roomId)) this.#dirty.add(roomId);
    if (this.#dirty.size > 0) this.#writeSoon();
  }

  /** Removes what dead processes left. Whoever was only cut off for a while writes its rows again. */
  async #sweep(): Promise<void> {
    const others = (await this.#listings.processes()).filter((processId) => processId !== this.#processId);
    const heard = await this.#heard(others);
    for (const known of this.#unheard.keys()) if (!others.includes(known)) this.#unheard.delete(known);
    for (const processId of others) {
      const looks = heard.has(processId) ? 0 : (this.#unheard.get(processId) ?? 0) + 1;
      this.#unheard.set(processId, looks);
      if (looks >= UNHEARD_LOOKS) await this.cleanup(processId);
    }
  }
}

/** @throws ServerError by which a client knows that it may try again */
async function answered<T>(question: Promise<T>): Promise<T> {
  try {
    return await question;
  } catch {
    throw new ServerError(ErrorCode.MATCHMAKE_UNHANDLED, "unavailable: The listing of rooms is away; try again.");
  }
}
