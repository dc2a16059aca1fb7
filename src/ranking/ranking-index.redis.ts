import type { Redis } from "ioredis";
import type { RedisLink } from "../infra/redis.ts";
import type { ListName, Placed, Ranked, RankingIndex } from "./ranking-index.ts";

/** A time in base 36 has this many digits for three thousand years: as text it sorts as the number does. */
const TIME_DIGITS = 9;
/** Stands for the time of somebody who has no place. */
const REMOVED = "-".repeat(TIME_DIGITS);
/** Records in one call of a script: Redis does nothing else meanwhile. */
const TOGETHER_MAX = 64;

interface Scripts {
  rankPut(...keysAndArguments: (string | number)[]): Promise<number>;
  rankRemove(order: string, members: string, id: string, version: number): Promise<number>;
  rankForget(order: string, members: string, id: string): Promise<number>;
  rankOf(order: string, members: string, ...ids: string[]): Promise<(number | null)[]>;
  rankAfter(order: string, key: number, member: string, last: number): Promise<[number, string[]]>;
}

/**
 * KEYS the sorted set, the hash. ARGV id, version, key, time; and so on, each id once. The set holds `<time>:<id>` by key:
 * Redis puts members of equal scores in the order of their text. The hash holds `<time><version>` of each id: to find its
 * member, and to refuse what is older. Each command once for all: to call one costs more than what it does.
 */
const PUT = `
local ids = {}
for i = 1, #ARGV, 4 do ids[#ids + 1] = ARGV[i] end
local known = redis.call('HMGET', KEYS[2], unpack(ids))
local stale, order, members = {}, {}, {}
for n, id in ipairs(ids) do
  local version, key, time = ARGV[4 * n - 2], ARGV[4 * n - 1], ARGV[4 * n]
  local before = known[n]
  if not before or tonumber(version) > tonumber(before:sub(${TIME_DIGITS + 1})) then
    local since = before and before:sub(1, ${TIME_DIGITS})
    if since and since ~= '${REMOVED}' and since ~= time then stale[#stale + 1] = since .. ':' .. id end
    order[#order + 1] = key
    order[#order + 1] = time .. ':' .. id
    members[#members + 1] = id
    members[#members + 1] = time .. version
  end
end
if #stale > 0 then redis.call('ZREM', KEYS[1], unpack(stale)) end
if #order == 0 then return 0 end
redis.call('ZADD', KEYS[1], unpack(order))
redis.call('HSET', KEYS[2], unpack(members))
return #members / 2
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

/** KEYS the sorted set, the hash. ARGV ids. */
const RANK = `
local ranks = {}
for i, id in ipairs(ARGV) do
  local known = redis.call('HGET', KEYS[2], id)
  ranks[i] = known and redis.call('ZRANK', KEYS[1], known:sub(1, ${TIME_DIGITS}) .. ':' .. id)
end
return ranks
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
  const putTogether = perTurn<Placed, undefined>(async (list, records) => {
    await redis.rankPut(orderKey(list), membersKey(list), ...newest(records).flatMap(written));
    return [];
  });
  const rankTogether = perTurn((list, ids: readonly string[]) => {
    return redis.rankOf(orderKey(list), membersKey(list), ...ids);
  });

  return {
    isShared: true,

    async loadedTo(list) {
      const to = await redis.get(loadedKey(list));
      return to === null ? null : Number(to);
    },

    async loaded(list, to) {
      await redis.set(loadedKey(list), to);
    },

    async put(list, records) {
      await putTogether(list, records);
    },

    async remove(list, id, version) {
      await redis.rankRemove(orderKey(list), membersKey(list), id, version);
    },

    async forget(list, id) {
      await redis.rankForget(orderKey(list), membersKey(list), id);
    },

    size: (list) => redis.zcard(orderKey(list)),

    async rank(list, id) {
      const [rank = null] = await rankTogether(list, [id]);
      return rank;
    },

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

interface Batch<Item, Answer> {
  readonly items: Item[];
  readonly answers: Promise<readonly Answer[]>;
}

/**
 * Sends what comes in one turn of the event loop together, some at a time: a call for each would cost more than what it
 * does, and with all in one call Redis and this process would wait for each other in turns.
 *
 * @param send answers in the order of the items, or not at all
 */
function perTurn<Item, Answer>(send: (list: ListName, items: readonly Item[]) => Promise<readonly Answer[]>) {
  const open = new Map<ListName, Batch<Item, Answer>>();

  function begin(list: ListName): Batch<Item, Answer> {
    const items: Item[] = [];
    const answers = new Promise((resolve) => setImmediate(resolve)).then(() => {
      if (open.get(list) === batch) open.delete(list);
      return send(list, items);
    });
    const batch = { items, answers };
    open.set(list, batch);
    return batch;
  }

  async function add(list: ListName, items: readonly Item[]): Promise<readonly Answer[]> {
    const known = open.get(list);
    const batch = known && known.items.length + items.length <= TOGETHER_MAX ? known : begin(list);
    const from = batch.items.length;
    batch.items.push(...items);
    return (await batch.answers).slice(from, from + items.length);
  }

  return async (list: ListName, items: readonly Item[]): Promise<readonly Answer[]> => {
    if (items.length === 0) return [];
    if (items.length <= TOGETHER_MAX) return add(list, items);
    const parts: Promise<readonly Answer[]>[] = [];
    for (let from = 0; from < items.length; from += TOGETHER_MAX)
      parts.push(add(list, items.slice(from, from + TOGETHER_MAX)));
    return (await Promise.all(parts)).flat();
  };
}

// In braces: the keys of one list lie together wherever Redis is a cluster.
const orderKey = (list: ListName) => `rank:{${list}}:order`;
const membersKey = (list: ListName) => `rank:{${list}}:members`;
const loadedKey = (list: ListName) => `rank:{${list}}:loaded`;

function timeText(at: number): string {
  return at.toString(36).padStart(TIME_DIGITS, "0");
}

function newest(records: readonly Placed[]): Placed[] {
  const byId = new Map<string, Placed>();
  for (const record of records) {
    const other = byId.get(record.id);
    if (!other || other.version < record.version) byId.set(record.id, record);
  }
  return [...byId.values()];
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
