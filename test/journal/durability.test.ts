import assert from "node:assert/strict";
import { BATCH_BYTES, ENTRY_BYTES, readBody } from "../../src/journal/batch.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { code, type Harness, liveToy, MemoryJournal, quiet, until } from "../support/journal.ts";

/** A promise, and whether it has been answered yet. */
function watch<T>(promise: Promise<T>): { promise: Promise<T>; answered: () => boolean } {
  let answered = false;
  const seen = () => (answered = true);
  promise.then(seen, seen);
  return { promise, answered: () => answered };
}

function types(session: Harness): string[] {
  return session.shown.map(({ type }) => type);
}

describe("durability of what is shown", () => {
  let session: Harness;
  let store: MemoryJournal;

  beforeEach(async () => {
    store = new MemoryJournal();
    session = await liveToy({ store, flushMs: 5 });
    store.held = true;
  });
  afterEach(async () => {
    store.held = false;
    session.live.discard("released");
  });

  it("[L3] a critical effect is neither answered nor shown nor readable before it is durable", async () => {
    const reply = watch(session.act("add", { n: 7 }));
    const read = watch(session.live.settled((ledger) => ledger.seq));
    const append = await store.sent(0);
    await quiet();
    assert.deepEqual([reply.answered(), read.answered(), session.shown.length], [false, false, 0]);
    assert.equal(session.live.showable, false);
    append.land();
    const { seq } = await reply.promise;
    assert.equal(await read.promise, seq);
    assert.deepEqual(types(session), ["added"]);
    assert.equal(session.live.showable, true);
  });

  it("[L3] a normal effect is shown and answered at once, and in the journal after the flush interval", async () => {
    const { seq } = await session.act("nudge", { n: 1 });
    assert.deepEqual(types(session), ["added"]);
    assert.equal(store.appends.length, 0);
    const append = await store.sent(0);
    assert.equal(append.batches[0]!.last, seq);
    append.land();
    await until(() => session.live.durableSeq === seq, "the flush");
  });

  it("[L3] a normal effect that must be durable is answered only then", async () => {
    const reply = watch(session.act("nudge", { n: 1 }, { durable: true }));
    const append = await store.sent(0);
    await quiet();
    assert.equal(reply.answered(), false);
    append.land();
    await reply.promise;
  });

  it("[L3] an ephemeral effect is shown and never journaled, and its answer names the last seq there is", async () => {
    store.held = false;
    const before = session.ledger.seq;
    const reply = await session.act("wave");
    assert.equal(reply.seq, before);
    assert.deepEqual(types(session), ["waved"]);
    assert.equal((await session.live.settled((ledger) => ledger)).seq, before);
    assert.ok(!store.entries(session.live.id).some(({ type }) => type === "waved"));
  });

  it("[L3] normal effects after an undurable critical one are held with it, and come in order", async () => {
    const first = session.act("add", { n: 5 });
    const second = watch(session.act("pay", { n: 5 }, { seat: 0 }));
    const append = await store.sent(0);
    const third = watch(session.act("nudge", { n: 1 }, { seat: 1 }));
    await quiet();
    assert.equal(session.shown.length, 0);
    assert.deepEqual([second.answered(), third.answered()], [false, false], "answers are effects too");
    append.land();
    await Promise.all([first, second.promise, third.promise]);
    assert.deepEqual(
      session.shown.map(({ seat, data }) => [seat, data.n]),
      [
        [0, 5],
        [0, -5],
        [1, 1],
      ],
    );
  });

  it("[L3] an ephemeral effect neither overtakes a held one nor tells of it", async () => {
    const reply = session.act("add", { n: 5 });
    const wave = watch(session.act("wave", { tally: true }));
    const append = await store.sent(0);
    await quiet();
    assert.deepEqual([types(session), wave.answered()], [[], false]);
    append.land();
    await Promise.all([reply, wave.promise]);
    assert.deepEqual(types(session), ["added", "waved"]);
  });

  it("[L3] a refusal that follows from an undurable effect waits until that effect is durable", async () => {
    await settledWith(session, store, "add", { n: 5 });
    const spend = session.act("spend", { n: 5 });
    const refused = watch(session.act("pay", { n: 1 }));
    refused.promise.catch(() => undefined);
    const append = await store.sent(1);
    await quiet();
    assert.equal(refused.answered(), false);
    append.land();
    await spend;
    await assert.rejects(refused.promise, code("too_poor"));
  });

  it("[L3] critical orders wait for the batch in flight, first in, first out", async () => {
    const first = session.act("add", { n: 1 });
    await store.sent(0);
    const second = watch(session.act("add", { n: 2 }, { seat: 1 }));
    const third = watch(session.act("nudge", { n: 3 }));
    await quiet();
    assert.deepEqual([second.answered(), third.answered(), store.appends.length], [false, false, 1]);
    store.appends[0]!.land();
    await first;
    const append = await store.sent(1);
    assert.deepEqual(types(session), ["added"], "the second batch is not shown with the first");
    append.land();
    await Promise.all([second.promise, third.promise]);
    assert.deepEqual(
      session.shown.map(({ data }) => data.n),
      [1, 2, 3],
    );
  });

  it("[L8] what waits is decided together and leaves as one batch, one in flight at a time", async () => {
    const replies = Array.from({ length: 20 }, (_, n) => session.act("add", { n }, { seat: n % 2 }));
    const first = await store.sent(0);
    await quiet();
    assert.deepEqual([store.appends.length, first.batches.length], [1, 1]);
    first.land();
    const second = await store.sent(1);
    assert.equal(readBody(second.batches[0]!).entries.length, 19, "all that came while the first was in flight");
    second.land();
    const seqs = (await Promise.all(replies)).map(({ seq }) => seq);
    assert.deepEqual(
      seqs,
      seqs.toSorted((a, b) => a - b),
    );
  });

  it("[L8] under load a batch stays within 256 KiB", async () => {
    store.held = false;
    // The largest entry there may be: what is left when everything but the padding is taken away.
    const bytes = await largestPadding(session);
    await Promise.all(Array.from({ length: 24 }, () => session.act("pad", { bytes, times: 4 })));
    const sizes = store.of(session.live.id).map(({ body }) => Buffer.byteLength(body));
    assert.ok(Math.max(...sizes) <= BATCH_BYTES, `${Math.max(...sizes)} bytes`);
    assert.ok(Math.max(...sizes) > BATCH_BYTES / 2, "several orders share a batch");
  });

  it("[L3] a settled read is not starved by a stream of normal orders", async () => {
    const { seq } = await session.act("nudge", { n: 1 });
    let reading = true;
    const read = session.live.settled((ledger) => ledger.seq).finally(() => (reading = false));
    for (let round = 0; reading && round < 200; round++) {
      void session.act("nudge", { n: 1 }); // so that something is pending whenever a batch becomes durable
      store.appends.shift()?.land();
      await quiet(1);
    }
    assert.equal(reading, false, "read within 200 batches");
    assert.ok((await read) >= seq);
    store.held = false;
    for (const append of store.appends) append.land();
  });

  it("a read that throws is refused to its reader alone", async () => {
    const reply = session.act("add", { n: 1 });
    const read = session.live.settled(() => {
      throw new Error("a view that does not work");
    });
    (await store.sent(0)).land();
    await assert.rejects(read, /does not work/);
    await reply;
    const next = session.act("add", { n: 1 });
    (await store.sent(1)).land();
    await next;
  });

  it("[L3] a batch in doubt: waiters and the queue are told outcome_unknown, and nothing is shown", async () => {
    const first = session.act("add", { n: 1 });
    const append = await store.sent(0);
    const second = session.act("add", { n: 2 });
    append.loseReply();
    await assert.rejects(first, code("outcome_unknown"));
    await assert.rejects(second, code("outcome_unknown"));
    await assert.rejects(session.act("nudge", { n: 3 }), code("outcome_unknown"));
    assert.deepEqual(session.shown, []);
    (await store.sent(1)).land();
    await until(() => session.live.showable, "the outcome");
    assert.deepEqual(types(session), ["added"]);
    store.held = false;
    await session.act("nudge", { n: 4 });
  });

  it("[L4] the same id while the first is in flight gets the same answer, and takes effect once", async () => {
    const id = uuid7(session.clock.now());
    const replies = [session.act("add", { n: 1 }, { id }), session.act("add", { n: 1 }, { id })];
    const append = await store.sent(0);
    replies.push(session.act("add", { n: 1 }, { id }));
    append.land();
    const answers = await Promise.all(replies);
    assert.deepEqual(
      answers.map(({ epoch, seq }) => ({ epoch, seq })),
      Array(3).fill({ epoch: 1, seq: answers[0]!.seq }),
    );
    assert.equal(store.entries(session.live.id).filter(({ actionId }) => actionId === id).length, 1);
  });

  it("[L4] a repeat of a normal action is answered once the first is durable", async () => {
    const id = uuid7(session.clock.now());
    await session.act("nudge", { n: 1 }, { id });
    const repeat = watch(session.act("nudge", { n: 1 }, { id }));
    const append = await store.sent(0);
    await quiet();
    assert.equal(repeat.answered(), false);
    append.land();
    await repeat.promise;
  });
});

async function settledWith(session: Harness, store: MemoryJournal, type: string, data: object): Promise<void> {
  const reply = session.act(type, data);
  (await store.sent(store.appends.length)).land();
  await reply;
}

async function largestPadding(session: Harness): Promise<number> {
  const { entries } = await session.act("pad", { bytes: 1000, times: 1 });
  const overhead = Buffer.byteLength(JSON.stringify(entries[0])) - 1000;
  return ENTRY_BYTES - overhead - 8;
}
