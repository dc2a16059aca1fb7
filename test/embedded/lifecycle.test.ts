import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { DataDirectoryInUse, startEmbedded } from "../../src/embedded/embedded.ts";
import { socketDirFor } from "../../src/embedded/socket-path.ts";
import { connect, eventually, open, rejection, removeDirectories, temporaryDirectory } from "./support/database.ts";
import { killDatabaseThread, threadsSpawned } from "./support/threads.ts";

const socketOf = (uri: string) => decodeURIComponent(new URL(uri).host);
const mode = (path: string) => statSync(path).mode & 0o777;

describe("embedded database", () => {
  after(removeDirectories);

  it("keeps its data over a restart, with types, indexes and order", async () => {
    const dir = temporaryDirectory();
    const first = await open({ dir });
    const collection = first.connection.collection("c");
    await collection.createIndex({ k: 1 }, { unique: true });
    await collection.insertMany([
      { _id: "b" as never, k: 2, list: [1] },
      { _id: "a" as never, k: 1 },
    ]);
    await first.close();
    const second = await open({ dir });
    assert.deepEqual(await second.connection.collection("c").find().toArray(), [
      { _id: "b", k: 2, list: [1] },
      { _id: "a", k: 1 },
    ]);
    assert.equal((await rejection(second.connection.collection("c").insertOne({ k: 1 }))).code, 11000);
    await second.close();
  });

  it("keeps nothing in memory mode", async () => {
    const first = await open();
    await first.connection.collection("c").insertOne({ a: 1 });
    await first.close();
    const second = await open();
    assert.equal(await second.connection.collection("c").countDocuments(), 0);
    await second.close();
  });

  describe("exclusive ownership", () => {
    it("refuses a second start in the same process, and the first goes on", async () => {
      const dir = temporaryDirectory();
      const first = await open({ dir });
      await first.connection.collection("c").insertOne({ a: 1 });
      await assert.rejects(startEmbedded({ dir }), DataDirectoryInUse);
      assert.equal(await first.connection.collection("c").countDocuments(), 1);
      assert.ok(existsSync(socketOf(first.database.uri)), "the loser must not remove the winner's socket");
      await first.close();
      const second = await open({ dir });
      assert.equal(await second.connection.collection("c").countDocuments(), 1);
      await second.close();
    });

    it("makes a second process end with code 70, and the first goes on", async () => {
      const dir = temporaryDirectory();
      const first = await open({ dir });
      const child = fork(join(import.meta.dirname, "support/owner.ts"), [dir], { stdio: "ignore" });
      const code = await new Promise((resolve) => child.once("exit", resolve));
      assert.equal(code, 70);
      await first.connection.collection("c").insertOne({ a: 1 });
      await first.close();
    });

    it("takes over from a process that was killed, stale socket and all", async () => {
      const dir = temporaryDirectory();
      const child = fork(join(import.meta.dirname, "support/owner.ts"), [dir], {
        stdio: ["ignore", "ignore", "ignore", "ipc"],
      });
      const uri = await new Promise<string>((resolve) => child.once("message", (message) => resolve(String(message))));
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("exit", resolve));
      assert.ok(existsSync(socketOf(uri)));
      const second = await open({ dir });
      assert.equal(second.database.uri, uri);
      assert.equal(await second.connection.collection("kept").countDocuments(), 1);
      await second.close();
    });
  });

  describe("access", () => {
    it("is for the owner only: directory 0700, data and socket 0600", async function () {
      if (process.platform === "win32") this.skip();
      const dir = join(temporaryDirectory(), "data");
      mkdirSync(dir, { mode: 0o755 });
      const { database, close } = await open({ dir });
      const socket = socketOf(database.uri);
      assert.deepEqual([mode(dir), mode(join(socket, "..")), mode(socket)], [0o700, 0o700, 0o600]);
      for (const file of readdirSync(dir).filter((name) => name.startsWith("data.")))
        assert.equal(mode(join(dir, file)), 0o600);
      await close();
    });

    it("goes through a short socket path, however long the directory's own", async () => {
      const dir = join(temporaryDirectory(), "long".repeat(40), "longer".repeat(20));
      const { database, connection, close } = await open({ dir });
      assert.ok(Buffer.byteLength(socketOf(database.uri)) <= 100);
      await connection.collection("c").insertOne({ a: 1 });
      await close();
      assert.ok(!existsSync(socketOf(database.uri)), "close removes the socket");
    });

    it("uses one socket per directory, whatever the spelling", async () => {
      assert.notEqual(socketDirFor("/a"), socketDirFor("/b"));
      const dir = temporaryDirectory();
      const { database, close } = await open({ dir: join(dir, ".", "x", "..") });
      await close();
      const again = await open({ dir });
      assert.equal(again.database.uri, database.uri);
      await again.close();
    });
  });

  describe("death of the worker", () => {
    it("is reported exactly once, and what was asked then fails", async () => {
      const deaths: Error[] = [];
      const before = threadsSpawned();
      const { database, connection } = await open({ onDeath: (error) => deaths.push(error) });
      assert.equal(threadsSpawned(), before + 1);
      killDatabaseThread();
      await eventually(() => deaths.length > 0);
      await rejection(database.stats());
      await database.close();
      await connection.close(true);
      assert.equal(deaths.length, 1);
      assert.match(deaths[0]!.message, /embedded database/);
    });

    it("is not reported for close, which may be called twice", async () => {
      const deaths: Error[] = [];
      const { database, connection } = await open({ onDeath: (error) => deaths.push(error) });
      await connection.close();
      await Promise.all([database.close(), database.close()]);
      await database.close();
      await rejection(database.sweepExpired());
      assert.deepEqual(deaths, []);
    });
  });

  describe("backup", () => {
    it("copies a consistent state while writers go on, private, and opens as a data directory", async () => {
      const { database, connection, close } = await open({ dir: temporaryDirectory() });
      const collection = connection.collection("c");
      await collection.createIndex({ pair: 1 });
      let stop = false;
      let written = 0;
      const writer = (async () => {
        for (; !stop; written++) await collection.insertMany([{ pair: written }, { pair: written }]);
      })();
      await eventually(() => written > 20);
      const target = temporaryDirectory();
      const file = join(target, "data.sqlite");
      await database.backup(file);
      const atBackup = written;
      await eventually(() => written > atBackup + 5);
      stop = true;
      await writer;
      await close();
      assert.equal(mode(file), 0o600);
      const copy = await open({ dir: target });
      const n = await copy.connection.collection("c").countDocuments();
      assert.ok(n >= 40 && n % 2 === 0, `${n} documents`);
      assert.equal(await copy.connection.collection("c").countDocuments({ pair: 0 }), 2);
      await copy.close();
    });

    it("refuses an existing file and leaves it alone", async () => {
      const { database, close } = await open();
      const file = join(temporaryDirectory(), "copy.sqlite");
      await database.backup(file);
      const { size } = statSync(file);
      assert.match((await rejection(database.backup(file))).message, /exist/i);
      assert.equal(statSync(file).size, size);
      await rejection(database.backup(join(file, "nowhere")));
      const check = new DatabaseSync(file);
      assert.deepEqual({ ...check.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
      check.close();
      await close();
    });
  });

  it("counts what it does", async () => {
    const { database, connection, close } = await open();
    await connection.collection("c").insertMany(Array.from({ length: 500 }, (_, i) => ({ i })));
    const cursor = connection.collection("c").find().batchSize(10);
    await cursor.next();
    const stats = await database.stats();
    assert.ok(stats.commands >= 2 && stats.commits >= 1 && stats.batches >= 2 && stats.fileBytes > 0);
    assert.deepEqual([stats.cursorsOpen, stats.collections, stats.failedCommits], [1, 1, 0]);
    await cursor.close();
    assert.equal((await database.stats()).cursorsOpen, 0);
    await close();
  });

  it("logs a query that scans more than 1,000 documents once per shape, without its values", async () => {
    const logged: Record<string, unknown>[] = [];
    const { database, connection, close } = await open({ log: (_level, _message, fields) => logged.push(fields) });
    const collection = connection.collection("c");
    await collection.insertMany(Array.from({ length: 1500 }, (_, i) => ({ _id: i as never, kind: "x", i })));
    await collection.find({}).toArray();
    await collection.findOne({ _id: 7 as never });
    for (const secret of ["s1", "s2"]) await collection.find({ kind: secret, i: { $gt: 5 } }).toArray();
    await connection.close();
    assert.equal((await database.stats()).slowScans, 2);
    assert.deepEqual(
      logged.map(({ namespace, shape, plan, examined }) => [namespace, shape, plan, examined]),
      [["app.c", "{kind, i: {$gt}}", "COLLSCAN", 1500]],
    );
    await close();
  });

  it("shares one commit among clients that write at the same time", async () => {
    const { database, close } = await open();
    const client = await connect(`${database.uri}app?maxPoolSize=32&minPoolSize=32`);
    const before = await database.stats();
    await Promise.all(Array.from({ length: 640 }, (_, i) => client.collection("c").insertOne({ i })));
    const after = await database.stats();
    assert.ok(after.commits - before.commits < 500, `${after.commits - before.commits} commits for 640 writes`);
    assert.equal(await client.collection("c").countDocuments(), 640);
    await client.close();
    await close();
  });
});
