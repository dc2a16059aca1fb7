import assert from "node:assert/strict";
import { BATCH_BYTES } from "../../src/journal/batch.ts";
import { CORE, type Entry, SPECTATOR, SYSTEM, TICK, type Viewer } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { toldTo } from "../../src/journal/redact.ts";
import { code, type Harness, quiet, SEED, until } from "../support/journal.ts";
import { begunRace, DEED, liveRace, type RaceState, type RaceView, race, types } from "./tick-game.ts";

const seat = (number: number): Viewer => ({ kind: "seat", seat: number });

describe("ticks of a real-time game", () => {
  let session: Harness;

  beforeEach(async () => {
    session = await liveRace();
  });
  afterEach(() => session.live.discard("released"));

  const journaled = () => session.store.entries(session.live.id);
  const viewed = () => session.ledger.view(SPECTATOR) as RaceView;

  it("[L2] each is one entry of its own, with its inputs and what it decided, numbered among all others", async () => {
    session.live.step([0, DEED.step, 1, DEED.step]);
    session.live.step([]);
    session.live.step([1, DEED.tellAll]);
    await session.live.settled(() => undefined);
    const entries = journaled();
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      entries.map((_, index) => index + 1),
    );
    const ticks = entries.filter(({ type }) => type === TICK);
    assert.deepEqual(
      ticks.map(({ data }) => data),
      [
        { in: [0, DEED.step, 1, DEED.step] },
        { in: [] },
        { in: [1, DEED.tellAll], facts: [{ type: "shouted", data: { seat: 1 } }] },
      ],
    );
    assert.ok(ticks.every((tick) => tick.seat === null && tick.actionId === undefined));
  });

  it("[L1] are stepped, never evolved, and a restore steps them again to the same state", async () => {
    for (let tick = 0; tick < 20; tick++) session.live.step([tick % 2, 1 + (tick % 3)]);
    await session.live.settled(() => undefined);
    const { state } = JSON.parse(session.ledger.snapshot(0).text) as { state: RaceState };
    assert.equal(state.ticks, 20);
    assert.ok(!state.evolved.includes(TICK));
    const restored = Ledger.restore(session.ledger.identity, null, session.store.of(session.live.id));
    assert.equal(restored.stateHash(), session.ledger.stateHash());
  });

  it("do not count as versions: nothing that a client of the API asks for has changed", () => {
    const before = session.ledger.core.version;
    for (let tick = 0; tick < 5; tick++) session.live.step([0, DEED.tellAll]);
    assert.equal(session.ledger.core.version, before);
  });

  it("are told as the facts each viewer may see, at the tick's place; inputs are told to nobody", () => {
    session.live.step([0, DEED.tellAll, 1, DEED.tellOwn]);
    session.live.step([0, DEED.step]);
    const [tick, ...more] = session.shown;
    assert.deepEqual([tick!.type, more], [TICK, []], "a tick that decided nothing is no news");
    const told = (viewer: Viewer) => toldTo(race, tick!, viewer);
    const gm: Viewer = { kind: "gm", seat: 100 };
    assert.deepEqual(types(told(seat(1))), ["shouted", "whispered"]);
    for (const viewer of [seat(0), gm, SPECTATOR]) assert.deepEqual(types(told(viewer)), ["shouted"]);
    for (const viewer of [seat(0), seat(1), gm, SPECTATOR]) {
      assert.ok(told(viewer).every(({ seq, at }) => seq === tick!.seq && at === tick!.at));
      assert.ok(!JSON.stringify(told(viewer)).includes('"in"'));
      assert.deepEqual(toldTo(race, { ...tick!, data: { in: [0, DEED.step] } } as Entry, viewer), []);
    }
    assert.deepEqual(told(SYSTEM), [tick]);
  });

  it("[L3] a tick that ends the session: the end is an entry of its own, and nothing shows before it is durable", async () => {
    session.store.held = true;
    session.live.step([0, DEED.step]);
    assert.equal(session.live.step([0, DEED.tellAll, 1, DEED.win]), "quiet");
    assert.deepEqual([session.shown, session.live.showable], [[], false]);
    const [append] = [await session.store.sent(0)];
    await quiet();
    assert.deepEqual(session.shown, [], "sent at once, but not durable");
    append.land();
    await until(() => session.live.showable, "the end is durable");
    assert.deepEqual(types(session.shown), [TICK, CORE.ended]);
    const ended = journaled().at(-1)!;
    assert.deepEqual([ended.type, ended.seat], [CORE.ended, null]);
    assert.deepEqual(ended.data, { reason: "won", winner: 1, seed: SEED });
    assert.deepEqual(session.ledger.core.result, { reason: "won", winner: 1 });
    assert.deepEqual(journaled().at(-2)!.data.facts, [{ type: "shouted", data: { seat: 0 } }], "without the end");
    assert.equal(session.ledger.runs, false);
    await assert.rejects(session.act("push"), code("session_ended"));
  });

  it("[L3] an end decided while a batch is in flight shows with its own, and so does the answer that gives it away", async () => {
    session.store.held = true;
    session.live.step([0, DEED.step]);
    void session.live.settled(() => undefined);
    const earlier = await session.store.sent(0);
    session.live.step([1, DEED.win]);
    let answered = false;
    const late = session.act("push").catch((reason: unknown) => {
      answered = true;
      throw reason;
    });
    const refused = assert.rejects(late, code("session_ended"));
    earlier.land();
    const own = await session.store.sent(1);
    await quiet();
    assert.deepEqual([session.shown, session.live.showable, answered], [[], false, false]);
    own.land();
    await refused;
    assert.deepEqual(types(session.shown), [CORE.ended]);
  });

  it("[L3] go on while something critical is in flight, and nothing is shown until it is durable", async () => {
    session.store.held = true;
    const rest = session.act("rest");
    const append = await session.store.sent(0);
    for (let tick = 0; tick < 3; tick++) assert.equal(session.live.step([0, DEED.tellAll]), "quiet");
    assert.equal(viewed().ticks, 3, "the clock does not wait");
    assert.deepEqual([session.shown, session.live.showable], [[], false]);
    append.land();
    await rest;
    assert.deepEqual(types(session.shown), ["rested", TICK, TICK, TICK], "then in order");
    assert.equal(session.live.step([0, DEED.tellAll]), "told");
  });

  it("[L3] are shown at once although not yet durable, when nothing critical waits", () => {
    session.store.held = true;
    assert.equal(session.live.step([0, DEED.tellAll]), "told");
    assert.equal(session.live.step([0, DEED.step]), "quiet");
    assert.equal(session.shown.length, 1);
  });

  it("a settled read does not stop the clock, sees what the batch ends with, and is told once that is durable", async () => {
    session.store.held = true;
    const before = session.live.durableSeq;
    session.live.step([0, DEED.step]);
    session.live.step([0, DEED.step]);
    let seen: { seq: number; ticks: number } | null = null;
    const read = session.live.settled((ledger) => ({
      seq: ledger.seq,
      ticks: (ledger.view(SYSTEM) as RaceView).ticks,
    }));
    void read.then((value) => {
      seen = value;
    });
    const append = await session.store.sent(0);
    for (let tick = 0; tick < 4; tick++) assert.notEqual(session.live.step([0, DEED.step]), "held");
    await quiet();
    assert.equal(seen, null);
    append.land();
    assert.deepEqual(await read, { seq: before + 2, ticks: 2 });
    assert.ok(session.live.durableSeq >= before + 2);
    assert.equal(viewed().ticks, 6);
  });

  it("readers who come while a batch is in flight are served by the next one, however the clock runs", async () => {
    session.store.held = true;
    session.live.step([0, DEED.step]);
    const first = session.live.settled((ledger) => ledger.seq);
    const append = await session.store.sent(0);
    session.live.step([0, DEED.step]);
    const second = session.live.settled((ledger) => ledger.seq);
    append.land();
    const seq = await first;
    session.live.step([0, DEED.step]);
    (await session.store.sent(1)).land();
    assert.equal(await second, seq + 1, "the tick after it was sealed is not seen");
  });

  it("[L9] are held while an outcome is unknown, and go on once it is known", async () => {
    session.store.held = true;
    session.live.step([0, DEED.step]);
    const rest = session.act("rest");
    (await session.store.sent(0)).fail();
    await assert.rejects(rest, code("outcome_unknown"));
    const { seq } = session.ledger;
    for (let tick = 0; tick < 5; tick++) assert.equal(session.live.step([0, DEED.tellAll]), "held");
    assert.equal(session.ledger.seq, seq);
    assert.deepEqual(session.shown, []);
    (await session.store.sent(1)).land();
    await until(() => session.live.step([0, DEED.tellAll]) === "told", "the clock runs again");
    assert.equal(session.ledger.seq, seq + 1);
  });

  it("[L8] are held while the batch at hand is full, and go on once the one in flight is durable", async () => {
    session.store.held = true;
    const rest = session.act("rest");
    const append = await session.store.sent(0);
    const inputs = Array.from({ length: 2000 }, () => [0, DEED.step]).flat();
    let ticks = 0;
    while (ticks < 1000 && session.live.step(inputs) !== "held") ticks += 1;
    assert.ok(ticks > 1 && ticks * JSON.stringify(inputs).length < BATCH_BYTES);
    assert.equal(viewed().ticks, ticks, "what was held did not happen");
    append.land();
    await rest;
    assert.notEqual(session.live.step([0, DEED.step]), "held");
    const [full] = (await session.store.sent(1)).batches;
    assert.ok(Buffer.byteLength(full!.body) <= BATCH_BYTES);
  });

  const faults: Record<string, number> = {
    "throws, having changed the state": DEED.explode,
    "writes what only the ledger may write": DEED.forge,
    "decides more than an entry can hold": DEED.brag,
  };
  for (const [what, deed] of Object.entries(faults)) {
    it(`[L1] a step that ${what}: the session is discarded as a fault, and the journal knows nothing of it`, async () => {
      session.live.step([0, DEED.step]);
      await session.live.settled(() => undefined);
      const before = { entries: journaled(), hash: session.ledger.stateHash() };
      assert.equal(session.live.step([0, DEED.step, 1, deed]), "held");
      assert.deepEqual([session.closed, session.faults.length], [["fault"], 1]);
      assert.equal(session.live.step([0, DEED.step]), "held");
      await quiet();
      assert.deepEqual(journaled(), before.entries);
      const restored = Ledger.restore(session.ledger.identity, null, session.store.of(session.live.id));
      assert.equal(restored.stateHash(), before.hash);
    });
  }

  it("[L7] nobody plays a tick of an ended session", async () => {
    session.live.step([0, DEED.win]);
    await until(() => session.live.showable, "the end is durable");
    const restored = Ledger.restore(session.ledger.identity, null, session.store.of(session.live.id));
    assert.deepEqual([restored.runs, restored.core.status, restored.wakeAt], [false, "ended", null]);
  });

  it("the clock of a game runs from its start to its end, and not for one that has none", () => {
    const waiting = begunRace(session.store, Date.now());
    assert.equal(waiting.runs, true);
    assert.equal(Ledger.open({ ...waiting.identity, game: { ...race } }, Date.now()).runs, false);
    const { realtime: _, ...turns } = race;
    assert.equal(Ledger.open({ ...waiting.identity, game: turns }, Date.now()).runs, false);
  });
});
