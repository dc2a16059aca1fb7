import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, createConnection, Schema } from "mongoose";
import { z } from "zod";
import { startEmbedded } from "../../src/embedded/embedded.ts";
import { connectMongo } from "../../src/infra/mongo.ts";
import { FlushGrid } from "../../src/journal/flush-grid.ts";
import type { Game } from "../../src/journal/game.ts";
import { journalStore } from "../../src/journal/journal.store.ts";
import { Journal } from "../../src/journal/journal.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { LiveSession } from "../../src/journal/live-session.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { newSeed } from "../../src/lib/rng.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { createLogger } from "../../src/log.ts";
import { formatRatio, median, percentile, type Samples, summary } from "./figures.ts";

export const name = "journal";

const log = createLogger({ level: "silent", pretty: false });
const SHAPES = [
  { rooms: 1, outstanding: 1 },
  { rooms: 64, outstanding: 1 },
  { rooms: 64, outstanding: 8 },
] as const;
const ROUND_MS = 1200;
/** Pairs of journal and reference runs, alternating, so that the machine's drift hits both. */
const PAIRS = 5;
const RATE_PER_SECOND = 1000;
const RATE_MS = 3000;

/** As little game as possible: the journal is measured, not the rules. */
const counter: Game<{ total: number }> = {
  ...{ id: "counter", version: 1, seats: { min: 1, max: 1 }, refusals: {} },
  commands: { add: { data: z.strictObject({ amount: z.int() }), durability: "critical" } },
  init: () => ({ total: 0 }),
  decide: (_, { data }) => [{ type: "added", data: { amount: Number(data.amount) } }],
  evolve(state, { type, data }) {
    if (type === "added") state.total += Number(data.amount);
  },
  view: ({ total }) => ({ total }),
  redact: ({ type, data }) => ({ type, data }),
};

interface Contender {
  /** One action, durable when it resolves. */
  act(room: number): Promise<unknown>;
  stop(): void;
}

/** The product's way: through the one door, with an action id, into the group commit. */
export async function journalActs(connection: Connection, rooms: number): Promise<Contender> {
  const metrics = { appended: () => undefined, flushed: () => undefined };
  const journal = new Journal({ store: journalStore(connection), clock: systemClock, log, metrics });
  const grid = new FlushGrid(systemClock, 150);
  const sessions = await Promise.all(
    Array.from({ length: rooms }, async () => {
      const ledger = Ledger.open({ sessionId: uuid7(Date.now()), game: counter, seed: newSeed() }, Date.now());
      ledger.decide({ kind: "take", role: "player" }, Date.now());
      await journal.append(ledger.seal()!.batch, () => undefined);
      const hooks = { onDurable: () => undefined, onClosed: () => undefined, onFault: () => undefined };
      return new LiveSession(ledger, { journal, clock: systemClock, log, flushMs: 50, grid, tickMs: 250, ...hooks });
    }),
  );
  const command = { type: "add", data: { amount: 1 } };
  return {
    act: (room) => sessions[room]!.commit({ kind: "act", seat: 0, command, actionId: uuid7(Date.now()) }),
    stop: () => sessions.forEach((session) => void session.discard("released")),
  };
}

/** The reference: one insertOne per action, of the same facts, on a connection with the driver's own defaults. */
async function insertActs(connection: Connection, rooms: number): Promise<Contender> {
  const schema = new Schema({ _id: String, entry: Object }, { collection: "reference", versionKey: false });
  const collection = (connection.models.Reference ?? connection.model("Reference", schema)).collection;
  const options = { writeConcern: { w: "majority", j: true } } as const;
  const next = Array.from({ length: rooms }, () => ({ id: uuid7(Date.now()), seq: 0 }));
  return {
    async act(room) {
      const { id } = next[room]!;
      const seq = ++next[room]!.seq;
      const entry = { seq, at: Date.now(), seat: 0, type: "added", data: { amount: 1 }, actionId: uuid7(Date.now()) };
      await collection.insertOne({ _id: `${id}/${String(seq).padStart(12, "0")}` as never, entry }, options);
    },
    stop: () => undefined,
  };
}

/** Closed loop: every room always has `outstanding` actions under way. */
export async function closedLoop({ act, stop }: Contender, rooms: number, outstanding: number): Promise<Samples> {
  const latencies: number[] = [];
  const started = performance.now();
  const worker = async (room: number) => {
    while (performance.now() - started < ROUND_MS) {
      const from = performance.now();
      await act(room);
      latencies.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: rooms * outstanding }, (_, index) => worker(index % rooms)));
  stop();
  return { latencies, seconds: (performance.now() - started) / 1000 };
}

/** Open loop: actions start when they are due, whether or not earlier ones are done; latency counts from then. */
async function openLoop({ act, stop }: Contender, rooms: number): Promise<Samples> {
  const latencies: number[] = [];
  const running: Promise<unknown>[] = [];
  const started = performance.now();
  const total = (RATE_PER_SECOND * RATE_MS) / 1000;
  for (let sent = 0; sent < total; ) {
    const dueBy = ((performance.now() - started) * RATE_PER_SECOND) / 1000;
    for (; sent < Math.min(total, dueBy); sent++) {
      const due = started + (sent * 1000) / RATE_PER_SECOND;
      running.push(act(sent % rooms).then(() => latencies.push(performance.now() - due)));
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  stop();
  return { latencies, seconds: (performance.now() - started) / 1000 };
}

export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "hypogeum-bench-"));
  const database = await startEmbedded({ dir });
  const connection = await connectMongo({ uri: database.uri, dbName: "bench", log });
  const plain = await createConnection(database.uri, { dbName: "bench" }).asPromise();
  const figures: Record<string, unknown> = {};
  try {
    for (const shape of SHAPES)
      figures[`${shape.rooms}x${shape.outstanding}`] = await compare(connection, plain, shape);
    figures.at1000PerSecond = await compareAtRate(connection, plain);
  } finally {
    await plain.close();
    await connection.close();
    await database.close();
    rmSync(dir, { recursive: true });
  }
  return figures;
}

async function compare(connection: Connection, plain: Connection, { rooms, outstanding }: (typeof SHAPES)[number]) {
  const ours: Samples[] = [];
  const reference: Samples[] = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    ours.push(await closedLoop(await journalActs(connection, rooms), rooms, outstanding));
    reference.push(await closedLoop(await insertActs(plain, rooms), rooms, outstanding));
  }
  const ratios = ours.map((samples, pair) => rate(samples) / rate(reference[pair]!));
  const label = `${rooms} rooms x ${outstanding}`;
  process.stdout.write(
    `${label.padEnd(16)} journal   ${summary(ours)}\n${"".padEnd(16)} insertOne ${summary(reference)}\n`,
  );
  process.stdout.write(`${"".padEnd(16)} actions/s ratio ${formatRatio(ratios)}\n`);
  return {
    ratio: median(ratios),
    perSecond: median(ours.map(rate)),
    p95: median(ours.map(({ latencies }) => percentile(latencies, 95))),
  };
}

async function compareAtRate(connection: Connection, plain: Connection) {
  const ours: Samples[] = [];
  const reference: Samples[] = [];
  for (let pair = 0; pair < 3; pair++) {
    ours.push(await openLoop(await journalActs(connection, 64), 64));
    reference.push(await openLoop(await insertActs(plain, 64), 64));
  }
  const p95 = ours.map(({ latencies }) => percentile(latencies, 95));
  const referenceP95 = reference.map(({ latencies }) => percentile(latencies, 95));
  process.stdout.write(
    `1000/s open loop journal   ${summary(ours)}\n${"".padEnd(16)} insertOne ${summary(reference)}\n`,
  );
  return {
    p95: median(p95),
    referenceP95: median(referenceP95),
    ratio: median(p95.map((value, i) => value / referenceP95[i]!)),
  };
}

function rate({ latencies, seconds }: Samples): number {
  return latencies.length / seconds;
}
