import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { dice } from "../src/dice/dice.rules.ts";
import type { Batch } from "../src/journal/batch.ts";
import { openDatabase } from "./support/database.ts";
import { act, done, openLedger, SEED } from "./support/journal.ts";

const CLI = resolve(fileURLToPath(import.meta.url), "../../src/cli.ts");

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

describe("operator CLI", () => {
  let dir: string;
  let intact: string;
  let altered: string;

  before(async () => {
    dir = mkdtempSync(join(tmpdir(), "hypogeum-cli-"));
    const database = await openDatabase(join(dir, "data"));
    intact = await playedSession(database);
    altered = await playedSession(database);
    const batches = database.connection.collection<Batch>("journal");
    const [, second] = await database.journalStore.after(altered, 0);
    await batches.updateOne({ _id: second!._id }, { $set: { body: second!.body.replace('"count":1', '"count":2') } });
    await database.close();
  });
  after(() => rmSync(dir, { recursive: true, force: true }));

  function run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    const path = `${dirname(process.execPath)}:${process.env.PATH}`;
    const options = { env: { PATH: path, DATA_DIR: join(dir, "data"), ...env } };
    return new Promise((settled) => {
      const child = execFile(CLI, args, options, (_, out, err) => settled({ code: child.exitCode!, out, err }));
      child.stdin!.end();
    });
  }

  it("[L11] verify: 0 and the figures of an intact session, its dice recomputed from the revealed seed", async () => {
    const { code, out, err } = await run(["verify", intact]);
    assert.deepEqual([code, err], [0, ""]);
    assert.match(out, /is intact: \d+ entries in 3 batches, ended; .*commitment.*draws checked; head [0-9a-f]{64}\n$/);
  });

  it("[L11] verify: 1 and the first altered entry of a broken one, in one line", async () => {
    const { code, out, err } = await run(["verify", altered]);
    assert.deepEqual([code, out], [1, ""]);
    assert.match(err, /^hypogeum: session \S+ is broken at entry 6: [^\n]+\n$/);
  });

  it("verify: 1 for a session that is not there", async () => {
    const { code, err } = await run(["verify", "nobody"]);
    assert.deepEqual([code, err], [1, "hypogeum: there is no session nobody\n"]);
  });

  it("2 and the usage for what it does not understand; 78 for a bad setting, without its value", async () => {
    for (const args of [[], ["verify"], ["verify", "a", "b"], ["explode", "a"], ["--nonsense"]]) {
      const { code, err } = await run(args);
      assert.deepEqual([code, err.includes("usage: hypogeum")], [2, true], args.join(" "));
    }
    const bad = await run(["verify", intact], { PORT: "seventy" });
    assert.deepEqual(
      [bad.code, bad.err.startsWith("hypogeum: PORT must"), bad.err.includes("seventy")],
      [78, true, false],
    );
    assert.equal((await run(["--help"])).code, 0);
  });

  it("2 for a directory without a database, which it does not create", async () => {
    const { code, err } = await run(["verify", intact], { DATA_DIR: join(dir, "mistyped") });
    assert.equal(code, 2);
    assert.match(err, /no database in .*mistyped/);
    assert.equal((await run(["verify", intact], { DATA_DIR: join(dir, "mistyped") })).code, 2);
  });

  it("70 while a server has the data directory", async () => {
    const database = await openDatabase(join(dir, "data"));
    try {
      const { code, err } = await run(["verify", intact]);
      assert.deepEqual(
        [code, /^hypogeum: .* in use by another process; stop the server first\n$/.test(err)],
        [70, true],
      );
    } finally {
      await database.close();
    }
  });

  it("admin create: an administrator with a made password that is printed once, and no second of that name", async () => {
    const { code, out } = await run(["admin", "create", "boss"]);
    assert.equal(code, 0);
    assert.match(out, /^boss is an administrator; the password is \S{24}\n$/);
    const again = await run(["admin", "create", "BOSS"]);
    assert.deepEqual([again.code, again.err], [1, "hypogeum: Another account has this user name.\n"]);
    assert.equal((await run(["admin", "create", "x"])).code, 2);
  });

  it("backup: a copy that verifies as well, and never over a file that is there", async () => {
    const copy = join(dir, "copy");
    const file = join(copy, "data.sqlite");
    mkdirSync(copy);
    assert.equal((await run(["backup", file])).code, 0);
    assert.equal((await run(["verify", intact], { DATA_DIR: copy })).code, 0);
    assert.equal((await run(["backup", file])).code, 2);
    const mongodb = { MONGODB_URI: "mongodb://localhost", JWT_SECRET: "x".repeat(32) };
    assert.equal((await run(["backup", join(dir, "other")], mongodb)).code, 2);
  });
});

/** A session of dice, played to its end in three batches. */
async function playedSession({
  journalStore,
  store,
  snapshots,
}: Awaited<ReturnType<typeof openDatabase>>): Promise<string> {
  const table = openLedger(dice, 2, Date.now());
  const at = () => table.wakeAt!;
  done(act(table, 0, "roll", {}, table.core.openedAt));
  const opening = table.seal()!.batch;
  done(act(table, 0, "bid", { count: 1, face: 1 }, table.core.openedAt));
  const bidding = table.seal()!.batch;
  const snapshot = table.snapshot(0);
  while (table.core.status !== "ended") done(table.decide({ kind: "timer" }, at()));
  for (const batch of [opening, bidding, table.seal()!.batch]) await journalStore.append([batch]);
  await snapshots.save(snapshot);
  await store.insert({
    ...{ _id: opening.s, type: "dice", gameId: "dice", mode: "default", region: "local", private: false, hostId: null },
    ...{ campaignId: null, unranked: false, metadata: {}, maxPlayers: null, pausedAt: null },
    ...{
      seed: SEED,
      members: [],
      status: "ended",
      seq: table.seq,
      version: 1,
      epoch: 1,
      owner: null,
      wakeAt: null,
      connected: 0,
    },
    ...{
      createdAt: new Date(),
      lastUpdated: new Date(),
      startedAt: null,
      endedAt: null,
      quarantined: null,
      result: null,
    },
  });
  return opening.s;
}
