import assert from "node:assert/strict";
import { arena } from "../../src/arena/arena.rules.ts";
import { custom, player } from "../../src/custom/custom.rules.ts";
import { dice } from "../../src/dice/dice.rules.ts";
import { ABANDONED_AFTER_MS, PAUSED_LIMIT_MS } from "../../src/journal/core.rules.ts";
import { type AnyGame, CORE } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { statusAfter } from "../../src/journal/lifecycle.rules.ts";
import type { Order } from "../../src/journal/orders.ts";
import { verifySession } from "../../src/journal/verify.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, code, done, MemoryJournal, openLedger, refusedWith, START } from "../support/journal.ts";
import { toy } from "../support/toy-game.ts";
import { DEED, liveRace } from "./tick-game.ts";

const PAUSE: Order = { kind: "pause" };
const RESUME: Order = { kind: "resume" };
const HOUR = 3_600_000;

describe("the lifecycle of a session", () => {
  it("has these transitions and no other", () => {
    const statuses = ["waiting", "active", "paused", "ended"] as const;
    const transitions = ["start", "pause", "resume", "end"] as const;
    const valid = statuses.flatMap((from) =>
      transitions.flatMap((by) => {
        const to = statusAfter(from, by);
        return to ? [`${from} ${by} ${to}`] : [];
      }),
    );
    assert.deepEqual(valid, [
      "waiting start active",
      "waiting end ended",
      "active pause paused",
      "active end ended",
      "paused resume active",
      "paused end ended",
    ]);
  });

  it("refuses every other one as invalid_transition, and writes nothing", () => {
    const table = openLedger(toy, 2);
    const { seq } = table;
    assert.equal(refusedWith(table.decide(PAUSE, START)), "invalid_transition");
    assert.equal(refusedWith(table.decide(RESUME, START)), "invalid_transition");
    assert.equal(table.seq, seq);
    done(act(table, 0, "start", {}, START));
    assert.equal(refusedWith(table.decide(RESUME, START)), "invalid_transition");
    done(table.decide(PAUSE, START));
    assert.equal(refusedWith(table.decide(PAUSE, START)), "invalid_transition");
    done(table.decide({ kind: "end", reason: "enough" }, START));
    assert.deepEqual(
      [PAUSE, RESUME].map((order) => refusedWith(table.decide(order, START))),
      ["invalid_transition", "invalid_transition"],
    );
  });
});

describe("a paused session", () => {
  let table: Ledger;

  beforeEach(() => {
    table = openLedger(toy, 2);
    done(act(table, 0, "start", {}, START));
  });

  it("refuses actions as session_paused, answers those again that took effect, and holds its seats", () => {
    const id = uuid7(START);
    const first = done(act(table, 0, "add", { n: 1 }, START, id));
    done(table.decide(PAUSE, START));
    assert.equal(refusedWith(act(table, 0, "add", { n: 1 }, START)), "session_paused");
    assert.deepEqual(act(table, 0, "add", { n: 1 }, START, id), { kind: "repeat", answer: first.answer });
    assert.equal(table.core.seats.length, 2);
  });

  it("lets players go and takes no new ones", () => {
    done(table.decide(PAUSE, START));
    assert.equal(table.admitsPlayers, false);
    assert.equal(refusedWith(table.decide({ kind: "take", role: "player" }, START)), "session_paused");
    done(table.decide({ kind: "leave", seat: 1 }, START));
  });

  it("fires no timer but the one that ends it after thirty days", () => {
    done(act(table, 0, "alarm", { in: 1000, kind: "once" }, START));
    done(table.decide(PAUSE, START + 400));
    assert.equal(table.wakeAt, START + 400 + PAUSED_LIMIT_MS);
    assert.deepEqual(done(table.decide({ kind: "timer" }, START + HOUR)).entries, []);
    done(table.decide({ kind: "timer" }, table.wakeAt!));
    assert.deepEqual([table.core.status, table.core.result], ["ended", { reason: "abandoned" }]);
  });

  it("says in its entries that it paused, and for how long", () => {
    const paused = done(table.decide(PAUSE, START)).entries;
    const resumed = done(table.decide(RESUME, START + 250)).entries;
    const said = [...paused, ...resumed].map(({ type, seat, data }) => ({ type, seat, data }));
    assert.deepEqual(said, [
      { type: CORE.paused, seat: null, data: {} },
      { type: CORE.resumed, seat: null, data: { pausedMs: 250 } },
    ]);
    done(act(table, 0, "add", { n: 1 }, START + 250));
  });

  it("[L7] [L11] is restored as paused, and its journal verifies over the pause", async () => {
    done(table.decide(PAUSE, START + 10));
    const journalStore = new MemoryJournal();
    journalStore.write([table.seal()!.batch]);
    const restored = Ledger.restore(table.identity, null, journalStore.of(table.identity.sessionId));
    assert.deepEqual([restored.core, restored.wakeAt], [table.core, table.wakeAt]);
    done(restored.decide(RESUME, START + HOUR));
    journalStore.write([restored.seal()!.batch]);
    const { sessionId } = table.identity;
    const report = await verifySession({ sessionId, journalStore, game: toy, snapshot: restored.snapshot(0) });
    assert.deepEqual([report.ok, report.checked], [true, ["snapshot"]]);
  });

  it("a real-time game's clock stands still", async () => {
    const { live, ledger, commit } = await liveRace();
    assert.notEqual(live.step([0, DEED.step]), "held");
    await commit(PAUSE);
    assert.deepEqual([ledger.runs, live.step([0, DEED.step])], [false, "held"]);
    await assert.rejects(commit({ kind: "act", seat: 0, command: { type: "rest", data: {} } }), code("session_paused"));
    await commit(RESUME);
    assert.notEqual(live.step([0, DEED.step]), "held");
    live.discard("released");
  });
});

describe("the deadlines of every bundled game", () => {
  /** One of each, begun. */
  const begun: Record<string, () => Ledger> = {
    dice: () => played(dice, (table) => done(act(table, 0, "roll", {}, START))),
    arena: () => played(arena, () => undefined),
    player: () => played(player, () => undefined, 1),
    custom: () => played(custom, () => undefined),
    toy: () =>
      played(toy, (table) => {
        done(act(table, 0, "start", {}, START));
        done(act(table, 0, "alarm", { in: HOUR, kind: "once" }, START));
      }),
  };

  function played(game: AnyGame, begin: (table: Ledger) => void, players = 2): Ledger {
    const table = openLedger(game, players);
    begin(table);
    assert.equal(table.core.status, "active");
    return table;
  }

  for (const [name, open] of Object.entries(begun)) {
    it(`move by exactly as long as the session was paused: ${name}`, () => {
      const table = open();
      const due = table.wakeAt;
      for (const [at, pausedMs] of [
        [START + 1000, 7 * HOUR],
        [START + 7 * HOUR + 2000, 1],
      ] as const) {
        const before = table.wakeAt;
        done(table.decide(PAUSE, at));
        done(table.decide(RESUME, at + pausedMs));
        assert.equal(table.wakeAt, before === null ? null : before + pausedMs);
      }
      assert.equal(due === null, name === "player" || name === "custom");
    });
  }

  it("a turn of dice that began because somebody left during the pause is no longer than any other", () => {
    const table = openLedger(dice, 3);
    done(act(table, 0, "roll", {}, START));
    done(table.decide(PAUSE, START));
    done(table.decide({ kind: "leave", seat: 0 }, START + 7 * HOUR));
    done(table.decide(RESUME, START + 8 * HOUR));
    assert.equal(table.wakeAt, START + 8 * HOUR + 30_000);
  });

  it("a real-time session is not abandoned for a pause longer than its ten minutes", () => {
    const table = begun.arena!();
    done(table.decide(PAUSE, START + 1));
    done(table.decide(RESUME, START + 1 + 2 * ABANDONED_AFTER_MS));
    done(table.decide({ kind: "timer" }, START + 2 + 2 * ABANDONED_AFTER_MS));
    assert.equal(table.core.status, "active");
  });
});
