import assert from "node:assert/strict";
import { CORE } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { code, type Harness, liveToy, MemoryJournal, openedToy, quiet, SEED, until } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

function written(session: Harness, type: string) {
  return session.store.entries(session.live.id).filter((entry) => entry.type === type);
}

describe("live session", () => {
  let session: Harness;

  beforeEach(async () => {
    session = await liveToy();
  });
  afterEach(() => session.live.discard("released"));

  it("[L2] numbers entries without gaps over orders of every kind", async () => {
    await session.act("add", { n: 1 });
    await session.commit({ kind: "take", role: "gm" });
    await session.act("pad", { bytes: 10, times: 3 });
    await session.commit({ kind: "leave", seat: 1 });
    await session.act("finish");
    const entries = session.store.entries(session.live.id);
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      entries.map((_, index) => index + 1),
    );
    for (const entry of entries) {
      const { seq, at, seat, type, data, actionId, ...rest } = entry;
      assert.deepEqual(rest, {});
      assert.ok(Number.isInteger(seq) && Number.isInteger(at) && (seat === null || Number.isInteger(seat)));
      assert.ok(typeof type === "string" && typeof data === "object");
      assert.ok(actionId === undefined || typeof actionId === "string");
    }
  });

  it("refuses what the queue cannot hold as overloaded, and answers all that it took", async () => {
    session.store.held = true;
    const first = session.act("add", { n: 1 });
    await session.store.sent(0);
    const waiting = Array.from({ length: 512 }, () => session.act("add", { n: 1 }));
    await assert.rejects(session.act("add", { n: 1 }), code("overloaded"));
    session.store.held = false;
    session.store.appends[0]!.land();
    await Promise.all([first, ...waiting]);
    assert.equal(written(session, "added").length, 513);
  });

  it("decide that throws: internal_error for its sender, nothing written, and the session lives on", async () => {
    for (const where of ["decide", "encode", "unlisted"]) {
      const before = session.ledger.stateHash();
      await assert.rejects(session.act("boom", { where }), code("internal_error"), where);
      assert.equal(session.ledger.stateHash(), before, where);
    }
    assert.equal(session.faults.length, 3);
    assert.deepEqual(session.closed, []);
    await session.act("add", { n: 1 });
  });

  it("[L1] evolve that throws: the session is discarded as a fault, and nothing of the order is journaled", async () => {
    await session.act("add", { n: 1 });
    const before = session.store.entries(session.live.id);
    await assert.rejects(session.act("boom", { where: "evolve" }), code("internal_error"));
    assert.deepEqual(session.closed, ["fault"]);
    await assert.rejects(session.act("add", { n: 1 }), code("session_moved"));
    await quiet();
    assert.deepEqual(session.store.entries(session.live.id), before);
    assert.deepEqual(
      session.shown.map(({ type }) => type),
      ["added"],
    );
  });

  it("orders that shared the batch of a fault were never acknowledged, and are not journaled", async () => {
    session.store.held = true;
    const first = session.act("add", { n: 1 });
    await session.store.sent(0);
    const second = session.act("add", { n: 2 });
    const third = session.act("boom", { where: "evolve" });
    session.store.appends[0]!.land();
    await first;
    await assert.rejects(second, code("outcome_unknown"));
    await assert.rejects(third, code("internal_error"));
    assert.equal(written(session, "added").length, 1);
  });

  it("a presenter that throws ends the session; every order is still answered", async () => {
    session.presenter.onRelease = () => {
      throw new Error("the room is broken");
    };
    await assert.rejects(session.act("nudge", { n: 1 }), code("outcome_unknown"));
    assert.deepEqual(session.closed, ["fault"]);
    assert.equal(session.faults.length, 1);
  });

  it("a batch the database refuses by its content: the session is stopped, its waiters are told", async () => {
    session.store.held = true;
    const reply = session.act("add", { n: 1 });
    (await session.store.sent(0)).answer("refused");
    await assert.rejects(reply, code("session_quarantined"));
    assert.deepEqual(session.closed, ["refused"]);
    assert.equal(session.shown.length, 0);
  });

  it("release takes no more orders, settles those it took, then lets go", async () => {
    session.store.held = true;
    const taken = [session.act("add", { n: 1 })];
    await session.store.sent(0);
    taken.push(session.act("add", { n: 2 }), session.act("nudge", { n: 3 }));
    let last = 0;
    const released = session.live.release(async () => {
      last = session.live.durableSeq;
    });
    await assert.rejects(session.act("add", { n: 4 }), code("session_moved"));
    session.store.appends[0]!.land();
    (await session.store.sent(1)).land();
    await Promise.all([...taken, released]);
    assert.equal(written(session, "added").length, 3);
    assert.equal(last, session.ledger.seq, "the last step runs on a quiet session");
    assert.deepEqual(session.closed, ["released"]);
  });

  it("a settled read of a session that closes is refused", async () => {
    session.store.held = true;
    const reply = session.act("add", { n: 1 });
    const read = session.live.settled(({ seq }) => seq);
    (await session.store.sent(0)).answer("refused");
    await assert.rejects(read, code("session_moved"));
    await assert.rejects(reply, code("session_quarantined"));
  });
});

describe("timers of a live session", () => {
  let session: Harness;

  beforeEach(async () => {
    session = await liveToy();
  });
  afterEach(() => session.live.discard("released"));

  it("[L4] a timer fires once, as a system entry whose id is made of its due time", async () => {
    const { entries } = await session.act("alarm", { in: 10, kind: "once" });
    await until(() => written(session, "rang").length > 0, "the alarm");
    const [rang, ...more] = written(session, "rang");
    assert.deepEqual([rang!.seat, rang!.actionId, more], [null, `timer/${entries[0]!.data.due}`, []]);
    assert.ok(rang!.at >= Number(entries[0]!.data.due));
  });

  it("is armed again for what comes after it, and for what takes its place", async () => {
    await session.act("alarm", { in: 100_000, kind: "once" });
    await session.act("alarm", { in: 5, kind: "once" });
    await until(() => written(session, "rang").length === 1, "the first alarm");
    await session.act("alarm", { in: 5, kind: "once" });
    await until(() => written(session, "rang").length === 2, "the second alarm");
    assert.equal(session.ledger.wakeAt, session.ledger.core.closesAt);
  });

  for (const kind of ["stuck", "silent", "refusing"]) {
    it(`a timer that does not move (${kind}) is a fault, not a loop`, async () => {
      await session.act("alarm", { in: 1, kind });
      await until(() => session.closed.length > 0, "the fault");
      assert.deepEqual(session.closed, ["fault"]);
      assert.ok(written(session, "rang").length <= 1);
    });
  }

  it("[L4] a timer that fired is not fired again by the next owner", async () => {
    await session.act("alarm", { in: 5, kind: "stuck" });
    await until(() => session.closed.length > 0, "the fault of the first owner");
    const identity = { sessionId: session.live.id, game: toy, seed: SEED };
    const ledger = Ledger.restore(identity, null, session.store.of(session.live.id));
    assert.equal(ledger.wakeAt, Number(written(session, "armed")[0]!.data.due));
    assert.throws(() => ledger.decide({ kind: "timer" }, session.clock.now()), /did not move/);
    assert.equal(written(session, "rang").length, 1);
  });

  it("does not fire while the outcome of a batch is unknown, and fires after it", async () => {
    await session.act("alarm", { in: 30, kind: "once" });
    session.store.held = true;
    const reply = session.act("add", { n: 1 });
    (await session.store.sent(0)).fail();
    await assert.rejects(reply, code("outcome_unknown"));
    session.clock.advance(100);
    (await session.store.sent(1)).land();
    (await session.store.sent(2)).land();
    await until(() => written(session, "rang").length === 1, "the alarm");
  });

  it("a table at which nobody starts is closed at its time", async () => {
    session.live.discard("released");
    const store = new MemoryJournal();
    const openedAt = session.clock.now() - 60 * 60 * 1000;
    session = await liveToy({ store, ledger: openedToy(store, openedAt) });
    await until(() => written(session, CORE.ended).length === 1, "the closing time");
    assert.equal(written(session, CORE.ended)[0]!.data.reason, "never_started");
    assert.equal(session.ledger.wakeAt, null);
  });

  it("[L4] after the end a repeat is still answered, and nothing else is taken", async () => {
    const id = uuid7(session.clock.now());
    const { seq } = await session.act("add", { n: 1 }, { id });
    await session.act("finish");
    assert.equal((await session.act("add", { n: 1 }, { id })).seq, seq);
    await assert.rejects(session.act("add", { n: 1 }), code("session_ended"));
    await assert.rejects(session.commit({ kind: "take", role: "player" }), code("session_ended"));
  });
});
