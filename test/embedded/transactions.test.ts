import assert from "node:assert/strict";
import { join } from "node:path";
import * as BSON from "bson";
import type { Engine } from "../../src/embedded/engine.ts";
import { WireServer } from "../../src/embedded/wire-server.ts";
import { removeDirectories, temporaryDirectory } from "./support/database.ts";
import { findAll, openEngine, run, toCommand } from "./support/engine.ts";
import { assertIntegrity } from "./support/integrity.ts";
import { bodySection, message, RawClient, sequenceSection } from "./support/raw-client.ts";

const insertFrame = (name: string, doc: object) =>
  message(
    Buffer.concat([bodySection({ insert: name, $db: "test" }), sequenceSection("documents", [BSON.serialize(doc)])]),
  );
const ping = message(bodySection({ ping: 1, $db: "test" }));

describe("group commit", () => {
  let engine: Engine;
  let server: WireServer;
  let uri: string;
  const logged: string[] = [];

  beforeEach(async () => {
    logged.length = 0;
    const path = join(temporaryDirectory(), "s.sock");
    engine = openEngine();
    server = new WireServer(engine, (level, text) => logged.push(`${level} ${text}`));
    await server.listen({ path });
    uri = `mongodb://${encodeURIComponent(path)}/`;
  });

  afterEach(async () => {
    await server.close();
    engine.close();
    removeDirectories();
  });

  /** From now on every COMMIT that stored a document {poison: …} fails: a constraint that is checked at the end. */
  function poisonCommits(): void {
    run(engine, { create: "poisoned" });
    engine.store.db.exec(`PRAGMA foreign_keys=ON; CREATE TABLE parents(id INTEGER PRIMARY KEY);
      CREATE TABLE doomed(ref INTEGER REFERENCES parents(id) DEFERRABLE INITIALLY DEFERRED);
      CREATE TRIGGER poison AFTER INSERT ON c1 BEGIN INSERT INTO doomed VALUES(1); END;`);
  }

  it("answers nobody when the commit fails, undoes everything, and goes on", async () => {
    poisonCommits();
    const [victim, bystander, later] = await Promise.all([
      RawClient.open(uri),
      RawClient.open(uri),
      RawClient.open(uri),
    ]);
    victim.write(insertFrame("poisoned", { _id: 1 }));
    bystander.write(insertFrame("innocent", { _id: 1 }));
    assert.equal(await victim.reply(), null, "the connection ends without a reply");
    // Whether the bystander fell into the same turn or not: an answer means durable, no answer means undone.
    const answer = await bystander.reply();
    assert.equal(findAll(engine, "innocent", {}).length, answer === null ? 0 : 1);
    assert.equal(findAll(engine, "poisoned", {}).length, 0);
    later.write(insertFrame("innocent", { _id: 2 }));
    assert.deepEqual(await later.reply(), { n: 1, ok: 1 });
    assert.equal(engine.counters.failedCommits, 1);
    assert.ok(logged.some((line) => line.startsWith("error") && /could not be committed/.test(line)));
    later.end();
  });

  it("forgets collections that a failed commit would have created", () => {
    poisonCommits();
    const commands = [
      toCommand({ insert: "fresh", documents: [{ _id: 1 }] }),
      toCommand({ insert: "poisoned", documents: [{ _id: 1 }] }),
    ];
    assert.throws(() => engine.runBatch(commands));
    assert.deepEqual(run(engine, { count: "fresh", query: {} }).n, 0);
    assert.equal(run(engine, { insert: "fresh", documents: [{ _id: 1 }] }).n, 1);
    assertIntegrity(engine.store);
  });

  it("puts the requests of one turn into one commit and answers each on its own", async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.open(uri)));
    for (const client of clients) {
      client.write(ping);
      await client.reply();
    }
    const before = engine.counters.commits;
    for (const [i, client] of clients.entries()) client.write(Buffer.concat([insertFrame("c", { _id: i % 4 }), ping]));
    const replies = await Promise.all(clients.map((client) => client.reply()));
    assert.equal(replies.filter((reply) => reply?.n === 1).length, 4);
    assert.equal(replies.filter((reply) => Array.isArray(reply?.writeErrors)).length, 4);
    for (const client of clients) {
      assert.equal((await client.reply())?.ok, 1);
      client.end();
    }
    assert.ok(engine.counters.commits - before < 8);
  });
});

describe("one command among several", () => {
  it("is undone alone when it fails halfway, its index and collection with it", () => {
    const engine = openEngine();
    run(engine, { insert: "twins", documents: [{ k: 1 }, { k: 1 }] });
    const [first, second, third] = engine.runBatch([
      toCommand({ insert: "kept", documents: [{ _id: 1 }] }),
      toCommand({ createIndexes: "twins", indexes: [{ key: { k: 1 }, name: "k", unique: true }] }),
      toCommand({ insert: "kept", documents: [{ _id: 2 }] }),
    ]);
    assert.deepEqual([first?.ok, second?.code, third?.ok], [1, 11000, 1]);
    assert.equal(findAll(engine, "kept", {}).length, 2);
    assert.equal(run(engine, { insert: "twins", documents: [{ k: 1 }] }).n, 1);
    assertIntegrity(engine.store);
    engine.close();
  });

  it("is undone as a whole when it is the only writer, and reads beside it still answer", () => {
    const engine = openEngine();
    run(engine, { insert: "twins", documents: [{ k: 1 }, { k: 1 }] });
    const replies = engine.runBatch([
      toCommand({ count: "twins" }),
      toCommand({ createIndexes: "twins", indexes: [{ key: { k: 1 }, name: "k", unique: true }] }),
      toCommand({ count: "twins" }),
    ]);
    assert.deepEqual([replies[0]?.n, replies[1]?.code, replies[2]?.n], [2, 11000, 2]);
    assert.ok(!engine.store.inTransaction);
    assertIntegrity(engine.store);
    engine.close();
  });

  it("answers 'disk full' without losing what was there, and works again when there is room", () => {
    const engine = openEngine({ file: join(temporaryDirectory(), "full.sqlite") });
    run(engine, { insert: "c", documents: [{ _id: "before" }] });
    const [pages] = engine.store.get("PRAGMA page_count")!;
    engine.store.db.exec(`PRAGMA max_page_count=${Number(pages) + 3}`);
    const big = { insert: "c", documents: [{ _id: "big", bytes: Buffer.alloc(200_000) }] };
    let refused: unknown;
    try {
      refused = run(engine, big).code;
    } catch {
      refused = "no answer";
    }
    assert.ok(refused === 14031 || refused === "no answer", String(refused));
    assert.deepEqual(findAll(engine, "c", {}), [{ _id: "before" }]);
    engine.store.db.exec("PRAGMA max_page_count=1000000");
    assert.equal(run(engine, big).n, 1);
    assertIntegrity(engine.store);
    engine.close();
    removeDirectories();
  });
});
