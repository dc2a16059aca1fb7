import type { Redis } from "ioredis";
import type { RedisLink } from "../infra/redis.ts";
import type { ListName, Placed, Ranked, RankingIndex } from "./ranking-index.ts";

/** A time in base 36 has this many digits for three thousand years: as text it sorts as the number does. */
const TIME_DIGITS = 9;
/** Stands for the time of somebody who has no place. */
const REMOVED = "-".repeat(TIME_DIGITS);
/** Records in one call of a script: Redis does nothing else meanwhile. */
const PUT_MAX = 500;

interface Scripts {
  rankPut(...keysAndArguments: (string | number)[]): Promise<number>;
  rankRemove(order: string, members: string, id: string, version: number): Promise<number>;
  rankForget(order: string, members: string, id: string): Promise<number>;
  rankOf(order: string, members: string, id: string): Promise<number | null>;
  rankAfter(order: string, key: number, member: string, last: number): Promise<[number, string[]]>;
}

/**
 * KEYS the sorted set, the hash. ARGV id, version, key, time; and so on. The set holds `<time>:<id>` by key: Redis puts
 * members of equal scores in the order of their text. The hash holds `<time><version>` of each id: to find its member,
 * and to refuse what is older.
 */
const PUT = `
local written = 0
for i = 1, #ARGV, 4 do
  local known = redis.call('HGET', KEYS[2], ARGV[i])
  local before = nil
  local isNewer = true
  if known then
    before = known:sub(1, ${TIME_DIGITS})
    isNewer = tonumber(ARGV[i + 1]) > tonumber(known:sub(${TIME_DIGITS + 1}))
  end
  if isNewer then
    if before and before ~= '${REMOVED}' and before ~= ARGV[i + 3] then
      redis.call('ZREM', KEYS[1], before .. ':' .. ARGV[i])
    end
    redis.call('ZADD', KEYS[1], ARGV[i + 2], ARGV[i + 3] .. ':' .. ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 3] .. ARGV[i + 1])
    written = written + 1
  end
end
return written
`;

/** KEYS the sorted set, the hash. ARGV id, version. The version stays, so that nothing older comes back. */
const REMOVE = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if known then
  if tonumber(known:sub(${TIME_DIGITS + 1})) > tonumber(ARGV[2]) then return 0 end
  redis.call('ZREM', KEYS[1], known:sub(1, ${TIME_DIGITS}) .. ':' .. ARGV[1])
end
redis.call('HSET', KEYS[2], ARGV[1], '${REMOVED}' .. ARGV[2])
return 1
`;

/** KEYS the sorted set, the hash. ARGV id. */
const FORGET = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known then return 0 end
redis.call('ZREM', KEYS[1], known:sub(1, ${TIME_DIGITS}) .. ':' .. ARGV[1])
return redis.call('HDEL', KEYS[2], ARGV[1])
`;

/** KEYS the sorted set, the hash. ARGV id. */
const RANK = `
local known = redis.call('HGET', KEYS[2], ARGV[1])
if not known then return false end
return redis.call('ZRANK', KEYS[1], known:sub(1, ${TIME_DIGITS}) .. ':' .. ARGV[1])
`;

/**
 * KEYS the sorted set. ARGV key, member, how many more than one. Redis cannot count up to a member that is not there; so
 * the next text after it is put there for as long as this takes, which nobody can see.
 */
const AFTER = `
local probe = ARGV[2] .. '\\0'
redis.call('ZADD', KEYS[1], ARGV[1], probe)
local place = redis.call('ZRANK', KEYS[1], probe)
local items = redis.call('ZRANGE', KEYS[1], place + 1, place + 1 + ARGV[3], 'WITHSCORES')
redis.call('ZREM', KEYS[1], probe)
return { place, items }
`;

/** The boards of a cluster, in the Redis that its processes share. */
export function redisRankingIndex(link: Pick<RedisLink, "commands">): RankingIndex {
  link.commands.defineCommand("rankPut", { numberOfKeys: 2, lua: PUT });
  link.commands.defineCommand("rankRemove", { numberOfKeys: 2, lua: REMOVE });
  link.commands.defineCommand("rankForget", { numberOfKeys: 2, lua: FORGET });
  link.commands.defineCommand("rankOf", { numberOfKeys: 2, lua: RANK });
  link.commands.defineCommand("rankAfter", { numberOfKeys: 1, lua: AFTER });
  const redis = link.commands as Redis & Scripts;
  const waiting = new Map<ListName, { readonly records: Placed[]; readonly sent: Promise<void> }>();

  async function putAll(list: ListName, records: readonly Placed[]): Promise<void> {
    for (let from = 0; from < records.length; from += PUT_MAX) {
      const some = records.slice(from, from + PUT_MAX);
      await redis.rankPut(orderKey(list), membersKey(list), ...some.flatMap(written));
    }
  }

  return {
    isShared: true,

    async loadedTo(list) {
      const to = await redis.get(loadedKey(list));
      return to === null ? null : Number(to);
    },

    async loaded(list, to) {
      await redis.set(loadedKey(list), to);
    },

    // What comes in one turn of the event loop goes out together: a call for each would cost more than what it does.
    put(list, records) {
      const batch = waiting.get(list);
      if (batch) {
        batch.records.push(...records);
        return batch.sent;
      }
      const all = [...records];
      const sent = new Promise((resolve) => setImmediate(resolve)).then(() => {
        waiting.delete(list);
        return putAll(list, all);
      });
      waiting.set(list, { records: all, sent });
      return sent;
    },

    async remove(list, id, version) {
      await redis.rankRemove(orderKey(list), membersKey(list), id, version);
    },

    async forget(list, id) {
      await redis.rankForget(orderKey(list), membersKey(list), id);
    },

    size: (list) => redis.zcard(orderKey(list)),
    rank: (list, id) => redis.rankOf(orderKey(list), membersKey(list), id),

    async range(list, from, count) {
      if (count < 1) return [];
      return read(await redis.zrange(orderKey(list), from, from + count - 1, "WITHSCORES"));
    },

    async after(list, { key, at, id }, count) {
      const [from, items] = await redis.rankAfter(orderKey(list), key, `${timeText(at)}:${id}`, count - 1);
      return { from, items: read(items) };
    },

    async drop(list) {
      // UNLINK: to free a million members would keep everybody else waiting.
      await redis.unlink(loadedKey(list), orderKey(list), membersKey(list));
    },
  };
}

// In braces: the keys of one list lie together wherever Redis is a cluster.
const orderKey = (list: ListName) => `rank:{${list}}:order`;
const membersKey = (list: ListName) => `rank:{${list}}:members`;
const loadedKey = (list: ListName) => `rank:{${list}}:loaded`;

function timeText(at: number): string {
  return at.toString(36).padStart(TIME_DIGITS, "0");
}

function written({ id, version, key, at }: Placed): (string | number)[] {
  return [id, version, key, timeText(at)];
}

function read(flat: readonly string[]): Ranked[] {
  const items: Ranked[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const member = flat[i]!;
    const id = member.slice(TIME_DIGITS + 1);
    items.push({ id, key: Number(flat[i + 1]), at: Number.parseInt(member.slice(0, TIME_DIGITS), 36) });
  }
  return items;
}
