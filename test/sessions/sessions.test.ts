import assert from "node:assert/strict";
import { type Batch, readBody } from "../../src/journal/batch.ts";
import { CORE, type Entry } from "../../src/journal/game.ts";
import type { JournalStore, Written } from "../../src/journal/journal.store.ts";
import type { HeldSession } from "../../src/sessions/held-session.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { code, TestClock, until } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";
import { actOn, guest, type House, type HouseOptions, house } from "./house.ts";

describe("sessions", () => {
  let database: TestDatabase;
  const houses: House[] = [];

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  afterEach(async () => {
    for (const { crash, sessions, sweeper } of houses.splice(0)) {
      crash();
      await sessions.projector.stop();
      await sweeper.stop();
    }
  });

  function start(options: HouseOptions = {}): House {
    const started = house(database, options);
    houses.push(started);
    return started;
  }

  /** A session of two guests, in a house of its own. */
  async function seated(options: HouseOptions = {}): Promise<House & { held: HeldSession; id: string }> {
    const process = start(options);
    const held = await process.sessions.create({ type: "toy" });
    await process.seats.take(held, guest("Ada"), "player", "connection-a");
    await process.seats.take(held, guest("Bob"), "player", "connection-b");
    return { ...process, held, id: held.live.id };
  }

  async function entries(id: string): Promise<Entry[]> {
    return (await database.journalStore.after(id, 0)).flatMap((batch) => readBody(batch).entries);
  }

  const document = async (id: string) => (await database.store.find(id))!;

  it("[L2] no entry and no snapshot knows an account, a connection or a name", async () => {
    const { sessions, held, id } = await seated();
    await actOn(held.live, 0, "add", { n: 1 });
    await sessions.release(held);
    const snapshot = (await database.snapshots.latest(id))!;
    const texts = [...(await database.journalStore.after(id, 0)).map(({ body }) => body), snapshot.text];
    for (const text of texts) assert.doesNotMatch(text, /account-of|connection-|Ada|Bob/);
    assert.equal((await document(id)).members.length, 2);
  });

  it("those who open a session together share one recovery, and one claim", async () => {
    const { crash, id } = await seated();
    crash();
    const { sessions } = start();
    const [one, other] = await Promise.all([sessions.open(id), sessions.open(id)]);
    assert.equal(one, other);
    assert.equal(await sessions.open(id), one);
    assert.equal((await entries(id)).filter(({ type }) => type === CORE.owner).length, 1);
    assert.deepEqual([one.live.ledger.epoch, one.members.length], [2, 2]);
  });

  it("clients are told where play ended, past owners that died before anything was played, with and without a snapshot", async () => {
    for (const slept of [false, true]) {
      const { sessions, crash, held, id } = await seated();
      await actOn(held.live, 0, "add", { n: 1 });
      const { seq } = held.live.ledger;
      crash();
      const second = await sessions.open(id);
      assert.equal(second.recoveredSeq, seq);
      if (slept) await sessions.release(second);
      else crash();
      const third = await sessions.open(id);
      assert.deepEqual([third.recoveredSeq, third.live.ledger.seq], [seq, seq + 2]);
      crash();
    }
  });

  it("[L8] when another process takes a session, the former owner closes and its projection changes nothing", async () => {
    const former = await seated();
    const { processId, sessions } = start();
    const held = await sessions.open(former.id);
    await actOn(held.live, 0, "add", { n: 1 });
    await sessions.projector.flush();
    await assert.rejects(actOn(former.held.live, 0, "add", { n: 2 }), code("session_moved"));
    assert.equal(former.sessions.held(former.id), undefined);
    await former.sessions.projector.letGo(former.held, null).catch(() => undefined);
    await former.sessions.projector.flush();
    const { owner, seq, epoch } = await document(former.id);
    assert.deepEqual([owner, seq, epoch], [processId, held.live.durableSeq, 2]);
  });

  it("a projection is never written backwards", async () => {
    const { sessions, held, id } = await seated();
    await sessions.projector.flush();
    const now = await document(id);
    await database.store.project(id, { ...now, seq: now.seq - 1, status: "ended", owner: "nobody" });
    assert.deepEqual(await document(id), now);
    assert.equal(now.seq, held.live.durableSeq);
  });

  it("a seat whose person was never written is given up, and a person without a seat is forgotten", async () => {
    const { held, id, crash } = await seated();
    await held.live.commit({ kind: "take", role: "player" });
    await database.store.setMembers(id, 1, [...held.members, { ...held.members[0]!, seat: 3, accountId: "nobody" }]);
    crash();
    const { sessions } = start();
    const restored = await sessions.open(id);
    assert.deepEqual(
      restored.live.ledger.core.seats.map(({ seat }) => seat),
      [0, 1],
    );
    assert.deepEqual(
      restored.members.map(({ seat }) => seat),
      [0, 1],
    );
    assert.equal((await entries(id)).at(-1)!.type, CORE.seatLeft);
  });

  it("the same account gets its seat again, with a new generation; the former connection's is replaced", async () => {
    const { seats, held, id } = await seated();
    const { member, replaced } = await seats.take(held, guest("Ada"), "player", "connection-c");
    assert.deepEqual([member.seat, member.generation, replaced?.connectionId], [0, 2, "connection-a"]);
    assert.deepEqual((await document(id)).members, held.members);
    assert.equal(held.live.ledger.core.seats.length, 2);
  });

  it("the first to sit down is the host, who alone may be the game master", async () => {
    const { seats, held, id } = await seated();
    assert.equal((await document(id)).hostId, guest("Ada").accountId);
    await assert.rejects(seats.take(held, guest("eve"), "gm", "c"), code("forbidden"));
    await seats.leave(held, held.memberAt(0)!);
    assert.equal((await seats.take(held, guest("Ada"), "gm", "c")).member.seat, 100);
  });

  it("three faults within a minute: the session is quarantined, and not opened again", async () => {
    const { sessions, id, faults } = await seated();
    for (let fault = 0; fault < 3; fault++) {
      const { live } = await sessions.open(id);
      await assert.rejects(actOn(live, 0, "boom", { where: "evolve" }), code("internal_error"));
    }
    assert.equal(faults.length, 3);
    await until(async () => (await document(id)).quarantined === "fault", "the quarantine");
    await assert.rejects(sessions.open(id), code("session_quarantined"));
    const { owner, wakeAt } = await document(id);
    assert.deepEqual([owner, wakeAt], [null, null]);
  });

  it("[L9] a batch refused by its content quarantines its session, and no other", async () => {
    const journalStore = refusing(database.journalStore);
    const { sessions, held, id } = await seated({ journalStore });
    const other = await sessions.create({ type: "toy" });
    journalStore.poisoned = id;
    await assert.rejects(actOn(held.live, 0, "add", { n: 1 }), code("session_quarantined"));
    await until(async () => (await document(id)).quarantined === "refused", "the quarantine");
    await assert.rejects(sessions.open(id), code("session_quarantined"));
    await other.live.commit({ kind: "take", role: "player" });
  });

  it("[L11] a journal that does not add up quarantines its session when it is opened", async () => {
    const { id, held, crash } = await seated();
    await actOn(held.live, 0, "add", { n: 1 });
    crash();
    const second = (await database.journalStore.after(id, 1))[0]!;
    await database.connection.collection<Batch>("journal").deleteOne({ _id: second._id });
    await assert.rejects(start().sessions.open(id), code("session_quarantined"));
    assert.match((await document(id)).quarantined!, /does not continue at entry 2/);
  });

  it("[L7] another rules version: rules_unavailable, and the session is left alone", async () => {
    const { id, crash } = await seated();
    crash();
    const [before, journal] = [await document(id), await entries(id)];
    const { sessions } = start({ game: { ...toy, version: 2 } });
    await assert.rejects(sessions.open(id), code("rules_unavailable"));
    assert.deepEqual([await document(id), await entries(id)], [before, journal]);
    await (await start().sessions.open(id)).live.settled(() => undefined);
  });

  it("a session that ended is not opened; its document is put right if the end was not projected", async () => {
    const { held, id, crash } = await seated();
    await actOn(held.live, 0, "finish");
    crash();
    const active = { ...(await document(id)), status: "active", endedAt: null, wakeAt: 1, seq: 3 } as const;
    await database.connection.collection<{ _id: string }>("sessions").replaceOne({ _id: id }, active);
    const { sessions } = start();
    await assert.rejects(sessions.open(id), code("session_ended"));
    assert.deepEqual([(await document(id)).status, (await document(id)).wakeAt], ["ended", null]);
    await assert.rejects(sessions.open("01900000-0000-7000-8000-000000000000"), code("session_not_found"));
  });

  it("a session that is being let go of is opened again by the next knock, not handed out as it dies", async () => {
    const { sessions, held, id } = await seated();
    const released = sessions.release(held);
    const again = await sessions.open(id);
    await released;
    assert.notEqual(again, held);
    assert.equal(sessions.held(id), again);
    await actOn(again.live, 0, "add", { n: 1 });
    assert.equal(again.live.ledger.epoch, 2);
  });

  describe("asleep", () => {
    it("released: no owner, the next deadline in the document, and nothing to replay", async () => {
      const { sessions, held, id } = await seated();
      const { entries: armed } = await actOn(held.live, 0, "alarm", { in: 50_000, kind: "once" });
      await sessions.release(held);
      const { owner, wakeAt, seq } = await document(id);
      assert.deepEqual([owner, wakeAt, seq], [null, armed[0]!.data.due, 4]);
      assert.equal((await database.snapshots.latest(id))!.n, 4);
      assert.equal(sessions.heldCount, 0);
    });

    it("[L4] the sweeper wakes a due session, its timer fires once, and without a room it sleeps again", async () => {
      const { sessions, held, id, sweeper, clock } = await seated();
      await actOn(held.live, 0, "alarm", { in: 20_000, kind: "once" });
      await sessions.release(held);
      await sweeper.sweep();
      assert.equal(sessions.heldCount, 0, "not before its time");
      clock.advance(20_000);
      await sweeper.sweep();
      assert.equal(sessions.heldCount, 1);
      await until(async () => (await entries(id)).some(({ type }) => type === "rang"), "the alarm");
      await sweeper.sweep();
      clock.advance(5000);
      await sweeper.sweep();
      assert.equal(sessions.heldCount, 0);
      assert.equal((await document(id)).owner, null);
      await sweeper.sweep();
      assert.equal((await entries(id)).filter(({ type }) => type === "rang").length, 1);
    });

    it("a session that a room presents, or whose timer is near, is kept", async () => {
      const { sessions, held, sweeper, clock } = await seated();
      const nobody = { connected: () => new Set<number>(), nextRefId: () => 7 };
      held.live.present({ ...nobody, release: () => undefined, closed: () => undefined });
      for (let sweep = 0; sweep < 3; sweep++, clock.advance(5000)) await sweeper.sweep();
      assert.equal(sessions.heldCount, 1);
      held.live.present(null);
      await actOn(held.live, 0, "alarm", { in: 4000, kind: "once" });
      await sweeper.sweep();
      assert.equal(sessions.heldCount, 1);
      await sessions.release(held);
    });

    it("players of a crashed process get time to return before their overdue timer fires", async () => {
      const clock = new TestClock();
      const [crashed, asleep] = [await seated({ clock }), await seated({ clock })];
      for (const { held } of [crashed, asleep]) await actOn(held.live, 0, "alarm", { in: 1000, kind: "once" });
      await asleep.sessions.release(asleep.held);
      crashed.crash();
      clock.advance(2000);
      const { sessions } = start({ clock });
      await sessions.open(crashed.id);
      await sessions.open(asleep.id);
      const rang = async (id: string) => (await entries(id)).some(({ type }) => type === "rang");
      await until(() => rang(asleep.id), "the alarm of those who had left long ago");
      assert.equal(await rang(crashed.id), false);
    });
  });
});

/** A store that takes everything but the batches of one session. */
function refusing(store: JournalStore): JournalStore & { poisoned: string } {
  return {
    ...{ ...store, poisoned: "" },
    async append(batches): Promise<Written[]> {
      if (batches.some(({ s }) => s === this.poisoned)) return batches.map(() => "refused");
      return store.append(batches);
    },
  };
}
