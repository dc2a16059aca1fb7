import assert from "node:assert/strict";
import type { Outcome } from "../../src/journal/journal.ts";
import { journalOver, MemoryJournal, openLedger, quiet, START, TestClock, until } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

const batchOf = () => openLedger(toy, 1, START).seal()!.batch;

describe("journal", () => {
  let store: MemoryJournal;
  let clock: TestClock;
  let outcomes: Outcome[];

  beforeEach(() => {
    store = new MemoryJournal();
    store.held = true;
    clock = new TestClock();
    outcomes = [];
  });

  it("groups what one turn of the event loop appends, at most 256 batches in one write", async () => {
    const journal = journalOver(store, clock, outcomes);
    const appended = Array.from({ length: 300 }, () => journal.append(batchOf(), () => undefined));
    (await store.sent(0)).land();
    (await store.sent(1)).land();
    await Promise.all(appended);
    assert.deepEqual(
      store.appends.map(({ batches }) => batches.length),
      [256, 44],
    );
    assert.equal(journal.backlog, 0);
  });

  it("[L9] two lanes: a third group waits until one of them is free", async () => {
    const journal = journalOver(store, clock, outcomes);
    const appended = [0, 1, 2].map(async (index) => {
      await until(() => store.appends.length >= index, `append ${index}`);
      return journal.append(batchOf(), () => undefined);
    });
    await store.sent(1);
    await until(() => journal.backlog === 3, "the third append");
    await quiet();
    assert.equal(store.appends.length, 2);
    store.appends[1]!.land();
    (await store.sent(2)).land();
    await until(() => outcomes.length === 2, "two outcomes");
    store.appends[0]!.land();
    assert.deepEqual(await Promise.all(appended), ["durable", "durable", "durable"]);
  });

  it("[L9] a duplicate whose owner cannot be read is in doubt, and asked about again", async () => {
    const journal = journalOver(store, clock, outcomes);
    const batch = batchOf();
    store.write([batch]);
    store.findFails = true;
    let doubts = 0;
    const outcome = journal.append(batch, () => (doubts += 1));
    (await store.sent(0)).answer("duplicate");
    const again = await store.sent(1);
    assert.equal(doubts, 1);
    store.findFails = false;
    again.answer("duplicate");
    assert.equal(await outcome, "durable");
  });

  it("[L9] the same bytes again and again; unknown after ten seconds, and then never again", async () => {
    const journal = journalOver(store, clock, outcomes);
    const batch = batchOf();
    let doubts = 0;
    const outcome = journal.append(batch, () => (doubts += 1));
    (await store.sent(0)).fail();
    (await store.sent(1)).fail();
    const last = await store.sent(2);
    clock.advance(10_000);
    last.fail();
    assert.equal(await outcome, "unknown");
    assert.equal(doubts, 1);
    for (const { batches } of store.appends) assert.deepEqual(batches, [batch]);
    await journal.drained();
    await quiet();
    assert.equal(store.appends.length, 3);
  });

  it("drained resolves when the last batch is settled, and at once when there is none", async () => {
    const journal = journalOver(store, clock, outcomes);
    await journal.drained();
    const outcome = journal.append(batchOf(), () => undefined);
    let drained = false;
    const waiting = journal.drained().then(() => (drained = true));
    const append = await store.sent(0);
    await quiet();
    assert.equal(drained, false);
    append.land();
    await Promise.all([outcome, waiting]);
  });
});
