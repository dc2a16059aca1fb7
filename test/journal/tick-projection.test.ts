import assert from "node:assert/strict";
import { ABANDONED_AFTER_MS } from "../../src/journal/core.rules.ts";
import { type AnyGame, CORE, SPECTATOR } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import type { HeldSession } from "../../src/sessions/held-session.ts";
import { guest, type House, house } from "../sessions/house.ts";
import { openDatabase, type Stores, type TestDatabase } from "../support/database.ts";
import { type Harness, liveToy, MemoryJournal, quiet, TestClock, until } from "../support/journal.ts";
import { begunRace, DEED, type RaceView, race, types } from "./tick-game.ts";

const HZ = race.realtime!.hz;
const SNAPSHOT_EVERY = 5 * HZ;

/** The stores, and how often each kind of document was written. */
function counted(database: TestDatabase): { stores: Stores; writes: { documents: number; snapshots: number } } {
  const writes = { documents: 0, snapshots: 0 };
  const store: Stores["store"] = Object.assign(Object.create(database.store), {
    projectAll: (projections: Parameters<Stores["store"]["projectAll"]>[0]) => {
      writes.documents += projections.size;
      return database.store.projectAll(projections);
    },
  });
  const save: Stores["snapshots"]["save"] = (snapshot) => {
    writes.snapshots += 1;
    return database.snapshots.save(snapshot);
  };
  return { stores: { ...database, store, snapshots: { ...database.snapshots, save } }, writes };
}

describe("a session that ticks, behind its journal", () => {
  let database: TestDatabase;
  let writes: ReturnType<typeof counted>["writes"];
  let process: House;

  before(async () => {
    database = await openDatabase();
  });
  beforeEach(() => {
    const { stores, writes: counts } = counted(database);
    writes = counts;
    // Here many ticks are played in no time.
    process = house(stores, { game: race as AnyGame, tickMs: 60_000 });
  });
  afterEach(() => process.crash());
  after(() => database.close());

  async function begun(): Promise<HeldSession> {
    const held = await process.sessions.create({ type: "toy" });
    for (const name of ["ann", "bob"]) await process.seats.take(held, guest(name), "player", `connection of ${name}`);
    await held.live.commit({ kind: "act", seat: 0, command: { type: "start", data: {} } });
    await process.sessions.projector.flush();
    return held;
  }

  async function tick({ live }: HeldSession, ticks: number, deed: number = DEED.step): Promise<void> {
    for (let each = 0; each < ticks; each++) assert.notEqual(live.step([0, deed]), "held");
    await live.settled(() => undefined);
    await process.sessions.projector.flush();
  }

  it("[L7] is followed by a snapshot every five seconds of ticks, and its document is written with it and only then", async () => {
    const held = await begun();
    const since = () => ({
      documents: writes.documents - before.documents,
      snapshots: writes.snapshots - before.snapshots,
    });
    const before = { ...writes };
    const left = SNAPSHOT_EVERY - (held.live.durableSeq - held.snapshotSeq);
    for (let part = 0; part < 4; part++) await tick(held, Math.floor((left - 1) / 4), DEED.tellAll);
    assert.deepEqual(since(), { documents: 0, snapshots: 0 });
    await tick(held, 4);
    assert.deepEqual(since(), { documents: 1, snapshots: 1 });
    const document = (await database.store.find(held.live.id))!;
    const snapshot = (await database.snapshots.latest(held.live.id))!;
    assert.deepEqual([document.seq, snapshot.n], [held.live.durableSeq, held.live.durableSeq]);
    for (let second = 0; second < 10; second++) await tick(held, HZ);
    assert.deepEqual(since(), { documents: 3, snapshots: 3 });
  });

  it("is projected at once when its status changes, by a tick as by an order", async () => {
    const held = await begun();
    assert.equal((await database.store.find(held.live.id))!.status, "active");
    await tick(held, 1, DEED.win);
    await until(async () => (await database.store.find(held.live.id))!.status === "ended", "the end in the document");
    const { result, wakeAt, owner } = (await database.store.find(held.live.id))!;
    assert.deepEqual([result, wakeAt, owner], [{ reason: "won", winner: 0 }, null, null]);
  });

  it("[L7] is recovered from its last snapshot and the ticks after it, to the very state it was lost in", async () => {
    const held = await begun();
    await tick(held, SNAPSHOT_EVERY + 20, DEED.tellAll);
    const lost = held.live.ledger.stateHash();
    const { snapshotSeq } = held;
    process.crash();
    const recovered = await process.sessions.open(held.live.id);
    assert.equal(recovered.snapshotSeq, snapshotSeq);
    assert.equal(recovered.live.ledger.stateHash(), lost);
    assert.equal(recovered.live.ledger.runs, true);
    await tick(recovered, 1);
    assert.equal((recovered.live.ledger.view(SPECTATOR) as RaceView).ticks, SNAPSHOT_EVERY + 21);
  });

  it("loses by a crash what was not yet sent, and nothing else", async () => {
    const held = await begun();
    await tick(held, 10);
    const durable = held.live.ledger.stateHash();
    for (let each = 0; each < 4; each++) held.live.step([0, DEED.step]);
    process.crash();
    const recovered = await process.sessions.open(held.live.id);
    assert.equal(recovered.live.ledger.stateHash(), durable);
  });

  it("ends as abandoned when it is let go of and nobody comes back for ten minutes, woken by the sweeper", async () => {
    const held = await begun();
    await tick(held, 3);
    const { id } = held.live;
    await process.sessions.release(held);
    const { wakeAt, status } = (await database.store.find(id))!;
    assert.deepEqual([status, wakeAt], ["active", held.live.ledger.core.tickedAt! + ABANDONED_AFTER_MS]);
    process.clock.advance(ABANDONED_AFTER_MS - 1000);
    await process.sweeper.sweep();
    assert.equal(process.sessions.held(id), undefined);
    process.clock.advance(2000);
    await process.sweeper.sweep();
    await until(async () => (await database.store.find(id))!.status === "ended", "the end");
    assert.equal((await database.store.find(id))!.result!.reason, "abandoned");
  });
});

describe("a real-time session that nobody plays", () => {
  let session: Harness;
  afterEach(() => session.live.discard("released"));

  async function lastTicked(msAgo: number): Promise<Harness> {
    const store = new MemoryJournal();
    const clock = new TestClock();
    const ledger = begunRace(store, clock.now() - 3 * ABANDONED_AFTER_MS);
    ledger.step([0, DEED.step], clock.now() - msAgo);
    store.write([ledger.seal()!.batch]);
    return liveToy({ store, ledger });
  }
  const journaled = () => session.store.entries(session.live.id);

  it("ends by its own timer ten minutes after its last tick", async () => {
    session = await lastTicked(ABANDONED_AFTER_MS);
    await until(() => session.ledger.core.status === "ended", "the end");
    await until(() => session.live.showable, "the end is durable");
    const end = journaled().at(-1)!;
    assert.deepEqual([end.type, end.data.reason, end.seat], [CORE.ended, "abandoned", null]);
    assert.equal(session.ledger.runs, false);
  });

  it("does not end before, however long ago it began", async () => {
    session = await lastTicked(ABANDONED_AFTER_MS - 60_000);
    await quiet();
    assert.deepEqual([session.ledger.core.status, types(journaled()).includes(CORE.ended)], ["active", false]);
  });

  it("has its ten minutes again after every tick, also once it was restored", async () => {
    session = await lastTicked(ABANDONED_AFTER_MS - 60_000);
    session.live.step([0, DEED.step]);
    await session.live.settled(() => undefined);
    const { tickedAt } = session.ledger.core;
    assert.equal(session.ledger.wakeAt, tickedAt! + ABANDONED_AFTER_MS);
    const restored = Ledger.restore(session.ledger.identity, null, session.store.of(session.live.id));
    assert.equal(restored.wakeAt, session.ledger.wakeAt);
  });

  it("a game without a clock of its own may take as long as it likes", async () => {
    session = await lastTicked(0);
    const { realtime: _, ...turns } = race;
    const ledger = Ledger.open({ ...session.ledger.identity, game: turns as AnyGame }, Date.now());
    ledger.decide({ kind: "take", role: "player" }, Date.now());
    ledger.decide({ kind: "act", seat: 0, command: { type: "start", data: {} } }, Date.now());
    assert.deepEqual([ledger.core.status, ledger.wakeAt], ["active", null]);
  });
});
