import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Redis } from "ioredis";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { connectMongo, ensureIndexes } from "../../src/infra/mongo.ts";
import { RedisLink } from "../../src/infra/redis.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { createLogger } from "../../src/log.ts";
import { Boards } from "../../src/ranking/boards.ts";
import { OrderedRecords } from "../../src/ranking/ordered-records.ts";
import { rankingStores } from "../../src/ranking/ranking.store.ts";
import { memoryRankingIndex } from "../../src/ranking/ranking-index.memory.ts";
import { redisRankingIndex } from "../../src/ranking/ranking-index.redis.ts";
import type { Placed, RankingIndex } from "../../src/ranking/ranking-index.ts";
import type { Board, RankingRules } from "../../src/ranking/ranking-types.rules.ts";
import { Records } from "../../src/ranking/records.ts";
import { Seasons, scopesOf } from "../../src/ranking/seasons.ts";
import { percentile } from "./figures.ts";

export const name = "leaderboard";

const RECORDS = Number(process.env.RECORDS ?? 1_000_000);
const MIXED = Math.min(RECORDS, 400_000);
const REDIS_OPERATIONS = Math.min(RECORDS, 200_000);
const IN_FLIGHT = 256;
const SUBMITS = 15_000;
const SUBMITTERS = 64;
/** The load beside which ranks are asked for: half of what is promised. */
const PACED_PER_S = 750;
const PACED_S = 10;
const SCORES = 1_000_000;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const log = createLogger({ level: "silent", pretty: false });
const clock = { now: () => Date.now(), monotonic: () => performance.now() };

/** Boards of a million records: the index in memory, the one in Redis beside raw Redis, and submissions until they are durable. */
export async function run(): Promise<Record<string, unknown>> {
  const memory = inMemory();
  const redis = await inRedis();
  const durable = await untilDurable();
  return { records: RECORDS, memory, redis, durable };
}

function inMemory(): Record<string, number> {
  const before = held();
  // The ids count, for the list keeps them; the array that holds them here does not.
  const ids = Array.from({ length: RECORDS }, newId);
  const list = new OrderedRecords();
  const began = performance.now();
  for (let n = 0; n < RECORDS; n++) list.put(recordOf(n, ids[n]!));
  const loadPerS = perSecond(RECORDS, began);
  const bytes = (held() - before - ids.length * 8) / RECORDS;
  const mixedBegan = performance.now();
  for (let n = 0; n < MIXED; n++) {
    const id = ids[random(RECORDS)]!;
    if (n % 2 === 0) list.put({ id, key: -random(SCORES), at: n, version: n + 2 });
    else if (n % 4 === 1) list.rank(id);
    else list.range(Math.max(0, list.rank(id)! - 5), 11);
  }
  const mixedPerS = perSecond(MIXED, mixedBegan);
  say(
    `in memory: loaded ${loadPerS}/s; half submits, a quarter ranks, a quarter around-me ${mixedPerS}/s; ${Math.round(bytes)} B a record`,
  );
  return { loadPerS, mixedPerS, bytesPerRecord: Math.round(bytes) };
}

async function inRedis(): Promise<Record<string, unknown> | null> {
  const port = await freePort();
  const server = spawn("redis-server", ["--port", String(port), "--save", ""], { stdio: "ignore" });
  const isThere = await Promise.race([once(server, "spawn").then(() => true), once(server, "error").then(() => false)]);
  if (!isThere) return null;
  try {
    const url = `redis://127.0.0.1:${port}`;
    const raw = await connected(url);
    const link = await RedisLink.open({ url, name: "bench", log });
    const index = redisRankingIndex(link);
    const ids = Array.from({ length: RECORDS }, newId);
    await fill(raw, index, ids);
    const figures = await besideRaw(raw, index, ids);
    link.close();
    raw.disconnect();
    return figures;
  } finally {
    server.kill("SIGKILL");
    await once(server, "exit");
  }
}

async function fill(raw: Redis, index: RankingIndex, ids: readonly string[]): Promise<void> {
  for (let from = 0; from < ids.length; from += 1000) {
    const records = ids.slice(from, from + 1000).map((id, at) => recordOf(from + at, id));
    await raw.zadd("raw", ...records.flatMap(({ key, id }) => [String(key), id]));
    await index.put("ours", records);
  }
}

/** Turn by turn in the same minute, for what else the machine does changes from one to the next. */
async function besideRaw(raw: Redis, index: RankingIndex, ids: readonly string[]): Promise<Record<string, unknown>> {
  let version = 2;
  const any = () => ids[random(ids.length)]!;
  const put = () => index.put("ours", [{ id: any(), key: -random(SCORES), at: Date.now(), version: ++version }]);
  const rawSubmits: number[] = [];
  const submits: number[] = [];
  const rawRanks: number[] = [];
  const ranks: number[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const count = Math.floor(REDIS_OPERATIONS / 3);
    rawSubmits.push(await rate(count, () => raw.zadd("raw", -random(SCORES), any())));
    submits.push(await rate(count, put));
    rawRanks.push(await rate(count, () => raw.zrank("raw", any())));
    ranks.push(await rate(count, () => index.rank("ours", any())));
  }
  const at = (values: readonly number[]) => percentile(values, 50);
  const ratios = { submit: at(submits) / at(rawSubmits), rank: at(ranks) / at(rawRanks) };
  say(
    `Redis: submit ${at(submits)}/s (raw ZADD ${at(rawSubmits)}/s, ${ratios.submit.toFixed(2)}x); ` +
      `rank ${at(ranks)}/s (raw ZRANK ${at(rawRanks)}/s, ${ratios.rank.toFixed(2)}x)`,
  );
  const rounded = { submit: Number(ratios.submit.toFixed(2)), rank: Number(ratios.rank.toFixed(2)) };
  return {
    submitPerS: at(submits),
    rawZaddPerS: at(rawSubmits),
    rankPerS: at(ranks),
    rawZrankPerS: at(rawRanks),
    ratios: rounded,
  };
}

/** Through the service and the embedded database, on disk as a server has it. */
async function untilDurable(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "bench-leaderboard-"));
  const embedded = await startEmbedded({ dir });
  const connection = await connectMongo({ uri: embedded.uri, dbName: "bench", log });
  try {
    const board: Board = {
      ...{ id: "laps", title: "Laps", gameId: null, sort: "desc", operator: "best" },
      feed: { from: "service", schedule: null },
    };
    const rules: RankingRules = { ladders: [], boards: [board] };
    const stores = rankingStores(connection, (store) => store);
    await ensureIndexes(connection);
    const index = memoryRankingIndex();
    const seasons = new Seasons({ store: stores.seasons, clock, scopes: scopesOf(rules) });
    await seasons.begin();
    const records = new Records({ store: stores.records, index, clock, onMissed: () => undefined });
    const names = async () => new Map<string, string>();
    const boards = new Boards({
      ...{ rules, records, store: stores.records, matches: stores.matches },
      index,
      seasons,
      clock,
      names,
    });
    await index.put(
      "laps|1",
      Array.from({ length: RECORDS }, (_, n) => recordOf(n, `filler-${n}`)),
    );
    await index.loaded("laps|1", 0);
    const players = Array.from({ length: 20_000 }, newId);
    const submit = () => boards.submit("laps", players[random(players.length)]!, random(SCORES), uuid7(Date.now()));
    const submitPerS = await rate(SUBMITS, submit, SUBMITTERS);
    const rankMs = await ranksUnderLoad(boards, players, submit);
    say(`durable submits ${submitPerS}/s; at ${PACED_PER_S}/s around-me p99 ${rankMs.p99} ms`);
    return { submitPerS, rankAt: PACED_PER_S, rankMs };
  } finally {
    await connection.close();
    await embedded.close();
    rmSync(dir, { recursive: true });
  }
}

async function ranksUnderLoad(boards: Boards, players: readonly string[], submit: () => Promise<unknown>) {
  const latencies: number[] = [];
  const underway = new Set<Promise<unknown>>();
  const start = performance.now();
  const track = (work: Promise<unknown>) => {
    underway.add(work);
    void work.finally(() => underway.delete(work));
  };
  const ask = async () => {
    const began = performance.now();
    await boards.page("laps", { limit: 11, around: players[random(players.length)]! });
    latencies.push(performance.now() - began);
  };
  for (let sent = 0; sent < PACED_PER_S * PACED_S; ) {
    const due = Math.floor(((performance.now() - start) / 1000) * PACED_PER_S);
    for (; sent < Math.min(due, PACED_PER_S * PACED_S); sent++) {
      track(submit());
      track(ask());
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underway);
  const at = (percent: number) => Number(percentile(latencies, percent).toFixed(2));
  return { p50: at(50), p99: at(99) };
}

function recordOf(n: number, id: string): Placed {
  return { id, key: -random(SCORES), at: 1_767_225_600_000 + n, version: 1 };
}

/** As an id comes from the database: one piece, where the maker of ids leaves a chain of its parts. */
function newId(): string {
  return Buffer.from(uuid7(Date.now())).toString("latin1");
}

let seed = 12345;
/** The same numbers in every run. */
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
  return seed % below;
}

/** Operations per second with so many under way. */
async function rate(count: number, work: () => Promise<unknown>, inFlight = IN_FLIGHT): Promise<number> {
  const began = performance.now();
  let left = count;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return perSecond(count, began);
}

function perSecond(count: number, began: number): number {
  return Math.round(count / ((performance.now() - began) / 1000));
}

/** Bytes on the heap and outside of it, after the garbage is gone. */
function held(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

async function connected(url: string): Promise<Redis> {
  const redis = new Redis(url, { retryStrategy: () => 50 });
  redis.on("error", () => undefined);
  await new Promise((resolve) => redis.once("ready", resolve));
  return redis;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
