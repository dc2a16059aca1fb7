import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mongoose, { Schema } from "mongoose";
import { startEmbedded } from "../../src/embedded/embedded.ts";

export const name = "embedded";

/** Documents before the read measurements; about 450 bytes each, with four secondary indexes. */
const SEEDED = 30_000;
const LANES = 32;

/** Operations a second of the prototype this database grew from: 100,000 documents, synchronous FULL, 2 cores. */
const PROTOTYPE: Record<string, number> = {
  insertMany1000: 27_374,
  createSequential: 1_463,
  create32: 5_615,
  findByIdLean: 3_690,
  findOneUnique32: 10_085,
  findOneAndUpdateCas: 1_459,
};

const playerSchema = new Schema({
  email: { type: String, unique: true },
  team: { type: Number },
  score: { type: Number, index: true },
  seenAt: { type: Date, index: true },
  version: Number,
  about: String,
});
playerSchema.index({ team: 1, score: -1 });

function player(i: number) {
  return {
    email: `player${i}@example.org`,
    team: i % 100,
    score: (i * 7919) % 100_003,
    seenAt: new Date(i * 1000),
    version: 0,
    about: "a".repeat(300),
  };
}

/** One journal batch as the game server writes it. */
function batch(i: number) {
  const seq = String(i).padStart(12, "0");
  const body = `[[${seq},1700000000000,1,"move",{"x":1,"y":2}]]`.padEnd(220, " ");
  return {
    _id: `session${i % 50}/${seq}`,
    s: `session${i % 50}`,
    n: 1,
    fence: 1,
    prev: "p".repeat(43),
    hash: "h".repeat(43),
    rules: { game: "arena", version: 1 },
    body,
  };
}

async function rate(operations: number, run: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await run();
  return Math.round((operations / (performance.now() - start)) * 1000);
}

async function inLanes(total: number, run: (i: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (next < total) await run(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

async function inOrder(total: number, run: (i: number) => Promise<unknown>): Promise<void> {
  for (let i = 0; i < total; i++) await run(i);
}

/** Measures the embedded database through mongoose, on disk with synchronous FULL. Rates are operations a second. */
export async function run(): Promise<Record<string, unknown>> {
  const dir = mkdtempSync(join(tmpdir(), "embedded-bench-"));
  const started = performance.now();
  const database = await startEmbedded({ dir });
  const coldStartMs = Math.round(performance.now() - started);
  const connection = await mongoose.createConnection(`${database.uri}bench`).asPromise();
  try {
    const results = await measure(connection);
    printTable(results);
    const { fileBytes, commits, commands } = await database.stats();
    return { name, seeded: SEEDED, synchronous: "FULL", coldStartMs, ...results, commands, commits, fileBytes };
  } finally {
    await connection.close();
    await database.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(connection: mongoose.Connection): Promise<Record<string, number>> {
  const Player = connection.model("Player", playerSchema);
  const journal = connection.collection<{ _id: string }>("journal");
  await Player.init();
  const durable = { ordered: false, writeConcern: { w: "majority", journal: true } } as const;
  let n = SEEDED;
  const results: Record<string, number> = {};
  results.insertMany1000 = await rate(SEEDED, () =>
    inOrder(SEEDED / 1000, (i) => Player.insertMany(Array.from({ length: 1000 }, (_, k) => player(i * 1000 + k)))),
  );
  results.createSequential = await rate(1500, () => inOrder(1500, () => Player.create(player(n++))));
  results.create32 = await rate(6000, () => inLanes(6000, () => Player.create(player(n++))));
  const ids = (await Player.find().limit(2000).select("_id").lean()).map((doc) => doc._id);
  results.findByIdLean = await rate(6000, () => inOrder(6000, (i) => Player.findById(ids[i % ids.length]).lean()));
  results.findOneUnique32 = await rate(15_000, () =>
    inLanes(15_000, (i) => Player.findOne({ email: `player${(i * 7) % SEEDED}@example.org` }).lean()),
  );
  results.findOneAndUpdateCas = await rate(2000, () =>
    inOrder(2000, (i) =>
      Player.findOneAndUpdate(
        { _id: ids[i], version: 0 },
        { $inc: { version: 1 } },
        { returnDocument: "after" },
      ).lean(),
    ),
  );
  results.journal64Documents = await rate(64 * 200, () =>
    inOrder(200, (i) =>
      journal.insertMany(
        Array.from({ length: 64 }, (_, k) => batch(i * 64 + k)),
        durable,
      ),
    ),
  );
  return results;
}

function printTable(results: Record<string, number>): void {
  const rows = Object.entries(results).map(([operation, perSecond]) => {
    const before = PROTOTYPE[operation];
    const ratio = before ? `${(perSecond / before).toFixed(2)}x` : "";
    return `${operation.padEnd(22)}${String(perSecond).padStart(10)}/s${(before ? `${before}/s` : "-").padStart(12)}${ratio.padStart(8)}`;
  });
  process.stdout.write(
    `${["operation".padEnd(22) + "measured".padStart(12) + "prototype".padStart(12) + "ratio".padStart(8), ...rows].join("\n")}\n`,
  );
}
