import assert from "node:assert/strict";
import type { Outcome } from "../../src/journal/journal.ts";
import { journalOver, MemoryJournal, openLedger, quiet, START, TestClock, until } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

const batchOf = () => openLedger(toy, 1, START).seal()!.batch;

/** Stands still but for `advance`: whether a store counts as quick must not depend on the machine. */
class StillClock extends TestClock {
  #at = 0;
  override monotonic = () => this.#at;
  override advance(ms: number): void {
    this.#at += ms;
  }
}

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

  const sizes = () => store.appends.map(({ batches }) => batches.length);
  const appendAll = (journal: ReturnType<typeof journalOver>, count: number) =>
    Array.from({ length: count }, () => journal.append(batchOf(), () => undefined));

  it("groups what one turn of the event loop appends, an even share for each lane, at most 256 in one write", async () => {
    clock = new StillClock();
    const journal = journalOver(store, clock, outcomes);
    for (const count of [20, 100, 600]) {
      const appended = appendAll(journal, count);
      for (let landed = store.appends.length; journal.backlog > 0; ) {
        await quiet();
        for (const append of store.appends.slice(landed)) append.land();
        landed = store.appends.length;
      }
      await Promise.all(appended);
    }
    assert.deepEqual(sizes(), [20, 50, 50, 256, 256, 44, 44]);
    assert.equal(journal.backlog, 0);
  });

  it("sends one group to a store that is not quick, and the next when the first has been away for long", async () => {
    clock = new StillClock();
    const journal = journalOver(store, clock, outcomes);
    const first = appendAll(journal, 1);
    const slow = await store.sent(0);
    clock.advance(50);
    slow.land();
    await Promise.all(first);
    const all = appendAll(journal, 100);
    const away = await store.sent(1);
    const later = appendAll(journal, 40);
    await quiet();
    assert.equal(store.appends.length, 2);
    clock.advance(5);
    (await store.sent(2)).land();
    away.land();
    await Promise.all([...all, ...later]);
    assert.deepEqual(sizes(), [1, 100, 40]);
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
