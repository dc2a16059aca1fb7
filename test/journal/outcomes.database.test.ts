import assert from "node:assert/strict";
import { type Batch, readBody } from "../../src/journal/batch.ts";
import type { Outcome } from "../../src/journal/journal.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { recoverAndClaim } from "../../src/journal/recovery.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { openDatabase, openStores, type Stores, type TestDatabase } from "../support/database.ts";
import { code, journalOver, liveToy, openLedger, SEED, TestClock, until } from "../support/journal.ts";
import { TcpProxy } from "../support/tcp-proxy.ts";
import { toy } from "../support/toy-game.ts";

/** Nobody else wants the session. */
const take = async () => undefined;

describe("journal outcomes on the embedded database", () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let through: Stores;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  beforeEach(async () => {
    proxy = await TcpProxy.start(database.embedded.uri);
    through = await openStores(proxy.uri);
  });
  afterEach(async () => {
    await through.connection.close();
    await proxy.close();
  });

  /** A journal over the proxy; every append it makes and what became of it. */
  function connectJournal() {
    const clock = new TestClock();
    const outcomes: Outcome[] = [];
    return { clock, outcomes, journal: journalOver(through.journalStore, clock, outcomes) };
  }

  function firstBatches(count: number): Batch[] {
    return Array.from({ length: count }, () => openLedger(toy, 1, Date.now()).seal()!.batch);
  }

  async function assertStoredOnce(batches: readonly Batch[]): Promise<void> {
    for (const batch of batches) assert.deepEqual(await database.journalStore.after(batch.s, 0), [batch]);
  }

  it("[L9] a batch whose reply was lost is durable exactly once, and its waiter is told of the doubt once", async () => {
    const { journal } = connectJournal();
    const [batch] = firstBatches(1);
    let doubts = 0;
    proxy.next("lose-reply");
    assert.equal(await journal.append(batch!, () => (doubts += 1)), "durable");
    assert.equal(doubts, 1);
    assert.deepEqual(proxy.inserts, [1, 1], "sent twice");
    await assertStoredOnce([batch!]);
  });

  it("[L9] a group whose reply was lost is durable exactly once, every batch of it", async () => {
    const { journal } = connectJournal();
    const batches = firstBatches(5);
    let doubts = 0;
    proxy.next("lose-reply");
    const outcomes = await Promise.all(batches.map((batch) => journal.append(batch, () => (doubts += 1))));
    assert.deepEqual(
      outcomes,
      batches.map(() => "durable"),
    );
    assert.equal(proxy.inserts[0], 5, "one write for the group");
    assert.equal(doubts, 5);
    await assertStoredOnce(batches);
  });

  it("[L9] a group whose connection broke on the way is not called durable before it is", async () => {
    const { journal } = connectJournal();
    const batches = firstBatches(3);
    const doubted: string[] = [];
    proxy.next("cut", "cut");
    const outcomes = await Promise.all(batches.map((batch) => journal.append(batch, () => doubted.push(batch.s))));
    assert.deepEqual(outcomes, ["durable", "durable", "durable"]);
    assert.deepEqual(doubted.sort(), batches.map(({ s }) => s).sort());
    await assertStoredOnce(batches);
  });

  it("[L9] a batch that nobody answers is in doubt after the append timeout, and then found to be durable", async () => {
    const { journal } = connectJournal();
    const [batch] = firstBatches(1);
    let doubts = 0;
    proxy.next("silence");
    assert.equal(await journal.append(batch!, () => (doubts += 1)), "durable");
    assert.equal(doubts, 1);
    await assertStoredOnce([batch!]);
  });

  it("[L8] a group in which one batch collides: that one is fenced, the others are durable", async () => {
    const { journal } = connectJournal();
    const [mine, other] = [openLedger(toy, 1, Date.now()), openLedger(toy, 1, Date.now())];
    const stolen = Ledger.open({ ...mine.identity }, Date.now() + 1).seal()!.batch;
    await database.journalStore.append([stolen]);
    const appended = [mine, other].map((ledger) => journal.append(ledger.seal()!.batch, () => undefined));
    assert.deepEqual(await Promise.all(appended), ["fenced", "durable"]);
    assert.deepEqual(await database.journalStore.after(stolen.s, 0), [stolen]);
  });

  it("[L9] a batch that the database refuses by its content is refused, and only that one", async () => {
    const { journal } = connectJournal();
    const [good, bad] = firstBatches(2);
    // The server takes no document whose id is an array: the shape stands for any content it will never take.
    const poisoned = { ...bad!, _id: [bad!._id] as unknown as string };
    const appended = [good!, poisoned].map((batch) => journal.append(batch, () => undefined));
    assert.deepEqual(await Promise.all(appended), ["durable", "refused"]);
    assert.equal(await journal.append({ ...poisoned }, () => undefined), "refused", "also when it is alone");
  });

  it("[L9] two lanes: while one group hangs in the database, the next one is written", async () => {
    const { journal, outcomes } = connectJournal();
    const [slow, quick] = firstBatches(2);
    proxy.next("hold");
    const first = journal.append(slow!, () => undefined);
    await until(() => proxy.held === 1, "the first insert");
    assert.equal(await journal.append(quick!, () => undefined), "durable");
    assert.deepEqual(outcomes, ["durable"]);
    proxy.letGo();
    assert.equal(await first, "durable");
  });

  it("[L9] an action in doubt: outcome_unknown, then the first answer for the same id, once in the journal", async () => {
    const { journal, clock } = connectJournal();
    const session = openLedger(toy, 2, clock.now());
    await database.journalStore.append([session.seal()!.batch]);
    const { live, act } = await liveToy({ ledger: session, journal });
    const id = uuid7(clock.now());
    proxy.next("lose-reply");
    const seq = session.seq + 1;
    await assert.rejects(act("add", { n: 3 }, { id }), code("outcome_unknown"));
    await assert.rejects(act("add", { n: 1 }), code("outcome_unknown"), "nothing is accepted while in doubt");
    await until(() => live.durableSeq === seq, "the outcome");
    const reply = await act("add", { n: 3 }, { id });
    assert.deepEqual(reply, { epoch: 1, seq, version: seq, entries: [] });
    const entries = (await database.journalStore.after(live.id, 0)).flatMap((batch) => readBody(batch).entries);
    assert.equal(entries.filter(({ actionId }) => actionId === id).length, 1);
    await live.release(async () => undefined);
  });

  it("[L9] ten seconds in doubt: the live session is discarded, and comes back without loss or double", async () => {
    const { journal, clock, outcomes } = connectJournal();
    const session = openLedger(toy, 2, clock.now());
    await database.journalStore.append([session.seal()!.batch]);
    const { live, act, closed } = await liveToy({ ledger: session, journal });
    await act("add", { n: 1 });
    const [landed, lost] = [uuid7(clock.now()), uuid7(clock.now())];
    proxy.next("lose-reply");
    proxy.from("cut");
    await assert.rejects(act("add", { n: 10 }, { id: landed }), code("outcome_unknown"));
    clock.advance(10_000);
    await until(() => closed.length > 0, "the end of the live session");
    assert.deepEqual(closed, ["unknown"]);
    assert.deepEqual(outcomes, ["durable", "unknown"]);
    await assert.rejects(act("add", { n: 100 }, { id: lost }), code("session_moved"));

    proxy.heal();
    const sources = { ...through, journal, clock, take };
    const identity = { sessionId: live.id, game: toy, seed: SEED };
    await until(
      () =>
        through.connection
          .db!.admin()
          .ping()
          .then(
            () => true,
            () => false,
          ),
      "the healed connection",
    );
    const { ledger } = await recoverAndClaim(identity, sources, "another-process");
    const restored = await liveToy({ ledger, journal });
    assert.equal((await restored.act("add", { n: 10 }, { id: landed })).epoch, 1, "it had landed");
    assert.equal((await restored.act("add", { n: 100 }, { id: lost })).epoch, 2, "it had not");
    assert.deepEqual(ledger.view({ kind: "spectator" }), { counters: [[0, 111]], rolls: [], own: null });
    await restored.live.release(async () => undefined);
  });

  it("[L8] the next append of a former owner is fenced: it closes and shows nothing more", async () => {
    const { journal, clock } = connectJournal();
    const session = openLedger(toy, 2, clock.now());
    await database.journalStore.append([session.seal()!.batch]);
    const former = await liveToy({ ledger: session, journal });
    await former.act("add", { n: 1 });
    const identity = { sessionId: former.live.id, game: toy, seed: SEED };
    const { ledger } = await recoverAndClaim(identity, { ...through, journal, clock, take }, "another-process");
    assert.equal(ledger.epoch, 2);
    const before = former.shown.length;
    await assert.rejects(former.act("add", { n: 2 }), code("session_moved"));
    assert.deepEqual(former.closed, ["fenced"]);
    assert.equal(former.shown.length, before);
    const types = (await database.journalStore.after(former.live.id, 0)).flatMap((batch) => readBody(batch).entries);
    assert.deepEqual(
      types.slice(-2).map(({ type }) => type),
      ["added", "session.owner"],
    );
  });

  it("[L8] a claim that a former owner's last batch overtakes is made again above it", async () => {
    const { journal, clock } = connectJournal();
    const session = openLedger(toy, 2, clock.now());
    await database.journalStore.append([session.seal()!.batch]);
    const sources = { ...through, journal, clock, take };
    proxy.next("hold");
    const claiming = recoverAndClaim({ sessionId: session.identity.sessionId, game: toy, seed: SEED }, sources, "new");
    await until(() => proxy.held === 1, "the claim");
    session.decide({ kind: "take", role: "player" }, clock.now());
    await database.journalStore.append([session.seal()!.batch]);
    proxy.letGo();
    const { ledger } = await claiming;
    assert.equal(ledger.seq, session.seq + 1);
    assert.equal(ledger.core.seats.length, 3);
  });
});
