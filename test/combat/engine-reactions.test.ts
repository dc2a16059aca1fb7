import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import { MAPS } from "../../src/combat/content/maps.rules.ts";
import type { CombatView } from "../../src/combat/view.rules.ts";
import { type Entry, SYSTEM } from "../../src/journal/game.ts";
import { Ledger } from "../../src/journal/ledger.ts";
import { act, done, openLedger, refusedWith, START } from "../support/journal.ts";
import { GM, idOf, type Play, partyFight, untilTurnOf } from "./engine-play.ts";

function body({ state }: Play, id: string) {
  return state.combatants.find((combatant) => combatant.id === id)!;
}

function put(play: Play, id: string, x: number, y: number): void {
  play.does(GM, "gm.edit", { combatant: id, patch: { at: { x, y } } });
}

const typesOf = (entries: readonly Entry[]) => entries.map(({ type }) => type);

/** An open row of the first map where the walker stands beside the warden; the others are far off. */
function beside(rules = {}): { play: Play; warden: string; walker: string; row: { x: number; y: number } } {
  const play = partyFight(["grave_walker"], rules);
  const [warden, walker] = [idOf(play, "bridge_warden"), idOf(play, "grave_walker")];
  const row = openRow(play);
  put(play, warden, row.x, row.y);
  put(play, walker, row.x + 1, row.y);
  return { play, warden, walker, row };
}

/** The west end of five free floor cells in a row. */
function openRow(play: Play): { x: number; y: number } {
  const warden = idOf(play, "bridge_warden");
  for (let y = 0; y < 30; y++)
    for (let x = 0; x < 30; x++) {
      const cells = [0, 1, 2, 3, 4].map((step) => ({ x: x + step, y }));
      const mark = play.seq;
      const isOpen = cells.every(
        (at) => typeof play.act(GM, "gm.edit", { combatant: warden, patch: { at } }) !== "string",
      );
      if (play.seq > mark) play.rewind(mark);
      if (isOpen) return { x, y };
    }
  assert.fail("no open row");
}

/** 1 or -1: the side of the row on which there is floor beside the warden. */
function beneath({ state }: Play, row: { x: number; y: number }): number {
  return MAPS.get(state.map)!.rows[row.y + 1]?.[row.x] === "." ? 1 : -1;
}

/** The walker leaves the warden's reach by one step. */
function flee({ play, walker, row }: ReturnType<typeof beside>): Entry[] {
  untilTurnOf(play, walker);
  const steps = [2, 3].map((step) => ({ x: row.x + step, y: row.y }));
  return play.does(GM, "move", { path: steps });
}

describe("reactions", () => {
  it("who is put elsewhere while others may react does not go on from where it was", () => {
    const scene = beside();
    flee(scene);
    const { play, walker, warden, row } = scene;
    assert.equal(play.state.windows.at(-1)?.kind, "opportunity");
    put(play, walker, row.x + 4, row.y);
    play.does(body(play, warden).seat!, "react", { take: null });
    assert.deepEqual(body(play, walker).at, { x: row.x + 4, y: row.y });
  });

  it("leaving a reach opens a window before the step; the move goes on when it closes", () => {
    const scene = beside();
    const { play, warden, walker, row } = scene;
    const entries = flee(scene);
    assert.deepEqual(typesOf(entries), ["windowOpened"]);
    assert.deepEqual(body(play, walker).at, { x: row.x + 1, y: row.y }, "it has not left yet");
    assert.equal(play.act(GM, "endTurn"), "reaction_pending");
    assert.equal(play.act(1, "react", { take: 0 }), "no_reaction");
    assert.equal(play.act(0, "react", { take: 9 }), "unknown_option");
    assert.equal(play.act(0, "react", { take: 0, window: 99 }), "stale_window");
    const after = typesOf(play.does(0, "react", { take: 0 }));
    assert.deepEqual(after.slice(0, 3), ["reacted", "attacked", "attackRolled"]);
    assert.ok(after.includes("windowClosed"));
    assert.equal(body(play, warden).reaction, false, "one reaction until the next own turn");
    if (body(play, walker).life === "up") assert.deepEqual(body(play, walker).at, { x: row.x + 3, y: row.y });
    assert.equal(play.act(0, "react", { take: 0 }), "not_in_a_turn");
  });

  it("who disengages, and who stays in reach, opens none", () => {
    const scene = beside();
    untilTurnOf(scene.play, scene.walker);
    scene.play.does(GM, "disengage");
    assert.deepEqual(typesOf(flee(scene)), ["moved"]);
  });

  it("a passed reaction is kept for later; a window that runs out passes for everybody", () => {
    const scene = beside();
    const { play, warden } = scene;
    flee(scene);
    const turnLeft = play.state.windows[0]!.heldMs!;
    const due = play.state.deadline;
    const entries = play.timer();
    assert.equal(play.at, due);
    assert.deepEqual(typesOf(entries).slice(0, 2), ["reacted", "windowClosed"]);
    assert.equal(body(play, warden).reaction, true);
    assert.equal(play.state.deadline, play.at + turnLeft, "the turn has as much time left as when it was interrupted");
  });

  it("two may react to one step: each once, in any order", () => {
    const scene = beside();
    const { play, warden, row } = scene;
    const scholar = idOf(play, "ember_scholar");
    put(play, scholar, row.x, row.y + beneath(play, row));
    const entries = flee(scene);
    assert.deepEqual(typesOf(entries), ["windowOpened"]);
    assert.deepEqual(
      play.state.windows[0]!.reactors.map(({ id }) => id),
      [scholar, warden].sort(),
    );
    play.does(1, "react", { take: null });
    assert.equal(play.act(1, "react", { take: 0 }), "no_reaction");
    play.does(0, "react", { take: 0 });
    assert.deepEqual([play.state.windows.length, body(play, warden).reaction], [0, false]);
  });

  it("a readied attack is set off by who comes near, costs the reaction, and is lost with the next turn", () => {
    const scene = beside();
    const { play, warden, walker, row } = scene;
    put(play, walker, row.x + 4, row.y);
    const stunned = { conditions: ["incapacitated"], duration: null, expireOn: "turnEnd" };
    play.does(GM, "gm.effect", { combatant: idOf(play, "ember_scholar"), ...stunned });
    untilTurnOf(play, warden);
    const attack = { type: "attack", id: "longsword" };
    play.does(0, "ready", { trigger: "approach", action: attack });
    assert.equal(body(play, warden).economy.action, false);
    play.does(0, "endTurn");
    untilTurnOf(play, walker);
    play.does(GM, "move", { path: [3, 2, 1].map((step) => ({ x: row.x + step, y: row.y })) });
    assert.deepEqual([play.state.windows[0]?.kind, body(play, walker).at.x], ["ready", row.x + 1]);
    play.does(0, "react", { take: 0 });
    assert.deepEqual([body(play, warden).readied, body(play, warden).reaction], [null, false]);
  });

  it("[L7] a crash in the middle of a window: it is open again with its remaining time, nobody's reaction lost or doubled", () => {
    const { ledger, batches, reactor } = ledgerInWindow();
    const restored = Ledger.restore(ledger.identity, null, batches);
    assert.deepEqual(viewOf(restored), viewOf(ledger));
    assert.equal(restored.wakeAt, ledger.wakeAt);
    const id = "019b76da-a800-7000-8000-000000000001";
    const first = done(act(restored, reactor, "react", { take: 0 }, START + 1000, id));
    assert.ok(first.entries.length > 0);
    assert.equal(act(restored, reactor, "react", { take: 0 }, START + 1000, id).kind, "repeat");
    assert.notEqual(refusedWith(act(restored, reactor, "react", { take: 0 }, START + 1000)), "not refused: done");
  });

  it("a pause stops the clocks of window and turn", () => {
    const { ledger, reactor } = ledgerInWindow();
    const due = ledger.wakeAt!;
    done(ledger.decide({ kind: "pause" }, START + 2000));
    assert.equal(refusedWith(act(ledger, reactor, "react", { take: null }, START + 3000)), "session_paused");
    done(ledger.decide({ kind: "resume" }, START + 9000));
    assert.equal(ledger.wakeAt, due + 7000);
    const { entries } = done(act(ledger, reactor, "react", { take: null }, START + 9500));
    assert.ok(entries.some(({ type }) => type === "windowClosed"));
  });
});

const viewOf = (ledger: Ledger) => ledger.view(SYSTEM) as CombatView;

/** A duel on the real ledger, stopped in a reaction window. */
function ledgerInWindow() {
  for (let attempt = 0; attempt < 40; attempt++) {
    const ledger = openLedger(combat, 2);
    done(act(ledger, 0, "setup", { mode: "pvp" }, START));
    done(act(ledger, 0, "join", { creature: "moor_hunter" }, START));
    done(act(ledger, 1, "join", { creature: "ember_scholar" }, START));
    for (const seat of [0, 1]) done(act(ledger, seat, "rollInitiative", {}, START));
    const found = shootUntilWindow(ledger);
    if (found !== null) return { ledger, batches: [ledger.seal()!.batch], reactor: found };
  }
  assert.fail("no window opened");
}

/** The scholar has a ward against hits: the hunter shoots until one opens the window. */
function shootUntilWindow(ledger: Ledger): number | null {
  for (let turns = 0; turns < 60 && ledger.core.status === "active"; turns++) {
    const { current, combatants, windows } = viewOf(ledger);
    const reactor = combatants.find(({ id }) => id === windows.at(-1)?.reactors[0]?.id);
    if (reactor) return reactor.seat;
    const actor = combatants.find(({ id }) => id === current)!;
    const target = combatants.find(({ id }) => id !== current)!;
    const shot = act(ledger, actor.seat!, "attack", { target: target.id }, START);
    if (shot.kind === "refused") done(act(ledger, actor.seat!, "endTurn", {}, START));
  }
  return null;
}
