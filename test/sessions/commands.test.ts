import assert from "node:assert/strict";
import { readBody } from "../../src/journal/batch.ts";
import { CORE, type Entry, SPECTATOR, SYSTEM } from "../../src/journal/game.ts";
import { commitment, newSeed } from "../../src/lib/rng.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { openDatabase, type TestDatabase } from "../support/database.ts";
import { code } from "../support/journal.ts";
import type { ToyView } from "../support/toy-game.ts";
import { CAMPAIGN, caller, guest, type House, house } from "./house.ts";

const ada = caller("Ada");
const eve = caller("Eve");
const admin = caller("Root", "admin");

describe("session commands", () => {
  let database: TestDatabase;
  let here: House;

  before(async () => {
    database = await openDatabase();
  });
  after(() => database.close());

  beforeEach(() => {
    here = house(database);
  });
  afterEach(async () => {
    here.crash();
    await here.sessions.projector.stop();
  });

  const document = async (id: string) => (await database.store.find(id))!;
  const entries = async (id: string): Promise<Entry[]> =>
    (await database.journalStore.after(id, 0)).flatMap((batch) => readBody(batch).entries);
  const types = async (id: string) => (await entries(id)).map(({ type }) => type);
  const state = async (id: string) => (await here.sessions.open(id)).live.ledger.view(SYSTEM);

  /** A toy session that Ada hosts and plays, begun. */
  async function table(): Promise<string> {
    const { sessionId } = await here.commands.create(ada, { type: "toy" });
    const held = await here.sessions.open(sessionId);
    await here.seats.take(held, guest("Ada"), "player", "connection-a");
    await act(sessionId, "start");
    return sessionId;
  }

  function act(id: string, type: string, data: Record<string, unknown> = {}, who = ada, actionId = uuid7(Date.now())) {
    return here.commands.act(who, id, { id: actionId, type, data });
  }

  describe("create", () => {
    it("a client-owned session: one document, one batch, its owner seated, active, with its state", async () => {
      const wish = { type: "custom", gameId: "chess", state: { a: 1 }, metadata: { title: "x" }, maxPlayers: 2 };
      const { sessionId, version, seq } = await here.commands.create(ada, wish);
      const stored = await document(sessionId);
      assert.deepEqual([stored.version, stored.seq, stored.status], [version, seq, "active"]);
      assert.deepEqual([stored.gameId, stored.metadata, stored.maxPlayers], ["chess", { title: "x" }, 2]);
      assert.deepEqual([stored.hostId, stored.unranked, stored.owner], [guest("Ada").accountId, true, null]);
      assert.deepEqual(
        stored.members.map(({ seat, accountId, device }) => [seat, accountId, device]),
        [[0, guest("Ada").accountId, "desktop"]],
      );
      assert.equal((await database.journalStore.after(sessionId, 0)).length, 1);
      assert.deepEqual(await types(sessionId), [CORE.opened, CORE.seatTaken, CORE.started, "state.replaced"]);
      assert.deepEqual(await state(sessionId), { a: 1 });
    });

    it("a session with rooms waits for its players; whoever made it is the host, unless that is a service", async () => {
      const { sessionId } = await here.commands.create(ada, { type: "toy", private: true });
      const { status, members, hostId, unranked } = await document(sessionId);
      assert.deepEqual([status, members, hostId, unranked], ["waiting", [], guest("Ada").accountId, false]);
      const service = await here.commands.create(caller("svc", "service"), { type: "toy" });
      assert.equal((await document(service.sessionId)).hostId, null);
    });

    it("[L5] a seed by those who may give one, and then nothing counts; for others it is forbidden", async () => {
      const seed = newSeed();
      await assert.rejects(here.commands.create(ada, { type: "toy", seed }), code("forbidden"));
      const { sessionId } = await here.commands.create(admin, { type: "toy", seed });
      assert.equal((await document(sessionId)).unranked, true);
      assert.equal((await entries(sessionId))[0]!.data.commit, commitment(seed));
    });

    it("refuses what cannot be, and leaves nothing behind", async () => {
      const before = await database.connection.collection("sessions").countDocuments();
      for (const wish of [
        { type: "toy", state: {} },
        { type: "toy", maxPlayers: 9 },
        { type: "player", maxPlayers: 2 },
        { type: "custom", state: { $where: 1 } },
        { type: "custom", metadata: { a: { "b.c": 1 } } },
      ]) {
        await assert.rejects(here.commands.create(ada, wish), code("validation_failed"), JSON.stringify(wish));
      }
      const large = { type: "custom", metadata: { a: "x".repeat(5000) } };
      await assert.rejects(here.commands.create(ada, large), code("payload_too_large"));
      const campaignId = CAMPAIGN.replace("0", "1");
      await assert.rejects(here.commands.create(ada, { type: "toy", campaignId }), code("campaign_not_found"));
      assert.equal(
        (await document((await here.commands.create(ada, { type: "toy", campaignId: CAMPAIGN })).sessionId)).campaignId,
        CAMPAIGN,
      );
      assert.equal(await database.connection.collection("sessions").countDocuments(), before + 1);
    });
  });

  it("a session whose journal never began is answered as unavailable, and its document goes", async () => {
    const journalStore = { ...database.journalStore, append: async () => ["refused" as const] };
    const broken = house(database, { journalStore });
    const wish = { type: "custom", state: {}, mode: "unborn" };
    await assert.rejects(broken.commands.create(ada, wish), code("unavailable"));
    const [unborn] = await database.connection
      .collection<{ _id: string }>("sessions")
      .find({ mode: "unborn" })
      .toArray();
    await assert.rejects(here.sessions.open(unborn!._id), code("session_not_found"));
    assert.ok(await database.store.find(unborn!._id), "its journal may be on its way");
    here.clock.advance(60_001);
    await assert.rejects(here.sessions.open(unborn!._id), code("session_not_found"));
    assert.equal(await database.store.find(unborn!._id), null);
  });

  it("made again under the id it was given is the one that is there, also when its journal never began", async () => {
    const wish = { type: "custom", state: { n: 1 } };
    const id = uuid7(here.clock.now());
    const journalStore = { ...database.journalStore, append: async () => ["refused" as const] };
    await assert.rejects(house(database, { journalStore }).commands.create(ada, wish, id), code("unavailable"));
    const made = await here.commands.create(ada, wish, id);
    assert.equal(made.sessionId, id);
    assert.deepEqual(await here.commands.create(ada, wish, id), made);
    await here.commands.end(ada, id);
    assert.equal((await here.commands.create(ada, wish, id)).sessionId, id);
    assert.equal(await database.connection.collection("sessions").countDocuments({ _id: id as never }), 1);
  });

  describe("edit", () => {
    it("[L2] writes mode and players into the journal, of the metadata their hash only; document first, then the answer", async () => {
      const id = await table();
      const edit = { mode: "ranked", maxPlayers: 3, metadata: { note: "Ada's" } };
      const { version } = await here.commands.edit(ada, id, edit);
      assert.deepEqual((await document(id)).metadata, { note: "Ada's" });
      const entry = (await entries(id)).at(-1)!;
      const { metadataHash, ...data } = entry.data;
      assert.deepEqual([entry.type, data], [CORE.edited, { mode: "ranked", maxPlayers: 3, metadata: true }]);
      assert.match(String(metadataHash), /^[0-9a-f]{64}$/);
      const held = here.sessions.held(id)!;
      assert.deepEqual(
        [held.live.ledger.core.version, held.document.mode, held.document.metadata],
        [version, "ranked", { note: "Ada's" }],
      );
      await here.sessions.projector.flush();
      const { mode, maxPlayers } = await document(id);
      assert.deepEqual([mode, maxPlayers], ["ranked", 3]);
    });

    it("bounds who may sit down from then on, also after a crash", async () => {
      const id = await table();
      await here.commands.edit(ada, id, { maxPlayers: 1 });
      here.crash();
      const held = await here.sessions.open(id);
      await assert.rejects(here.seats.take(held, guest("Bob"), "player", "b"), code("session_full"));
      await here.commands.edit(ada, id, { maxPlayers: 2 });
      await here.seats.take(held, guest("Bob"), "player", "b");
      await assert.rejects(here.commands.edit(ada, id, { maxPlayers: 1 }), code("validation_failed"));
    });

    it("made for another version changes nothing at all", async () => {
      const id = await table();
      await assert.rejects(here.commands.edit(ada, id, { metadata: { a: 1 } }, 1), code("version_conflict"));
      assert.deepEqual((await document(id)).metadata, {});
    });
  });

  describe("act", () => {
    it("[L4] takes effect once; the same id gives the same answer, from the journal, also after the end and a crash", async () => {
      const id = await table();
      const actionId = uuid7(Date.now());
      const first = await act(id, "roll", { sides: 6 }, ada, actionId);
      assert.deepEqual(
        first.events.map(({ type, seq, actionId: own }) => [type, seq, own]),
        [["rolled", first.seq, actionId]],
      );
      await act(id, "add", { n: 2 });
      assert.deepEqual(await act(id, "roll", { sides: 6 }, ada, actionId), first);
      here.crash();
      assert.deepEqual(await act(id, "roll", { sides: 6 }, ada, actionId), first);
      await here.commands.end(ada, id);
      assert.deepEqual(await act(id, "roll", { sides: 6 }, ada, actionId), first);
      await here.sessions.release(here.sessions.held(id)!);
      assert.deepEqual(await act(id, "roll", { sides: 6 }, ada, actionId), first);
      await assert.rejects(act(id, "roll", { sides: 6 }), code("session_ended"));
      assert.equal((await types(id)).filter((type) => type === "rolled").length, 1);
    });

    it("[L3] is durable when it is answered, however lightly the game takes it", async () => {
      const id = await table();
      for (const type of ["add", "nudge"]) {
        const { seq } = await act(id, type, { n: 1 });
        assert.equal((await entries(id)).at(-1)!.seq, seq);
      }
    });

    it("enters by the same door as a socket's: rules, shape and seat say no", async () => {
      const id = await table();
      await assert.rejects(act(id, "spend", { n: 5 }), code("too_poor"));
      await assert.rejects(act(id, "add", { n: "1" }), code("validation_failed"));
      await assert.rejects(act(id, "constructor"), code("unknown_action"));
      await assert.rejects(act(id, "add", { n: 1 }, eve), code("not_seated"));
      await assert.rejects(act(id, "add", { n: 1 }, ada, "no id"), code("invalid_action_id"));
    });

    it("is told to its caller as the seat may see it", async () => {
      const id = await table();
      const { events } = await act(id, "hide", { secret: "s" });
      assert.deepEqual(events[0]!.data, { secret: "s" });
    });
  });

  describe("who may", () => {
    it("a private session of others is not there; an open one may be seen and not changed", async () => {
      for (const [hidden, refused] of [
        [true, "session_not_found"],
        [false, "forbidden"],
      ] as const) {
        const { sessionId: id } = await here.commands.create(ada, { type: "custom", private: hidden });
        const { commands } = here;
        for (const attempt of [
          () => commands.edit(eve, id, { mode: "x" }),
          () => commands.replaceState(eve, id, {}, 4),
          () => commands.patchState(eve, id, {}, 4),
          () => commands.append(eve, id, {}),
          () => commands.end(eve, id),
          () => commands.pause(eve, id),
          () => commands.resume(eve, id),
          () => commands.rewind(eve, id, { toSeq: 3 }),
          () => commands.snapshots(eve, id),
        ]) {
          await assert.rejects(attempt(), code(refused), `${hidden} ${attempt}`);
        }
      }
      await assert.rejects(here.commands.end(ada, CAMPAIGN), code("session_not_found"));
    });

    it("managers may change every session, and a game master the own one", async () => {
      const { sessionId } = await here.commands.create(ada, { type: "custom", private: true });
      const { version } = await here.commands.patchState(admin, sessionId, { a: 1 }, 3);
      await here.commands.edit(admin, sessionId, { mode: "x" }, version);
      const id = await table();
      await here.commands.pause(admin, id);
      await assert.rejects(here.commands.rewind(ada, id, { toSeq: 4 }), code("forbidden"), "a host of rules is no gm");
      await here.commands.resume(admin, id);
    });

    it("no client writes the state of a game with rules", async () => {
      const id = await table();
      await assert.rejects(here.commands.replaceState(ada, id, {}, 5), code("forbidden"));
    });
  });

  describe("pause and resume", () => {
    it("change the status, refuse actions meanwhile, and are projected", async () => {
      const id = await table();
      const paused = await here.commands.pause(ada, id);
      await assert.rejects(act(id, "add", { n: 1 }), code("session_paused"));
      await assert.rejects(here.commands.pause(ada, id), code("invalid_transition"));
      await here.sessions.projector.flush();
      const { status, pausedAt, version } = await document(id);
      assert.deepEqual([status, pausedAt instanceof Date, version], ["paused", true, paused.version]);
      await here.commands.resume(ada, id, paused.version);
      await act(id, "add", { n: 1 });
      await here.sessions.projector.flush();
      assert.deepEqual([(await document(id)).status, (await document(id)).pausedAt], ["active", null]);
    });

    it("of an ended session are invalid, held or not", async () => {
      const id = await table();
      await here.commands.end(ada, id);
      await assert.rejects(here.commands.pause(ada, id), code("invalid_transition"));
      await here.sessions.release(here.sessions.held(id)!);
      await assert.rejects(here.commands.resume(ada, id), code("invalid_transition"));
    });

    it("survive a crash, and who is seated gets the seat again meanwhile", async () => {
      const id = await table();
      await here.commands.pause(ada, id);
      here.crash();
      const held = await here.sessions.open(id);
      assert.equal(held.live.ledger.core.status, "paused");
      assert.equal((await here.seats.take(held, guest("Ada"), "player", "c2")).member.seat, 0);
      await assert.rejects(here.seats.take(held, guest("Bob"), "player", "b"), code("session_paused"));
    });
  });

  describe("end", () => {
    it("twice is once, held or not", async () => {
      const { sessionId: id } = await here.commands.create(ada, { type: "player", state: { a: 1 } });
      const ended = await here.commands.end(ada, id);
      assert.deepEqual(await here.commands.end(ada, id), ended);
      await here.sessions.release(here.sessions.held(id)!);
      assert.deepEqual(await here.commands.end(ada, id), ended);
      await assert.rejects(here.commands.end(ada, id, 1), code("version_conflict"));
      assert.equal((await types(id)).filter((type) => type === CORE.ended).length, 1);
    });
  });

  describe("rewind", () => {
    it("by its owner: the state of then, one version more, a snapshot with it, and all of it after a crash", async () => {
      const { sessionId: id, seq } = await here.commands.create(ada, { type: "custom", state: { a: 1 } });
      const second = await here.commands.patchState(ada, id, { a: 2 }, 4);
      const { version } = await here.commands.rewind(ada, id, { toSeq: seq });
      assert.equal(version, second.version + 1);
      assert.deepEqual(await state(id), { a: 1 });
      assert.deepEqual(
        (await here.commands.snapshots(ada, id)).map((one) => one.seq),
        [second.seq + 1],
      );
      here.crash();
      assert.deepEqual(await state(id), { a: 1 });
      await database.connection.collection("snapshots").deleteMany({ s: id });
      here.crash();
      assert.deepEqual(await state(id), { a: 1 });
      await assert.rejects(here.commands.rewind(ada, id, { toSeq: 99 }), code("not_rewindable"));
    });

    it("by an admin, or the game master, of a game that allows it", async () => {
      const id = await table();
      const { seq } = await act(id, "add", { n: 1 });
      await act(id, "add", { n: 10 });
      await here.commands.rewind(admin, id, { toSeq: seq, reroll: true });
      const held = here.sessions.held(id)!;
      await here.seats.leave(held, held.memberAt(0)!);
      await here.seats.take(here.sessions.held(id)!, guest("Ada"), "gm", "gm");
      await here.commands.rewind(ada, id, { toSeq: seq });
      assert.deepEqual(((await here.sessions.open(id)).live.ledger.view(SPECTATOR) as ToyView).counters, [[0, 1]]);
    });
  });

  it("every change is noted: who, what, by which request, and the state's hashes around it", async () => {
    const { sessionId: id } = await here.commands.create(ada, { type: "custom" });
    await here.commands.patchState(ada, id, { a: 1 }, 3);
    await here.commands.pause(ada, id);
    await here.commands.resume(ada, id);
    await here.commands.edit(ada, id, { mode: "x" });
    await here.commands.end(ada, id);
    const noted = here.audited;
    assert.deepEqual(
      noted.map(({ action }) => action.split(".")[1]),
      ["created", "state_changed", "paused", "resumed", "edited", "ended"],
    );
    for (const { subject, actor, requestId } of noted) {
      assert.deepEqual(
        [subject, actor?.accountId, requestId],
        [{ kind: "session", id }, guest("Ada").accountId, "request-of-Ada"],
      );
    }
    const chain = noted.slice(1);
    for (const [index, { before, after }] of chain.entries()) {
      assert.notEqual(before, after);
      if (index > 0) assert.equal(before, chain[index - 1]!.after);
    }
  });

  describe("in memory", () => {
    it("what was asked for stays for a while, and is let go of without a write when nothing is new", async () => {
      const { sessionId: id } = await here.commands.create(ada, { type: "player", state: { a: 1 } });
      here.clock.advance(60_000);
      await here.sweeper.sweep();
      assert.ok(here.sessions.held(id));
      here.clock.advance(10 * 60_000);
      await here.sweeper.sweep();
      assert.equal(here.sessions.held(id), undefined);
      assert.equal(await database.snapshots.latest(id), null);
      await here.commands.patchState(ada, id, { b: 2 }, 4);
      assert.deepEqual(await state(id), { a: 1, b: 2 });
    });

    it("an order that meets its session on the way out is committed once it is back", async () => {
      const { sessionId: id } = await here.commands.create(ada, { type: "player" });
      const released = here.sessions.release(here.sessions.held(id)!);
      const { version } = await here.commands.patchState(ada, id, { a: 1 }, 3);
      await released;
      assert.equal(version, 4);
    });

    it("an ended session without a room goes at the next sweep", async () => {
      const { sessionId: id } = await here.commands.create(ada, { type: "player" });
      await here.commands.end(ada, id);
      await here.sweeper.sweep();
      assert.equal(here.sessions.held(id), undefined);
      assert.equal((await document(id)).status, "ended");
    });
  });

  describe("fifty writers of one version", () => {
    it("have one winner each time: no version is lost, none skipped, and the losers know the current one", async () => {
      const { sessionId: id, version: first } = await here.commands.create(ada, { type: "custom", state: {} });
      const won: number[] = [];
      const writer = async (name: string) => {
        let version = first;
        for (let wins = 0; wins < 4; ) {
          try {
            version = (await here.commands.patchState(ada, id, { [name]: wins }, version)).version;
            won.push(version);
            wins += 1;
          } catch (reason) {
            const { code: said, extra } = reason as { code: string; extra: { version: number } };
            assert.equal(said, "version_conflict");
            assert.ok(extra.version > version, "the current version is a later one");
            // Every entry of such a session is a version.
            assert.ok(here.sessions.held(id)!.live.durableSeq >= extra.version, "and durable");
            version = extra.version;
          }
        }
      };
      await Promise.all(Array.from({ length: 50 }, (_, index) => writer(`w${index}`)));
      assert.deepEqual(
        won.sort((a, b) => a - b),
        Array.from({ length: 200 }, (_, index) => first + 1 + index),
      );
      const after = (await state(id)) as Record<string, number>;
      assert.deepEqual([Object.keys(after).length, new Set(Object.values(after))], [50, new Set([3])]);
      assert.equal((await types(id)).filter((type) => type === "state.patched").length, 200);
    });
  });
});
