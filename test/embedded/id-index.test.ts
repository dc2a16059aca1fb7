import assert from "node:assert/strict";
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import type { Doc } from "../../src/embedded/bson.ts";
import type { Engine } from "../../src/embedded/engine.ts";
import { open, rejection, removeDirectories, temporaryDirectory } from "./support/database.ts";
import { findAll, openEngine, run, toCommand } from "./support/engine.ts";
import { assertIntegrity } from "./support/integrity.ts";

const BOUND = 1024;

const insert = (...ids: unknown[]): Doc => ({ insert: "c", documents: ids.map((_id) => ({ _id })), ordered: false });
const ids = (docs: Doc[]) => docs.map((doc) => doc._id);
const sequence = (n: number, from = 0) => Array.from({ length: n }, (_, i) => from + i);
const isThere = (engine: Engine, id: unknown) => findAll(engine, "c", { _id: id }).length === 1;
const refusedIndexes = (reply: Doc) => ((reply.writeErrors ?? []) as Doc[]).map((error) => error.index);

/** How many ids the index table lacks. */
function waiting(engine: Engine, table = 1): number {
  const count = (name: string) => Number(engine.store.get(`SELECT count(*) FROM ${name}${table}`)![0]);
  return count("c") - count("i");
}

describe("the _id index", () => {
  let engine: Engine;

  beforeEach(() => {
    engine = openEngine();
  });

  afterEach(() => {
    assertIntegrity(engine.store);
    engine.close();
    removeDirectories();
  });

  /** The data as a crash at this moment would leave them, under a new owner. */
  function crash(file: string): void {
    const copy = join(temporaryDirectory(), "data.sqlite");
    copyFileSync(file, copy);
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, `${copy}-wal`);
    engine.close();
    engine = openEngine({ file: copy });
  }

  function onDisk(): string {
    engine.close();
    const file = join(temporaryDirectory(), "data.sqlite");
    engine = openEngine({ file });
    return file;
  }

  describe("of plain inserts", () => {
    it("lags behind, at most by 1,024 ids, and then takes them all in the transaction that crosses the bound", () => {
      run(engine, insert(...sequence(BOUND - 1)));
      assert.equal(waiting(engine), BOUND - 1);
      run(engine, insert(BOUND));
      assert.equal(waiting(engine), 0);
      run(engine, insert(...sequence(2 * BOUND + 10, 2 * BOUND)));
      assert.equal(waiting(engine), 10);
    });

    it("lags behind by at most 1 MB of keys", () => {
      run(engine, insert("a".repeat(600_000)));
      assert.equal(waiting(engine), 1);
      run(engine, insert("b".repeat(600_000)));
      assert.equal(waiting(engine), 0);
    });

    it("is complete at once when the collection has another index, and lags again without it", () => {
      run(engine, insert(1, 2));
      run(engine, { createIndexes: "c", indexes: [{ key: { k: 1 }, name: "k" }] });
      run(engine, insert(3));
      assert.equal(waiting(engine), 0);
      run(engine, { delete: "c", deletes: [{ q: { _id: 3 }, limit: 1 }] });
      run(engine, insert(7));
      run(engine, { dropIndexes: "c", index: "k" });
      assertIntegrity(engine.store);
      run(engine, insert(4, 5));
      assert.equal(waiting(engine), 2);
      assert.deepEqual(refusedIndexes(run(engine, insert(1, 4, 6, 3))), [0, 1]);
      assert.deepEqual(ids(findAll(engine, "c", {}, { sort: { _id: 1 } })), [1, 2, 3, 4, 5, 6, 7]);
    });
  });

  describe("keeps ids unique", () => {
    it("within one insert, against waiting and against indexed ids, with MongoDB's error", () => {
      run(engine, insert(...sequence(BOUND)));
      run(engine, insert("waiting"));
      const reply = run(engine, insert("new", "waiting", "new", 17, "last"));
      assert.equal(reply.n, 2);
      assert.deepEqual(refusedIndexes(reply), [1, 2, 3]);
      assert.deepEqual((reply.writeErrors as Doc[])[0], {
        index: 1,
        code: 11000,
        errmsg: 'E11000 duplicate key error collection: test.c index: _id_ dup key: { _id: "waiting" }',
        keyPattern: { _id: 1 },
        keyValue: { _id: "waiting" },
      });
      assert.deepEqual((reply.writeErrors as Doc[])[2]?.keyValue, { _id: 17 });
    });

    it("and stops an ordered insert at the first that is there", () => {
      run(engine, insert(2));
      const reply = run(engine, { ...insert(1, 2, 3), ordered: true });
      assert.deepEqual([reply.n, refusedIndexes(reply)], [1, [1]]);
      assert.ok(!isThere(engine, 3));
    });

    it("against upserts, in both directions", () => {
      const upsert = (_id: number, x: number) =>
        run(engine, { update: "c", updates: [{ q: { _id, x }, u: { $set: { y: 1 } }, upsert: true }] });
      run(engine, insert(1));
      assert.equal((upsert(1, 5).writeErrors as Doc[])[0]?.code, 11000);
      assert.equal(upsert(2, 5).n, 1);
      assert.deepEqual(refusedIndexes(run(engine, insert(2, 3))), [0]);
    });

    it("over a restart and over a crash with ids that wait", () => {
      const file = onDisk();
      run(engine, insert(...sequence(BOUND + 5)));
      crash(file);
      assert.equal(waiting(engine), 5);
      assert.deepEqual(refusedIndexes(run(engine, insert(3, BOUND + 4, "new"))), [0, 1]);
      assert.deepEqual(ids(findAll(engine, "c", {}, { sort: { _id: -1 }, limit: 2 })), ["new", BOUND + 4]);
    });

    it("over a crash after the youngest rows were deleted and others took their place", () => {
      const file = onDisk();
      run(engine, insert(1, 2, 3));
      run(engine, { delete: "c", deletes: [{ q: { _id: { $gte: 2 } }, limit: 0 }] });
      run(engine, insert(4));
      crash(file);
      assert.deepEqual(refusedIndexes(run(engine, insert(4, 2))), [0]);
      run(engine, { delete: "c", deletes: [{ q: {}, limit: 0 }] });
      crash(engine.store.file);
      run(engine, insert(1));
      crash(engine.store.file);
      assert.deepEqual(refusedIndexes(run(engine, insert(1))), [0]);
    });
  });

  describe("serves what was just inserted", () => {
    beforeEach(() => {
      run(engine, insert(...sequence(BOUND)));
      run(engine, insert(5000, 3000, 4000));
      assert.equal(waiting(engine), 3);
    });

    it("by point, by several points and by points that repeat, without indexing it", () => {
      assert.deepEqual(ids(findAll(engine, "c", { _id: 3000 })), [3000]);
      assert.deepEqual(ids(findAll(engine, "c", { _id: { $in: [7, 4000, 4000, 9999, 7] } })), [7, 4000]);
      assert.equal(run(engine, { count: "c", query: { _id: { $in: [7, 5000] } } }).n, 2);
      assert.equal(run(engine, { count: "c", query: {} }).n, BOUND + 3);
      assert.equal(findAll(engine, "c", {}).length, BOUND + 3);
      assert.equal(waiting(engine), 3);
    });

    it("by range and in order", () => {
      assert.deepEqual(ids(findAll(engine, "c", { _id: { $gte: BOUND - 1 } })), [BOUND - 1, 3000, 4000, 5000]);
      run(engine, insert(3500));
      assert.deepEqual(ids(findAll(engine, "c", {}, { sort: { _id: -1 }, limit: 3 })), [5000, 4000, 3500]);
      run(engine, insert(3600));
      assert.equal(run(engine, { count: "c", query: { _id: { $gt: 3000 } } }).n, 4);
      run(engine, insert(3700));
      assert.equal(findAll(engine, "c", {}, { hint: "_id_" }).length, BOUND + 6);
    });

    it("to updates, deletes and findAndModify, each of which finds it once", () => {
      const set = (q: Doc, multi = false) =>
        run(engine, { update: "c", updates: [{ q, u: { $inc: { n: 1 } }, multi }] });
      assert.equal(set({ _id: 3000 }).nModified, 1);
      assert.equal(set({ _id: { $gte: 3000 } }, true).nModified, 3);
      assert.deepEqual(findAll(engine, "c", { _id: 3000 }), [{ _id: 3000, n: 2 }]);
      run(engine, insert(6000, 7000));
      assert.equal(run(engine, { delete: "c", deletes: [{ q: { _id: 6000 }, limit: 1 }] }).n, 1);
      run(engine, insert(8000));
      const taken = run(engine, { findAndModify: "c", query: { _id: 8000 }, remove: true }).value as Doc;
      assert.equal(taken._id, 8000);
      assert.deepEqual(refusedIndexes(run(engine, insert(6000, 8000, 7000))), [2]);
    });

    it("to createIndexes, also when that fails", () => {
      const create = (unique: boolean) =>
        run(engine, { createIndexes: "c", indexes: [{ key: { n: 1 }, name: "n", unique }] });
      assert.equal(create(true).code, 11000);
      assert.deepEqual(refusedIndexes(run(engine, insert(3000, 3001))), [0]);
      assert.equal(create(false).ok, 1);
      assert.equal(findAll(engine, "c", { n: null }).length, BOUND + 4);
    });

    it("to rename, and forgets it with drop", () => {
      run(engine, { renameCollection: "test.c", to: "test.d" });
      assert.deepEqual(ids(findAll(engine, "d", { _id: 3000 })), [3000]);
      run(engine, insert(3000));
      run(engine, { renameCollection: "test.d", to: "test.c", dropTarget: true });
      assert.equal(findAll(engine, "c", { _id: { $gte: 3000 } }).length, 3);
      run(engine, { drop: "c" });
      assert.deepEqual(engine.store.all("SELECT name FROM sqlite_master WHERE name GLOB '[cix][0-9]*'"), []);
      assert.equal(run(engine, insert(3000)).n, 1);
      assert.equal(findAll(engine, "c", {}, { sort: { _id: 1 } }).length, 1);
    });
  });

  describe("after a rollback", () => {
    /** From now on every COMMIT that inserted into `c` fails: a constraint that is checked at the end. */
    function poisonCommits(): void {
      engine.store.db.exec(`PRAGMA foreign_keys=ON; CREATE TABLE parents(id INTEGER PRIMARY KEY);
        CREATE TABLE doomed(ref INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED);
        CREATE TRIGGER poison AFTER INSERT ON c1 BEGIN INSERT INTO doomed VALUES(1); END;`);
    }

    /** From now on the command that appends this row fails there, unexpectedly. */
    function refuseRow(rid: number): void {
      engine.store.db.exec(`CREATE TRIGGER refuse BEFORE INSERT ON c1 WHEN new.rid=${rid}
        BEGIN SELECT RAISE(ABORT, 'refused'); END;`);
    }

    it("of a commit that failed, no key is left, also when the ids had been indexed in it", () => {
      run(engine, insert("kept"));
      poisonCommits();
      assert.throws(() => engine.runBatch([toCommand(insert("lost"))]));
      assert.throws(() => engine.runBatch([toCommand(insert(...sequence(BOUND + 3)))]));
      engine.store.db.exec("DROP TRIGGER poison");
      assert.ok(!isThere(engine, "lost") && isThere(engine, "kept"));
      const reply = run(engine, insert("lost", "kept", 5));
      assert.deepEqual([reply.n, refusedIndexes(reply)], [2, [1]]);
    });

    it("of one writer among several, its keys are gone and those of the others stay", () => {
      run(engine, insert(1, 2));
      refuseRow(5);
      const replies = engine.runBatch([
        toCommand(insert("first")),
        toCommand(insert("x", "y")),
        toCommand(insert("last")),
      ]);
      assert.deepEqual(
        replies.map(({ ok }) => ok),
        [1, 0, 1],
      );
      engine.store.db.exec("DROP TRIGGER refuse");
      const reply = run(engine, insert("x", "y", "last", "first", 2));
      assert.deepEqual([reply.n, refusedIndexes(reply)], [2, [2, 3, 4]]);
    });

    it("of a lone writer, ids that a read beside it had indexed wait again", () => {
      run(engine, insert(1, 2));
      refuseRow(3);
      const [range, failed, again] = engine.runBatch([
        toCommand({ find: "c", filter: { _id: { $gt: 0 } } }),
        toCommand(insert("x")),
        toCommand({ count: "c", query: { _id: { $gt: 1 } } }),
      ]);
      assert.deepEqual([range?.ok, failed?.ok, again?.n], [1, 0, 1]);
      engine.store.db.exec("DROP TRIGGER refuse");
      assert.ok(isThere(engine, 1) && !isThere(engine, "x"));
      assert.deepEqual(refusedIndexes(run(engine, insert("x", 1))), [1]);
    });

    it("by SQLite itself while a read was indexing, nobody in the batch is answered", () => {
      run(engine, insert(1));
      engine.store.db.exec("CREATE TRIGGER refuse BEFORE UPDATE ON m_coll BEGIN SELECT RAISE(ROLLBACK, 'full'); END;");
      const range = toCommand({ find: "c", filter: { _id: { $gt: 0 } } });
      assert.throws(() => engine.runBatch([toCommand(insert(2)), range, toCommand(insert(3))]));
      engine.store.db.exec("DROP TRIGGER refuse");
      assert.deepEqual(ids(findAll(engine, "c", { _id: { $gt: 0 } })), [1]);
    });

    it("of a bulk indexing that failed, its ids still wait", () => {
      run(engine, insert(1, 2));
      engine.store.db.exec("CREATE TRIGGER refuse BEFORE UPDATE ON m_coll BEGIN SELECT RAISE(ABORT, 'refused'); END;");
      assert.equal(run(engine, { find: "c", filter: { _id: { $gt: 0 } } }).code, 8);
      assert.equal(waiting(engine), 2);
      assert.ok(!engine.store.inTransaction && isThere(engine, 2));
      engine.store.db.exec("DROP TRIGGER refuse");
      assert.deepEqual(ids(findAll(engine, "c", { _id: { $gt: 0 } })), [1, 2]);
    });
  });

  it("agrees with a list in memory over any mix of writes, reads, crashes and rollbacks", function () {
    this.timeout(30_000);
    const id = fc.integer({ min: 0, max: 30 });
    const some = fc.array(id, { minLength: 1, maxLength: 8 });
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.record({ kind: fc.constant("insert" as const), some }) },
      fc.record({ kind: fc.constantFrom("delete" as const, "points" as const, "undone" as const), some }),
      fc.record({
        kind: fc.constantFrom("sorted" as const, "crash" as const, "index" as const, "unindex" as const),
        some,
      }),
    );
    const create = { createIndexes: "c", indexes: [{ key: { k: 1 }, name: "k" }] };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        onDisk();
        const model = new Set<number>();
        run(engine, { create: "c" });
        for (const { kind, some } of steps) {
          if (kind === "insert") {
            const fresh = new Set(some.filter((value) => !model.has(value)));
            assert.equal(run(engine, insert(...some)).n, fresh.size);
            for (const value of fresh) model.add(value);
          } else if (kind === "delete") {
            run(engine, { delete: "c", deletes: [{ q: { _id: { $in: some } }, limit: 0 }] });
            for (const value of some) model.delete(value);
          } else if (kind === "points") {
            const found = ids(findAll(engine, "c", { _id: { $in: some } })) as number[];
            assert.deepEqual(found.sort(), [...new Set(some)].filter((value) => model.has(value)).sort());
          } else if (kind === "undone") {
            const doomed = { createIndexes: "c", indexes: [{ key: { _id: 1, n: 1 }, name: "k" }, ...create.indexes] };
            engine.runBatch([toCommand(doomed), toCommand({ drop: "none" })]);
          } else if (kind === "crash") crash(engine.store.file);
          else if (kind === "index") run(engine, create);
          else if (kind === "unindex") run(engine, { dropIndexes: "c", index: "*" });
          else
            assert.deepEqual(
              ids(findAll(engine, "c", {}, { sort: { _id: 1 } })),
              [...model].sort((a, b) => a - b),
            );
        }
        assertIntegrity(engine.store);
        assert.deepEqual(
          ids(findAll(engine, "c", { _id: { $gte: 0 } })),
          [...model].sort((a, b) => a - b),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe("ids that wait for the _id index", () => {
  after(removeDirectories);

  it("are indexed by close, and part of a backup", async () => {
    const dir = temporaryDirectory();
    const { database, connection, close } = await open({ dir });
    await connection.collection("c").insertMany(sequence(10).map((i) => ({ _id: i as never })));
    const target = temporaryDirectory();
    await database.backup(join(target, "data.sqlite"));
    await close();
    const file = new DatabaseSync(join(dir, "data.sqlite"));
    assert.deepEqual({ ...file.prepare("SELECT count(*) n FROM i1").get() }, { n: 10 });
    file.close();
    const copy = await open({ dir: target });
    const collection = copy.connection.collection("c");
    assert.equal((await rejection(collection.insertOne({ _id: 3 as never }))).code, 11000);
    assert.equal(await collection.countDocuments({ _id: { $gte: 5 as never } }), 5);
    await copy.close();
  });

  it("are of a file format that an older one is not mistaken for", async () => {
    const dir = temporaryDirectory();
    await (await open({ dir })).close();
    const file = new DatabaseSync(join(dir, "data.sqlite"));
    file.exec("UPDATE m_info SET v='1' WHERE k='format'");
    file.close();
    assert.match((await rejection(open({ dir }))).message, /has format 1; this version reads only format 2/);
  });
});
