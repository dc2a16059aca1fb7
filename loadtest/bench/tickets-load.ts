import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection } from "mongoose";
import { createAudit } from "../../src/audit/audit.ts";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { Breaker } from "../../src/infra/breaker.ts";
import { aloneCluster } from "../../src/infra/cluster.ts";
import { connectMongo, disconnectMongo, ensureIndexes } from "../../src/infra/mongo.ts";
import { systemClock as clock } from "../../src/lib/clock.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { createLogger } from "../../src/log.ts";
import { BUNDLED_QUEUES } from "../../src/matchmaking/bundled-queues.rules.ts";
import { TicketIntake } from "../../src/matchmaking/ticket-intake.ts";
import { createMetrics, type Metrics } from "../../src/ops/metrics.ts";
import { createRanking } from "../../src/ranking/ranking.ts";
import { memoryRankingIndex } from "../../src/ranking/ranking-index.memory.ts";
import { openStores } from "../../src/stores.ts";
import { median, percentile, type Samples } from "./figures.ts";
import { LeanClient } from "./lean-client.ts";
import { openLoop } from "./pacer.ts";
import { cpuSeconds, mainThreadSeconds } from "./proc.ts";
import { type BenchServer, startServer } from "./server-process.ts";

const log = createLogger({ level: "silent", pretty: false });
const QUEUES = BUNDLED_QUEUES.map(({ id }) => id);
/**
 * From everybody to the only region there is, in ms: the most that may be said, and ten times as far as any queue's window
 * ever opens. So all of these tickets wait. Tickets that could be matched would be, hundreds of rooms a second, and rooms
 * would be measured. A region that is not served would not do: what is said of it is dropped, and everywhere is near.
 */
const LATENCIES = { local: 5000 };

/** Three rounds of so many tickets, each asked for while so many others are under way: two groups of the intake's. */
const ROUNDS = 3;
const ROUND = 20_000;
const UNDER_WAY = 1000;
const SERVICE_WARM_UP = 5000;

const WARM_UP_SECONDS = 3;
const SECONDS = 10;
const CONNECTIONS = 64;
const SIGN_UPS_AT_ONCE = 32;
/** How long the pools may take to hold what was made. */
const TAKEN_IN_MS = 20_000;

export interface ServiceLoad {
  /** Durable tickets a second: the median of the rounds. */
  readonly perSecond: number;
  readonly rounds: readonly number[];
  /** Of the last round, in ms. */
  readonly p50: number;
  readonly p95: number;
}

export interface HttpLoad {
  readonly asked: number;
  /** Answers a second. */
  readonly achieved: number;
  /** From when a request was due to its answer, in ms. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Requests by the status with which they were refused. */
  readonly failed: Readonly<Record<string, number>>;
  readonly serverCores: number;
  /** Of the server's main thread. */
  readonly loopCores: number;
  readonly clientCores: number;
  /** Tickets in the pools at the end: all that were made. */
  readonly waiting: number;
}

/** Through the service alone: ratings are read and tickets written as in the product, to its own database on disk. */
export async function throughService(): Promise<ServiceLoad> {
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const database = await startEmbedded({ dir });
  const connection = await connectMongo({ uri: database.uri, dbName: "bench", log, isOwn: true });
  const metrics = createMetrics();
  try {
    const intake = await openIntake(connection, metrics);
    await addMany(intake, SERVICE_WARM_UP);
    const rounds: Samples[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await addMany(intake, ROUND));
    const made = await connection.collection("tickets").countDocuments();
    if (made !== SERVICE_WARM_UP + ROUNDS * ROUND) throw new Error(`only ${made} tickets were written`);
    const rates = rounds.map(({ latencies, seconds }) => Math.round(latencies.length / seconds));
    const { latencies } = rounds.at(-1)!;
    return { perSecond: median(rates), rounds: rates, p50: ms(latencies, 50), p95: ms(latencies, 95) };
  } finally {
    metrics.close();
    await disconnectMongo(connection);
    await database.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function openIntake(connection: Connection, metrics: Metrics): Promise<TicketIntake> {
  const stores = openStores(connection, new Breaker(() => undefined));
  await ensureIndexes(connection);
  const ranking = createRanking({
    ...{ stores: stores.ranking, journalStore: stores.journalStore, index: memoryRankingIndex() },
    ...{ placements: stores.matchmaking.placements, lease: aloneCluster(uuid7(clock.now())).lease("ranking") },
    audit: createAudit({ store: stores.audits, clock, log, retentionDays: 1, onDropped: () => undefined }),
    ...{ names: async () => new Map<string, string>(), clock, log, metrics },
  });
  await ranking.pass();
  return new TicketIntake(stores.matchmaking.tickets, ranking);
}

/** Closed loop: as many as `UNDER_WAY` wait for theirs at any time, each a player who is new to the server. */
async function addMany(intake: TicketIntake, count: number): Promise<Samples> {
  const latencies: number[] = [];
  const began = performance.now();
  let next = 0;
  const asker = async () => {
    for (let at = next++; at < count; at = next++) {
      const from = performance.now();
      const now = clock.now();
      const players = [{ accountId: uuid7(now), name: `Guest ${at}` }];
      const rules = BUNDLED_QUEUES[at % BUNDLED_QUEUES.length]!;
      const ticket = { id: uuid7(now), rules, partyId: null, players, latencies: LATENCIES, since: now };
      if ((await intake.add(ticket)) === null) throw new Error("a new player has a ticket already");
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: UNDER_WAY }, asker));
  return { latencies, seconds: (performance.now() - began) / 1000 };
}

/**
 * Over HTTP, from a process of its own, at `rate` requests a second.
 *
 * @param keyed every request has an Idempotency-Key, which is two more durable writes; the product's own page sends none,
 *   because a player cannot have a second ticket in a queue anyway
 */
export async function overHttp(rate: number, keyed: boolean): Promise<HttpLoad> {
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const server = await startServer(dir);
  const client = new LeanClient(server.port, CONNECTIONS);
  try {
    const total = Math.round(rate * WARM_UP_SECONDS) + Math.round(rate * SECONDS);
    const crowd = new Crowd(client, await signUp(client, Math.ceil(total / QUEUES.length)), keyed);
    await crowd.ask(rate, WARM_UP_SECONDS);
    return await measure(crowd, server, rate);
  } finally {
    client.close();
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(crowd: Crowd, { pid }: BenchServer, rate: number): Promise<HttpLoad> {
  const used = () => [cpuSeconds(pid), mainThreadSeconds(pid), cpuSeconds(process.pid)];
  const before = used();
  const { latencies, seconds, failed } = await crowd.ask(rate, SECONDS);
  const [serverCores, loopCores, clientCores] = used().map((now, at) => round((now - before[at]!) / seconds));
  return {
    ...{ asked: rate, achieved: round(latencies.length / seconds) },
    ...{ p50: ms(latencies, 50), p95: ms(latencies, 95), p99: ms(latencies, 99), failed },
    ...{ serverCores: serverCores!, loopCores: loopCores!, clientCores: clientCores! },
    waiting: await crowd.waiting(),
  };
}

/** Guests, by their headers. */
async function signUp(client: LeanClient, count: number): Promise<string[]> {
  const guests: string[] = [];
  let next = 0;
  const asker = async () => {
    for (let at = next++; at < count; at = next++) {
      const body = JSON.stringify({ deviceId: `bench-${at}` });
      const { status, text } = await client.request("POST", "/v1/auth/guest", ["Content-Type: application/json"], body);
      if (status !== 201) throw new Error(`no guest: ${status} ${text}`);
      guests.push(`Authorization: Bearer ${(JSON.parse(text) as { accessToken: string }).accessToken}`);
    }
  };
  await Promise.all(Array.from({ length: SIGN_UPS_AT_ONCE }, asker));
  return guests;
}

/** Players who ask every queue for one match each. */
class Crowd {
  readonly #client: LeanClient;
  readonly #guests: readonly string[];
  readonly #keyed: boolean;
  #asked = 0;
  #made = 0;

  constructor(client: LeanClient, guests: readonly string[], keyed: boolean) {
    this.#client = client;
    this.#guests = guests;
    this.#keyed = keyed;
  }

  async ask(rate: number, seconds: number): Promise<Samples & { readonly failed: Record<string, number> }> {
    const latencies: number[] = [];
    const failed: Record<string, number> = {};
    const took = await openLoop(rate, seconds, async (due) => {
      const status = await this.#askNext();
      latencies.push(performance.now() - due);
      if (status === 201) this.#made += 1;
      else failed[status] = (failed[status] ?? 0) + 1;
    });
    return { latencies, failed, seconds: took };
  }

  /** How many tickets the pools hold, once these are all that were made. @throws when they never do */
  async waiting(): Promise<number> {
    const until = performance.now() + TAKEN_IN_MS;
    for (;;) {
      const { text } = await this.#client.request("GET", "/v1/matchmaking/queues", [this.#guests[0]!]);
      const { items } = JSON.parse(text) as { items: { tickets: number }[] };
      const waiting = items.reduce((sum, { tickets }) => sum + tickets, 0);
      if (waiting === this.#made) return waiting;
      if (performance.now() > until) throw new Error(`${waiting} of ${this.#made} tickets wait`);
      await new Promise((done) => setTimeout(done, 250));
    }
  }

  /** All guests in turn, each for a queue that it has not asked yet. */
  async #askNext(): Promise<number> {
    const turn = this.#asked++;
    const guest = turn % this.#guests.length;
    const queue = QUEUES[(guest + Math.floor(turn / this.#guests.length)) % QUEUES.length];
    const headers = [this.#guests[guest]!, "Content-Type: application/json"];
    if (this.#keyed) headers.push(`Idempotency-Key: ticket-${turn}`);
    const body = JSON.stringify({ queue, latencies: LATENCIES });
    return (await this.#client.request("POST", "/v1/matchmaking/tickets", headers, body)).status;
  }
}

function ms(latencies: readonly number[], percent: number): number {
  return round(percentile(latencies, percent));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
