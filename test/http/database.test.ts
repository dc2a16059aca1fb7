import assert from "node:assert/strict";
import { connectMongo, ensureIndexes, ping } from "../../src/infra/mongo.ts";
import { type ProcessStore, processStore } from "../../src/infra/processes.store.ts";
import { captureLog } from "../support/http.ts";
import { openDatabase, type TestDatabase } from "./database.ts";

describe("process register", () => {
  let database: TestDatabase;
  let processes: ProcessStore;
  before(async () => {
    database = await openDatabase();
    processes = processStore(database.connection);
    await ensureIndexes(database.connection);
  });
  after(() => database.close());

  const identity = (id: string) => ({
    id,
    region: "local",
    addresses: { public: null, internal: "127.0.0.1:2567" },
    host: "here",
    matchmakerId: null,
    startedAt: new Date(),
  });
  const read = (id: string) => database.connection.collection<{ _id: string }>("processes").findOne({ _id: id });

  it("counts the beats of a process that is alive", async () => {
    const epoch = await processes.register(identity("p1"));
    assert.equal(epoch, 1);
    assert.equal(await processes.beat("p1", epoch), true);
    assert.equal(await processes.beat("p1", epoch), true);
    const { startedAt: _, ...row } = (await read("p1")) as unknown as Record<string, unknown>;
    const said = { region: "local", host: "here", addresses: { public: null, internal: "127.0.0.1:2567" } };
    const load = { rooms: 0, clients: 0, sessions: 0 };
    const counted = { matchmakerId: null, epoch: 1, state: "alive", beat: 2, load, draining: false, diedAt: null };
    assert.deepEqual(row, { _id: "p1", ...said, ...counted });
  });

  it("takes no beat of a process that was declared dead, which only one caller can do", async () => {
    const epoch = await processes.register(identity("p2"));
    const declared = await Promise.all(Array.from({ length: 4 }, () => processes.declareDead("p2", epoch)));
    assert.equal(declared.filter(Boolean).length, 1);
    assert.equal(await processes.beat("p2", epoch), false);
  });

  it("takes no beat of an incarnation that was replaced", async () => {
    const older = await processes.register(identity("p3"));
    const newer = await processes.register(identity("p3"));
    assert.ok(newer > older);
    assert.equal(await processes.beat("p3", older), false);
    assert.equal(await processes.beat("p3", newer), true);
  });

  it("takes no beat of a process it does not know", async () => {
    assert.equal(await processes.beat("nobody", 1), false);
  });
});

describe("database connection", () => {
  it("fails within its two seconds when nobody answers, and leaves nothing open", async () => {
    const { log } = captureLog();
    await assert.rejects(connectMongo({ uri: "mongodb://127.0.0.1:1/", dbName: "test", log }));
  });

  it("answers pings until the database is gone", async () => {
    const database = await openDatabase();
    assert.equal(await ping(database.connection), true);
    await database.close();
    assert.equal(await ping(database.connection), false);
  });
});
