import assert from "node:assert/strict";
import { WINDOW_MS } from "../../src/journal/action-window.ts";
import { BATCH_BYTES, type Batch, ENTRY_BYTES, readBody } from "../../src/journal/batch.ts";
import { evolveCore, FIRST_GM_SEAT, initialCore } from "../../src/journal/core.rules.ts";
import { CORE, type Entry, SYSTEM, type Viewer } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { toldTo } from "../../src/journal/redact.ts";
import { commitment } from "../../src/lib/rng.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, code, done, openLedger, refusedWith, SEED, START } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";

function sealed(ledger: Ledger): Batch {
  return ledger.seal()!.batch;
}

describe("ledger", () => {
  it("[L8] a batch is named by its session and first seq, and its body holds what its fields say", () => {
    const ledger = openLedger(toy, 2);
    const first = sealed(ledger);
    done(act(ledger, 0, "add", { n: 1 }, START));
    const second = sealed(ledger);
    assert.equal(first._id, `${ledger.identity.sessionId}/000000000001`);
    assert.equal(second._id, `${ledger.identity.sessionId}/000000000004`);
    assert.deepEqual([second.n, second.last, second.fence, second.prev], [4, 4, 1, first.hash]);
    const { entries, ...head } = readBody(second);
    assert.deepEqual(head, { fence: 1, n: 4, rules: { game: "toy", version: 1 }, s: ledger.identity.sessionId });
    assert.deepEqual(
      entries.map(({ seq, seat, type, data }) => ({ seq, seat, type, data })),
      [{ seq: 4, seat: 0, type: "added", data: { n: 1 } }],
    );
  });

  it("[L8] an entry over 16 KiB, and an order over four of them, is refused and changes nothing", () => {
    const ledger = openLedger(toy, 1);
    const before = ledger.stateHash();
    for (const data of [
      { bytes: ENTRY_BYTES, times: 1 },
      { bytes: ENTRY_BYTES - 500, times: 5 },
    ]) {
      assert.equal(refusedWith(act(ledger, 0, "pad", data, START)), "payload_too_large");
    }
    assert.deepEqual([ledger.stateHash(), ledger.seq], [before, 2]);
    done(act(ledger, 0, "pad", { bytes: ENTRY_BYTES - 500, times: 4 }, START));
    while (!ledger.batchIsFull) done(act(ledger, 0, "pad", { bytes: ENTRY_BYTES - 500, times: 4 }, START));
    assert.ok(Buffer.byteLength(sealed(ledger).body) <= BATCH_BYTES);
    assert.equal(ledger.batchIsFull, false);
  });

  it("[L2] time never goes back from one entry to the next", () => {
    const ledger = openLedger(toy, 1);
    done(act(ledger, 0, "add", { n: 1 }, START + 1000));
    const { entries } = done(act(ledger, 0, "add", { n: 1 }, START + 10));
    assert.equal(entries[0]!.at, START + 1000);
  });

  it("seats players from 0 and the game master beyond them, up to the game's limits", () => {
    const ledger = openLedger(toy, 4);
    assert.equal(refusedWith(ledger.decide({ kind: "take", role: "player" }, START)), "session_full");
    const { entries } = done(ledger.decide({ kind: "take", role: "gm" }, START));
    assert.equal(entries[0]!.seat, FIRST_GM_SEAT);
    assert.equal(refusedWith(ledger.decide({ kind: "take", role: "gm" }, START)), "session_full");
    done(ledger.decide({ kind: "leave", seat: 1 }, START));
    assert.equal(done(ledger.decide({ kind: "take", role: "player" }, START)).entries[0]!.seat, 1);
    assert.deepEqual(
      ledger.core.seats.map(({ seat }) => seat),
      [0, 1, 2, 3, FIRST_GM_SEAT],
    );
  });

  it("refuses strangers, unknown commands and wrong shapes before the game is asked", () => {
    const ledger = openLedger(toy, 1);
    assert.equal(refusedWith(act(ledger, 3, "add", { n: 1 }, START)), "not_seated");
    assert.equal(refusedWith(act(ledger, 0, "constructor", {}, START)), "unknown_action");
    assert.equal(refusedWith(act(ledger, 0, "timer", {}, START)), "unknown_action");
    assert.equal(refusedWith(act(ledger, 0, "add", { n: 1.5 }, START)), "validation_failed");
    assert.equal(refusedWith(act(ledger, 0, "add", { n: 1, more: 1 }, START)), "validation_failed");
    done(act(ledger, 0, "lock", {}, START));
    assert.equal(refusedWith(ledger.decide({ kind: "take", role: "player" }, START)), "locked");
    assert.equal(refusedWith(ledger.decide({ kind: "leave", seat: 2 }, START)), "not_seated");
  });

  it("[L2] core: ownership changes no version, everything else does", () => {
    const core = initialCore();
    const entry = (type: string): Entry => ({ seq: 1, at: START, seat: 0, type, data: { role: "player" } });
    for (const type of [CORE.opened, CORE.seatTaken, CORE.started, "anything"]) evolveCore(core, entry(type));
    assert.equal(core.version, 4);
    evolveCore(core, entry(CORE.owner));
    assert.deepEqual([core.version, core.status], [4, "active"]);
  });
});

describe("action ids", () => {
  it("[L4] an action id takes effect once; the answer is the first one", () => {
    const ledger = openLedger(toy, 2);
    const id = uuid7(START);
    const { answer } = done(act(ledger, 0, "add", { n: 5 }, START, id));
    done(act(ledger, 1, "add", { n: 1 }, START));
    assert.deepEqual(act(ledger, 0, "add", { n: 5 }, START + 1, id), { kind: "repeat", answer });
    assert.deepEqual(
      act(ledger, 0, "spend", { n: 1 }, START + 1, id),
      { kind: "repeat", answer },
      "whatever it asks now",
    );
    assert.equal(done(act(ledger, 1, "add", { n: 5 }, START, id)).kind, "done", "ids belong to their seat");
  });

  it("[L4] the answer of an order with several entries is the position after the last", () => {
    const ledger = openLedger(toy, 1);
    const id = uuid7(START);
    const { answer, entries } = done(act(ledger, 0, "pad", { bytes: 1, times: 3 }, START, id));
    assert.equal(answer.seq, entries[2]!.seq);
    assert.deepEqual(act(ledger, 0, "pad", { bytes: 1, times: 3 }, START, id), { kind: "repeat", answer });
  });

  it("[L4] after a restore and a new claim the first epoch and seq are answered", () => {
    const ledger = openLedger(toy, 1);
    const first = sealed(ledger);
    const [early, late] = [uuid7(START), uuid7(START + 1)];
    const answers = [done(act(ledger, 0, "add", { n: 1 }, START, early)).answer];
    const second = sealed(ledger);
    const snapshot = ledger.snapshot(0);
    answers.push(done(act(ledger, 0, "add", { n: 1 }, START, late)).answer);
    const tail = sealed(ledger);
    for (const restored of [
      Ledger.restore(ledger.identity, snapshot, [tail]),
      Ledger.restore(ledger.identity, null, [first, second, tail]),
    ]) {
      restored.claim("another", START + 2);
      assert.equal(restored.epoch, 2);
      assert.deepEqual(act(restored, 0, "add", { n: 1 }, START + 3, early), { kind: "repeat", answer: answers[0] });
      assert.deepEqual(act(restored, 0, "add", { n: 1 }, START + 3, late), { kind: "repeat", answer: answers[1] });
      assert.equal(done(act(restored, 0, "add", { n: 1 }, START + 3)).answer.epoch, 2);
    }
  });

  it("[L4] older than ten minutes: action_expired, whether it was known or not", () => {
    const ledger = openLedger(toy, 1);
    const [known, unknown] = [uuid7(START), uuid7(START)];
    done(act(ledger, 0, "add", { n: 1 }, START, known));
    const edge = START + WINDOW_MS;
    assert.equal(act(ledger, 0, "add", { n: 1 }, edge, known).kind, "repeat");
    done(act(ledger, 0, "add", { n: 1 }, edge + 1));
    assert.equal(refusedWith(act(ledger, 0, "add", { n: 1 }, edge + 1, known)), "action_expired");
    assert.equal(refusedWith(act(ledger, 0, "add", { n: 1 }, edge + 1, unknown)), "action_expired");
  });

  it("[L4] an id from the future, or that is no UUIDv7, is refused as invalid_action_id", () => {
    const ledger = openLedger(toy, 1);
    const bad = [uuid7(START + 60_001), "x", crypto.randomUUID(), uuid7(START).toUpperCase(), ""];
    for (const id of bad)
      assert.equal(refusedWith(act(ledger, 0, "add", { n: 1 }, START, id)), "invalid_action_id", id);
    done(act(ledger, 0, "add", { n: 1 }, START, uuid7(START + 60_000)));
  });

  it("[L4] refusals are not remembered: the same id may succeed later", () => {
    const ledger = openLedger(toy, 1);
    const id = uuid7(START);
    assert.equal(refusedWith(act(ledger, 0, "spend", { n: 1 }, START, id)), "too_poor");
    done(act(ledger, 0, "add", { n: 1 }, START));
    done(act(ledger, 0, "spend", { n: 1 }, START, id));
  });

  it("[L4] the window is bounded by time: the snapshot forgets what is answered action_expired anyway", () => {
    const ledger = openLedger(toy, 1);
    for (let minute = 0; minute < 60; minute++) done(act(ledger, 0, "add", { n: 1 }, START + minute * 60_000));
    sealed(ledger);
    const { actions } = JSON.parse(ledger.snapshot(0).text) as { actions: unknown[] };
    assert.equal(actions.length, 11);
  });
});

describe("randomness of a session", () => {
  it("[L5] the open entry commits to the seed; only the end entry reveals it", () => {
    const ledger = openLedger(toy, 2);
    const before = [ledger.seal()!.batch.body, ledger.snapshot(0).text];
    done(act(ledger, 0, "roll", { sides: 6 }, START));
    before.push(sealed(ledger).body, ledger.snapshot(0).text);
    for (const text of before) assert.ok(!text.includes(SEED));
    const [opened] = (JSON.parse(before[0]!) as { entries: Entry[] }).entries;
    assert.equal(opened!.data.commit, commitment(SEED));

    const { entries } = done(act(ledger, 0, "finish", {}, START));
    assert.equal(entries[0]!.data.seed, SEED);
    assert.equal(commitment(String(entries[0]!.data.seed)), opened!.data.commit);
  });

  it("[L5] the draws of a session continue where they were after a restore", () => {
    const one = openLedger(toy, 1);
    const batches = [sealed(one)];
    const rolled: unknown[] = [];
    for (let index = 0; index < 10; index++) {
      rolled.push(done(act(one, 0, "roll", { sides: 100 }, START)).entries[0]!.data.value);
      batches.push(sealed(one));
    }
    const half = Ledger.restore(one.identity, null, batches.slice(0, 6));
    const again = Array.from(
      { length: 5 },
      () => done(act(half, 0, "roll", { sides: 100 }, START)).entries[0]!.data.value,
    );
    assert.deepEqual(again, rolled.slice(5));
    assert.notDeepEqual(rolled.slice(0, 5), rolled.slice(5));
  });
});

describe("restoring a ledger", () => {
  it("[L7] a snapshot refuses what is pending", () => {
    assert.throws(() => openLedger(toy, 1).snapshot(0), /pending/);
  });

  it("[L7] journal that does not continue is refused: a gap, another chain, a wrong order", () => {
    const ledger = openLedger(toy, 1);
    const batches = [sealed(ledger)];
    for (let n = 0; n < 3; n++) {
      done(act(ledger, 0, "add", { n }, START));
      batches.push(sealed(ledger));
    }
    const [a, b, c] = batches as [Batch, Batch, Batch];
    for (const broken of [[a, c], [b], [a, c, b], [a, { ...b, prev: c.hash }]]) {
      assert.throws(() => Ledger.restore(ledger.identity, null, broken), code("session_quarantined"));
    }
  });

  it("[L7] rules of another version are refused, unless a bare snapshot can be lifted", () => {
    const ledger = openLedger(toy, 1);
    const first = sealed(ledger);
    const snapshot = ledger.snapshot(0);
    done(act(ledger, 0, "add", { n: 1 }, START));
    const tail = sealed(ledger);
    const newer = { ...toy, version: 2 };
    const lifting = { ...newer, upgrade: (state: unknown) => ({ ...(state as object), locked: true }) as never };
    const identity = { ...ledger.identity, game: newer };
    assert.throws(() => Ledger.restore(identity, null, [first]), code("rules_unavailable"));
    assert.throws(() => Ledger.restore(identity, snapshot, []), code("rules_unavailable"));
    assert.throws(() => Ledger.restore({ ...identity, game: lifting }, snapshot, [tail]), code("rules_unavailable"));
    const lifted = Ledger.restore({ ...identity, game: lifting }, snapshot, []);
    assert.equal(refusedWith(lifted.decide({ kind: "take", role: "player" }, START)), "locked");
  });
});

describe("what a viewer sees of an entry", () => {
  const seat = (number: number): Viewer => ({ kind: "seat", seat: number });
  const gm: Viewer = { kind: "gm", seat: FIRST_GM_SEAT };
  const entry = (type: string, data: Entry["data"], actionId?: string): Entry => ({
    ...{ seq: 4, at: START, seat: 0, type, data },
    ...(actionId ? { actionId } : {}),
  });

  it("what the game does not hand out is not there", () => {
    const hidden = entry("hid", { secret: "amber" });
    assert.deepEqual(toldTo(toy, hidden, seat(0))[0]!.data, { secret: "amber" });
    for (const viewer of [seat(1), gm, { kind: "spectator" } as const])
      assert.deepEqual(toldTo(toy, hidden, viewer), []);
    assert.equal(toldTo(toy, hidden, SYSTEM)[0], hidden);
  });

  it("an action id is for its own seat, and the owning process for nobody", () => {
    const added = entry("added", { n: 1 }, "id");
    assert.equal(toldTo(toy, added, seat(0))[0]!.actionId, "id");
    assert.ok(!("actionId" in toldTo(toy, added, seat(1))[0]!));
    const owner = entry(CORE.owner, { epoch: 2, process: "p-1" });
    assert.deepEqual(toldTo(toy, owner, gm)[0]!.data, { epoch: 2 });
  });
});
