import assert from "node:assert/strict";
import type { Batch } from "../../src/journal/batch.ts";
import { type AnyGame, SPECTATOR } from "../../src/journal/game.ts";
import type { Ledger } from "../../src/journal/ledger.ts";
import { pastOf, recover } from "../../src/journal/recovery.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import { verifySession } from "../../src/journal/verify.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, code, done, MemoryJournal, MemorySnapshots, openLedger, refusedWith, START } from "../support/journal.ts";
import { type ToyView, toy } from "../support/toy-game.ts";

const SIDES = { sides: 100 };

describe("a rewind", () => {
  let table: Ledger;
  let journalStore: MemoryJournal;
  let snapshots: MemorySnapshots;

  beforeEach(() => {
    table = openLedger(toy, 2);
    journalStore = new MemoryJournal();
    snapshots = new MemorySnapshots();
    done(act(table, 0, "start", {}, START));
    seal();
  });

  function seal(): Batch {
    const { batch } = table.seal()!;
    journalStore.write([batch]);
    return batch;
  }

  const seen = (ledger = table) => ledger.view(SPECTATOR) as ToyView;
  const past = (toSeq: number) => pastOf(table.identity, { journalStore, snapshots }, toSeq);

  /** Does it, and writes it. */
  function does(type: string, data: object, at = START): number {
    done(act(table, 0, type, data, at));
    seal();
    return table.seq;
  }

  async function rewinds(toSeq: number, { reroll = false, at = START } = {}) {
    const decision = done(table.decide({ kind: "rewind", past: await past(toSeq), reroll }, at));
    seal();
    return decision;
  }

  async function restored(): Promise<Ledger> {
    return (await recover(table.identity, { journalStore, snapshots })).ledger;
  }

  it("brings back the state of then, while seq, version, seats and answered actions go on", async () => {
    const there = does("add", { n: 5 });
    const id = uuid7(START);
    const { answer } = done(act(table, 0, "add", { n: 7 }, START, id));
    done(table.decide({ kind: "take", role: "player" }, START));
    seal();
    const { seq } = table;
    const { version } = table.core;
    const { entries } = await rewinds(there);
    assert.deepEqual([table.seq, table.core.version, table.core.seats.length], [seq + 1, version + 1, 3]);
    assert.deepEqual(entries[0]!.data, { toSeq: there, reroll: false, elapsedMs: 0, seats: [0, 1, 2], draws: 0 });
    assert.deepEqual(seen().counters, [[0, 5]]);
    assert.deepEqual(act(table, 0, "add", { n: 7 }, START, id), { kind: "repeat", answer });
    does("add", { n: 1 });
    assert.deepEqual(seen().counters, [[0, 6]]);
  });

  it("[L5] the dice fall as they fell, or anew with a reroll, and never twice the same however often", async () => {
    const there = does("add", { n: 1 });
    const rolled = async (reroll: boolean) => {
      await rewinds(there, { reroll });
      for (let roll = 0; roll < 4; roll++) does("roll", SIDES);
      return seen().rolls.join();
    };
    for (let roll = 0; roll < 4; roll++) does("roll", SIDES);
    const first = seen().rolls.join();
    assert.equal(await rolled(false), first);
    const second = await rolled(true);
    assert.equal(await rolled(false), first);
    const third = await rolled(true);
    assert.equal(new Set([first, second, third]).size, 3);
  });

  it("leaves a deadline as much time as it had then, and a timer that fired may fire again", async () => {
    const there = does("alarm", { in: 1000, kind: "once" });
    done(table.decide({ kind: "timer" }, START + 1000));
    seal();
    assert.equal(table.wakeAt, null);
    await rewinds(there, { at: START + 5000 });
    assert.equal(table.wakeAt, START + 6000);
    assert.equal(done(table.decide({ kind: "timer" }, START + 6000)).entries[0]!.type, "rang");
  });

  it("during a pause it stays paused, and the time goes on where it stood", async () => {
    const there = does("alarm", { in: 1000, kind: "once" });
    done(table.decide({ kind: "pause" }, START + 600));
    seal();
    await rewinds(there, { at: START + 9000 });
    assert.equal(table.core.status, "paused");
    done(table.decide({ kind: "resume" }, START + 10_000));
    assert.equal(table.wakeAt, START + 11_000);
  });

  it("is refused where the game does not allow it, to what is not there, and before the session began", async () => {
    const there = await past(table.seq);
    assert.equal(refusedWith(table.decide({ kind: "rewind", past: there, reroll: false }, START)), "not_rewindable");
    for (const toSeq of [table.seq + 1, 1]) await assert.rejects(past(toSeq), code("not_rewindable"));
    const { rewindable: _, ...fixed } = toy;
    const other = openLedger(fixed as AnyGame, 2);
    done(act(other, 0, "start", {}, START));
    const order = { kind: "rewind", past: { ...there, seq: 1 }, reroll: false } as const;
    assert.equal(refusedWith(other.decide(order, START)), "not_rewindable");
    done(table.decide({ kind: "end", reason: "enough" }, START));
    assert.equal(refusedWith(table.decide({ kind: "rewind", past: there, reroll: false }, START)), "session_ended");
  });

  it("[L7] is recovered from the journal alone, and from snapshots on either side of where it went back to", async () => {
    does("add", { n: 1 });
    const early = table.snapshot(0);
    const there = does("roll", SIDES);
    does("roll", SIDES);
    const late = table.snapshot(0);
    await rewinds(there, { reroll: true });
    does("roll", SIDES);
    for (const kept of [[], [early], [late], [early, late]] as Snapshot[][]) {
      snapshots = new MemorySnapshots(kept);
      const again = await restored();
      assert.deepEqual([again.stateHash(), again.seq], [table.stateHash(), table.seq], `${kept.length} snapshots`);
    }
  });

  it("[L7] a crash between the rewind and its snapshot loses nothing, nor does one after it", async () => {
    const there = does("add", { n: 1 });
    does("add", { n: 10 });
    await snapshots.save(table.snapshot(0));
    await rewinds(there);
    assert.deepEqual(seen(await restored()).counters, [[0, 1]]);
    await snapshots.save(table.snapshot(0));
    const { snapshot, ledger } = await recover(table.identity, { journalStore, snapshots });
    assert.deepEqual([snapshot!.n, seen(ledger).counters], [table.seq, [[0, 1]]]);
  });

  it("[L7] goes back to what was itself rewound, over snapshots that lie between", async () => {
    const first = does("add", { n: 1 });
    does("add", { n: 10 });
    await rewinds(first);
    const second = does("add", { n: 100 });
    await snapshots.save(table.snapshot(0));
    does("add", { n: 1000 });
    await rewinds(second);
    assert.deepEqual(seen().counters, [[0, 101]]);
    await snapshots.save(table.snapshot(0));
    await rewinds(first);
    const again = await restored();
    assert.deepEqual([seen(again).counters, again.stateHash()], [[[0, 1]], table.stateHash()]);
  });

  it("[L11] verifies with its snapshot, and a rewind that was altered does not", async () => {
    const there = does("add", { n: 1 });
    does("add", { n: 10 });
    await rewinds(there);
    const { sessionId } = table.identity;
    const options = { sessionId, journalStore, game: toy, snapshot: table.snapshot(0) };
    assert.deepEqual((await verifySession(options)).checked, ["snapshot"]);
    const last = journalStore.of(sessionId).at(-1)!;
    journalStore.documents.set(last._id, { ...last, body: last.body.replace(`"toSeq":${there}`, '"toSeq":4') });
    assert.deepEqual((await verifySession(options)).firstBad?.seq, table.seq);
  });
});
