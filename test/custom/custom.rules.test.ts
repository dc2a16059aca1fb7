import assert from "node:assert/strict";
import { custom, player, STATE_MAX } from "../../src/custom/custom.rules.ts";
import type { Refusal } from "../../src/errors.ts";
import { type AnyGame, SPECTATOR, SYSTEM, type Viewer } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { toldTo } from "../../src/journal/redact.ts";
import { done, openLedger, refusedWith, START } from "../support/journal.ts";

const OWNER: Viewer = { kind: "seat", seat: 0 };

function does(ledger: Ledger, type: string, data: object, ifVersion?: number) {
  return ledger.decide({ kind: "act", seat: 0, command: { type, data: data as never }, ifVersion }, START);
}

describe("a session that clients own", () => {
  let ledger: Ledger;

  beforeEach(() => {
    ledger = openLedger(custom as AnyGame, 1);
  });

  const state = () => ledger.view(OWNER);

  it("is active as soon as its owner sits there, and empty", () => {
    assert.deepEqual([ledger.core.status, state(), ledger.wakeAt], ["active", {}, null]);
  });

  it("is replaced, patched and appended to, one version each", () => {
    const { version } = ledger.core;
    done(does(ledger, "replace", { value: { hp: 3, log: ["born"], at: { x: 1 } } }));
    done(does(ledger, "merge-patch", { patch: { hp: null, at: { y: 2 } } }));
    done(does(ledger, "append", { lists: { log: ["hit", "hit"], toString: [1] } }));
    assert.deepEqual(state(), { log: ["born", "hit", "hit"], at: { x: 1, y: 2 }, toString: [1] });
    assert.equal(ledger.core.version, version + 3);
  });

  it("[L7] is the same when it is evolved again, in whatever order its members were sent", () => {
    done(does(ledger, "replace", { value: { z: { b: 1, a: 2 }, 10: 1, 9: 1, a: [] } }));
    done(does(ledger, "merge-patch", { patch: { y: 1, b: { d: 1, c: null } } }));
    done(does(ledger, "append", { lists: { a: [{ z: 1, y: 2 }] } }));
    const restored = Ledger.restore(ledger.identity, null, [ledger.seal()!.batch]);
    assert.equal(restored.stateHash(), ledger.stateHash());
  });

  it("refuses what no client may keep as validation_failed, with the place, and writes nothing", () => {
    const { seq } = ledger;
    const evil = JSON.parse('{"a":{"__proto__":{"polluted":1}}}');
    for (const [type, data, path] of [
      ["replace", { value: evil }, "data.value.a.__proto__"],
      ["merge-patch", { patch: { "a.b": 1 } }, "data.patch.a.b"],
      ["append", { lists: { $push: [1] } }, "data.lists.$push"],
      ["append", { lists: { log: "no list" } }, "data.lists"],
      ["replace", { value: [] }, "data.value"],
      ["replace", {}, "data.value"],
    ] as const) {
      const decision = does(ledger, type, data);
      assert.equal(refusedWith(decision), "validation_failed");
      assert.equal((decision as { refusal: Refusal }).refusal.errors[0]!.path, path);
    }
    assert.equal(ledger.seq, seq);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  it("refuses to append to what is no list", () => {
    done(does(ledger, "replace", { value: { hp: 3 } }));
    assert.equal(refusedWith(does(ledger, "append", { lists: { hp: [1] } })), "not_a_list");
  });

  it("is bounded: one write, and what many small ones add up to", () => {
    assert.equal(refusedWith(does(ledger, "replace", { value: { a: "x".repeat(17_000) } })), "payload_too_large");
    done(does(ledger, "replace", { value: { a: "x".repeat(STATE_MAX - 100) } }));
    const before = state();
    assert.equal(refusedWith(does(ledger, "merge-patch", { patch: { b: "y".repeat(200) } })), "payload_too_large");
    assert.equal(refusedWith(does(ledger, "append", { lists: { b: ["y".repeat(200)] } })), "payload_too_large");
    assert.deepEqual(state(), before);
    // Few characters, many bytes: an entry could not hold them.
    assert.equal(refusedWith(does(ledger, "replace", { value: { a: "€".repeat(6000) } })), "payload_too_large");
  });

  it("refuses a write to another version as version_conflict, and tells the current one", () => {
    const { version } = ledger.core;
    done(does(ledger, "replace", { value: { a: 1 } }, version));
    const late = does(ledger, "replace", { value: { a: 2 } }, version);
    assert.equal(refusedWith(late), "version_conflict");
    assert.deepEqual((late as { refusal: Refusal }).refusal.extra, { version: version + 1 });
    assert.deepEqual(state(), { a: 1 });
  });

  it("a player's is seen by its seat and the system only, a custom one by all", () => {
    for (const [game, strangers] of [
      [player, false],
      [custom, true],
    ] as const) {
      const own = openLedger(game as AnyGame, 1);
      const { entries } = done(does(own, "replace", { value: { secret: 1 } }));
      const sees = (viewer: Viewer) => JSON.stringify(own.view(viewer)).includes("secret");
      const told = (viewer: Viewer) => toldTo(game as AnyGame, entries[0]!, viewer).length > 0;
      assert.deepEqual([sees(OWNER), sees(SYSTEM), sees(SPECTATOR)], [true, true, strangers]);
      assert.deepEqual([told(OWNER), told(SYSTEM), told(SPECTATOR)], [true, true, strangers]);
    }
  });
});
