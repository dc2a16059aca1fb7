import assert from "node:assert/strict";
import { mock } from "node:test";
import { readBody } from "../../src/journal/batch.ts";
import type { AnyGame } from "../../src/journal/game.ts";
import type { Snapshot } from "../../src/journal/snapshot.ts";
import type { Clock } from "../../src/lib/clock.ts";
import type { HeldSession } from "../../src/sessions/held-session.ts";
import { type House, house } from "../sessions/house.ts";
import type { Stores } from "../support/database.ts";
import { MemoryJournal, quiet, START } from "../support/journal.ts";
import { DEED, race, types } from "./tick-game.ts";

/** `tickMs` of the house; ticks are to be on their way after six tenths of it. */
const TICK_MS = 250;
const SHARE = 0.6;

/** The time of the mocked timers, from `offset` on. */
class MockedClock implements Clock {
  #passed: number;
  constructor(offset: number) {
    this.#passed = offset;
  }
  now = () => START + this.#passed;
  monotonic = () => this.#passed;

  /** Lets time pass, one ms after the other, so that what a timer starts may set another. */
  async pass(ms: number): Promise<void> {
    for (let each = 0; each < ms; each++) {
      this.#passed += 1;
      mock.timers.tick(1);
      await quiet(2);
    }
  }
}

/** Session documents that nobody reads here. */
const noStores = {
  store: { insert: async () => undefined, project: async () => undefined, setMembers: async () => true },
  snapshots: { latest: async (): Promise<Snapshot | null> => null, save: async () => undefined },
} as unknown as Stores;

describe("ticks on their way to the journal", () => {
  let store: MemoryJournal;
  let clock: MockedClock;
  let process: House;

  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => {
    process.crash();
    mock.timers.reset();
  });

  /** A process whose clock shows `offset`. */
  function start(offset: number): void {
    store = new MemoryJournal();
    clock = new MockedClock(offset);
    process = house(noStores, { game: race as AnyGame, journalStore: store, clock: clock as never });
  }

  async function begun(): Promise<HeldSession> {
    const held = await process.sessions.create({ type: "toy" });
    await held.live.commit({ kind: "take", role: "player" });
    await order(held, "start");
    return held;
  }

  const order = ({ live }: HeldSession, type: string) =>
    live.commit({ kind: "act", seat: 0, command: { type, data: {} } });
  const batchesOf = (held: HeldSession) => store.of(held.live.id).map((batch) => types(readBody(batch).entries));

  it("are sent within six tenths of the time that a crash may cost, whenever they were played", async () => {
    for (const offset of [0, 1, 70, 149, 1234]) {
      start(offset);
      const held = await begun();
      const before = held.live.durableSeq;
      held.live.step([0, DEED.step]);
      for (let waited = 0; held.live.durableSeq === before; waited++) {
        assert.ok(waited < TICK_MS * SHARE, `${offset}: still not sent`);
        await clock.pass(1);
      }
      process.crash();
    }
  });

  it("wait for each other until then: one batch, not one a tick", async () => {
    start(0);
    const held = await begun();
    await clock.pass(150 - clock.monotonic());
    const before = batchesOf(held).length;
    for (let tick = 0; tick < 4; tick++) {
      held.live.step([0, DEED.step]);
      await clock.pass(33);
    }
    assert.equal(batchesOf(held).length, before);
    await clock.pass(33);
    assert.deepEqual(batchesOf(held).slice(before), [["tick", "tick", "tick", "tick"]]);
  });

  it("share one write with those of all sessions of the process", async () => {
    start(0);
    const sessions = [await begun(), await begun(), await begun()];
    store.held = true;
    const before = store.appends.length;
    for (const [index, { live }] of sessions.entries()) {
      live.step([0, DEED.step]);
      await clock.pass(10 * index);
    }
    await clock.pass(150);
    await quiet();
    assert.deepEqual(
      store.appends.slice(before).map(({ batches }) => batches.length),
      [3],
    );
    for (const append of store.appends) append.land();
  });

  it("go along with a normal order, which has the earlier deadline", async () => {
    start(0);
    const held = await begun();
    held.live.step([0, DEED.step]);
    await order(held, "push");
    held.live.step([0, DEED.step]);
    const before = batchesOf(held).length;
    await clock.pass(5); // the house's flush interval
    assert.deepEqual(batchesOf(held).slice(before), [["tick", "pushed", "tick"]]);
    await clock.pass(200);
    assert.equal(batchesOf(held).length, before + 1, "nothing was left to send");
  });

  it("wait for their own instant, although at the one before there was nothing left to send", async () => {
    start(0);
    const held = await begun();
    held.live.step([0, DEED.step]);
    await order(held, "push");
    await clock.pass(160);
    const before = batchesOf(held).length;
    held.live.step([0, DEED.step]);
    await clock.pass(33);
    held.live.step([0, DEED.step]);
    await clock.pass(120);
    assert.deepEqual(batchesOf(held).slice(before), [["tick", "tick"]]);
  });

  it("leave as soon as the batch before them has landed, when that took longer than their time", async () => {
    start(0);
    const held = await begun();
    store.held = true;
    held.live.step([0, DEED.step]);
    await clock.pass(150);
    const slow = await sent(0);
    held.live.step([0, DEED.step]);
    await clock.pass(150);
    held.live.step([0, DEED.step]);
    assert.equal(store.appends.length, 1, "one batch in flight per session");
    slow.land();
    const { batches } = await sent(1);
    assert.deepEqual(types(readBody(batches[0]!).entries), ["tick", "tick"]);
  });

  it("[L3] are held while a crash would undo more of them than it may, and go on once a write has landed", async () => {
    start(0);
    const held = await begun();
    store.held = true;
    const played: string[] = [];
    for (let tick = 0; tick < 15; tick++) {
      played.push(held.live.step([0, DEED.step]));
      await clock.pass(33);
    }
    const atRisk = Math.floor((TICK_MS * 30) / 1000);
    assert.deepEqual(
      played.map((told) => told === "held"),
      [...Array(atRisk).fill(false), ...Array(15 - atRisk).fill(true)],
    );
    assert.equal(held.live.ledger.seq - held.live.durableSeq, atRisk, "what was held did not happen");
    (await sent(0)).land();
    await quiet();
    assert.notEqual(held.live.step([0, DEED.step]), "held");
    for (const append of store.appends) append.land();
  });

  it("[L3] are sent without waiting for their instant when they are held", async () => {
    start(0);
    const held = await begun();
    const before = batchesOf(held).length;
    for (let tick = 0; tick < 8; tick++) held.live.step([0, DEED.step]); // a clock that catches up
    await quiet();
    assert.equal(batchesOf(held).length, before + 1);
    assert.notEqual(held.live.step([0, DEED.step]), "held");
  });

  it("set no timer and send nothing while there are none", async () => {
    start(0);
    const held = await begun();
    await clock.pass(200);
    const before = batchesOf(held).length;
    await clock.pass(600);
    assert.equal(batchesOf(held).length, before);
  });

  /** `MemoryJournal.sent` polls by a timer, which stands still here. */
  async function sent(index: number) {
    for (let turn = 0; turn < 1000 && store.appends.length <= index; turn++) await quiet(1);
    assert.ok(store.appends.length > index, `append ${index}`);
    return store.appends[index]!;
  }
});
