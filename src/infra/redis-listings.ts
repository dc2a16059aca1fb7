import type { IRoomCache, SortOptions } from "@colyseus/core";
import type { Redis } from "ioredis";

/** Where Colyseus keeps one row of JSON a room, by its id. */
const ROWS = "roomcaches";
/** Which set of `open` a room is in, by its id. */
const PLACES = "roomcaches:places";
/** Who has rows. */
const PROCESSES = "roomcaches:processes";

/**
 * `insert`: unless there is a row under this id. `claim`: whatever is there. `update`: unless another process has put its
 * own row there since.
 */
export type Manner = "insert" | "claim" | "update";

/** Rooms looked at together. */
const PAGE = 32;

/** The rows of all rooms of the cluster. Every call rejects while Redis is away. */
export interface Listings {
  /** @returns false when the row was not written, because of another process's */
  put(row: IRoomCache, manner: Manner): Promise<boolean>;
  /** Removes the process's own row, and leaves one that another process has put there since. */
  remove(roomId: string, processId: string): Promise<boolean>;
  /** Removes every row of a process. */
  removeAllOf(processId: string): Promise<void>;
  idsOf(processId: string): Promise<string[]>;
  /** Processes that have rows. */
  processes(): Promise<string[]>;
  /** Rows that can be joined, the oldest room first, a few at a time; at most `pages` times. */
  open(place: string, pages: number): AsyncGenerator<readonly IRoomCache[]>;
}

interface Scripts {
  putListing(...args: [...keys: [string, string, string], ...args: (string | number)[]]): Promise<number>;
  removeListing(...args: [...keys: [string, string, string], ...args: string[]]): Promise<number>;
  removeListings(...args: [...keys: [string, string, string], ...args: (string | number)[]]): Promise<number>;
  openListings(...args: [...keys: [string, string], from: number, to: number]): Promise<[number, string[]]>;
}

const KEYS = [ROWS, PLACES, PROCESSES] as const;
const ofProcess = (processId: string) => `${ROWS}:of:${processId}`;

/** @param placeOf the set in which a room is found, or "" for one that nobody may find */
export function redisListings(redis: Redis, placeOf: (row: IRoomCache) => string): Listings {
  redis.defineCommand("putListing", { numberOfKeys: 3, lua: PUT });
  redis.defineCommand("removeListing", { numberOfKeys: 3, lua: REMOVE });
  redis.defineCommand("removeListings", { numberOfKeys: 3, lua: REMOVE_SOME });
  redis.defineCommand("openListings", { numberOfKeys: 2, lua: OPEN });
  const scripts = redis as unknown as Scripts;

  return {
    async put(row, manner) {
      const { roomId, processId, createdAt } = row;
      const since = createdAt ? new Date(createdAt).getTime() : 0;
      const written = [roomId, processId, JSON.stringify(row), placeOf(row), since, manner];
      return (await scripts.putListing(...KEYS, ...written)) === 1;
    },

    async remove(roomId, processId) {
      return (await scripts.removeListing(...KEYS, roomId, processId)) === 1;
    },

    async removeAllOf(processId) {
      // In steps: one script over thousands of rows would keep everybody else waiting.
      while ((await scripts.removeListings(...KEYS, processId, PAGE)) > 0);
    },

    idsOf: (processId) => redis.smembers(ofProcess(processId)),
    processes: () => redis.smembers(PROCESSES),

    async *open(place, pages) {
      let from = 0;
      for (let page = 0; page < pages; page++) {
        const [looked, rows] = await scripts.openListings(ROWS, place, from, from + PAGE - 1);
        yield rows.map((row) => JSON.parse(row) as IRoomCache);
        if (looked < PAGE) return;
        from += rows.length; // those without a row are not in the set any more
      }
    },
  };
}

/** The set in which a room is found by those who want to join one like it; "" while nobody may. */
export function placeOf(
  { name, locked, private: hidden, metadata, ...row }: IRoomCache,
  filterBy: readonly string[],
): string {
  if (locked || hidden) return "";
  const own = row as unknown as Record<string, unknown>;
  return placeNamed(
    name,
    filterBy.map((field) => own[field] ?? metadata?.[field]),
  );
}

/** The set that holds all rooms of these conditions and nothing else; undefined when there is none. */
export function placeWanted(
  conditions: Partial<IRoomCache>,
  filterBy: readonly string[],
  sort: SortOptions = {},
): string | undefined {
  const { name, locked, private: hidden, ...rest } = conditions;
  const fields = Object.keys(rest);
  const isIndexed = fields.length === filterBy.length && filterBy.every((field) => fields.includes(field));
  if (name === undefined || locked !== false || hidden !== false || !isIndexed) return undefined;
  if (Object.keys(sort).length > 0) return undefined;
  return placeNamed(
    name,
    filterBy.map((field) => (rest as Record<string, unknown>)[field]),
  );
}

function placeNamed(name: string, values: readonly unknown[]): string {
  return `roomcaches:open:${[name, ...values.map(String)].map(encodeURIComponent).join("/")}`;
}

const SHARED = `
local function ownerOf(row) return tostring(cjson.decode(row).processId) end
local function leavePlace(id, except)
  local place = redis.call('HGET', KEYS[2], id)
  if place and place ~= except then redis.call('ZREM', place, id) end
end
local function forgetOf(processId, id)
  local set = KEYS[1] .. ':of:' .. processId
  redis.call('SREM', set, id)
  if redis.call('EXISTS', set) == 0 then redis.call('SREM', KEYS[3], processId) end
end
local function drop(id, processId)
  local row = redis.call('HGET', KEYS[1], id)
  forgetOf(processId, id)
  if not row or ownerOf(row) ~= processId then return 0 end
  redis.call('HDEL', KEYS[1], id)
  leavePlace(id, '')
  redis.call('HDEL', KEYS[2], id)
  return 1
end
`;

/** KEYS rows, places, processes. ARGV room, process, row, place or '', when it was created, manner. 1 when written. */
const PUT = `${SHARED}
local id, processId, place, manner = ARGV[1], ARGV[2], ARGV[4], ARGV[6]
local row = redis.call('HGET', KEYS[1], id)
if row then
  if manner == 'insert' then return 0 end
  local owner = ownerOf(row)
  if owner ~= processId then
    if manner == 'update' then return 0 end
    forgetOf(owner, id)
  end
end
redis.call('HSET', KEYS[1], id, ARGV[3])
redis.call('SADD', KEYS[1] .. ':of:' .. processId, id)
redis.call('SADD', KEYS[3], processId)
leavePlace(id, place)
if place == '' then
  redis.call('HDEL', KEYS[2], id)
else
  redis.call('ZADD', place, ARGV[5], id)
  redis.call('HSET', KEYS[2], id, place)
end
return 1
`;

/** KEYS rows, places, processes. ARGV room, process. 1 when there was a row of this process. */
const REMOVE = `${SHARED} return drop(ARGV[1], ARGV[2])`;

/** KEYS rows, places, processes. ARGV process, how many. How many were looked at; 0 when none are left. */
const REMOVE_SOME = `${SHARED}
local ids = redis.call('SRANDMEMBER', KEYS[1] .. ':of:' .. ARGV[1], ARGV[2])
for _, id in ipairs(ids) do drop(id, ARGV[1]) end
return #ids
`;

/** KEYS rows, place. ARGV from, to. How many rooms were looked at, and the rows of those that have one. */
const OPEN = `
local ids = redis.call('ZRANGE', KEYS[2], ARGV[1], ARGV[2])
local rows = {}
for _, id in ipairs(ids) do
  local row = redis.call('HGET', KEYS[1], id)
  if row then rows[#rows + 1] = row else redis.call('ZREM', KEYS[2], id) end
end
return { #ids, rows }
`;
