import assert from "node:assert/strict";
import type { CombatCombatant } from "../../schema/combat.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { actionsOf, type Situation } from "../../web/combat/action-bar.ts";
import { creatureOf } from "../../web/combat/fight-view.ts";
import { aimed, chooseCell, chooseTarget, confirm, IDLE, planWords, targetChips } from "../../web/combat/plan.ts";
import { affectedBy, areaAt, walkable, walkTo } from "../../web/combat/targets.ts";
import { combatant, effect, fightOf, known } from "./page-fight.ts";

const FINE: Situation = { isOpen: true, isPaused: false, isBusy: false };

function whys(given: Partial<CombatCombatant>, situation = FINE, current = "ca") {
  const fight = fightOf([combatant({ id: "ca", seat: 0, ...given })], { seat: 0, current });
  return Object.fromEntries(actionsOf(fight, known(fight, "ca"), situation).map(({ key, why }) => [key, why]));
}

describe("the page of fights: what can be done, and why not", () => {
  it("offers everything on a fresh turn, and says of reactions that they are asked for", () => {
    const all = whys({ creature: "ember_scholar" });
    assert.deepEqual(
      [all["attack:dagger"], all["cast:ember_dart"], all.dash, all.delay, all.endTurn],
      [null, null, null, null, null],
    );
    assert.equal(all["cast:sudden_ward"], "only when it is asked for");
  });

  it("names the first thing that is in the way", () => {
    assert.equal(whys({}, { ...FINE, isOpen: false }).dash, "no connection");
    assert.equal(whys({}, { ...FINE, isPaused: true }).dash, "the fight is paused");
    assert.equal(whys({}, { ...FINE, isBusy: true }).dash, "your last order is on its way");
    assert.equal(whys({}, FINE, "cz").dash, "it is not your turn");
    assert.equal(whys({ action: false }).dash, "action used");
    assert.equal(whys({ bonus: false })["cast:second_wind"], "bonus action used");
    assert.equal(whys({ interaction: false }).interact, "done this turn");
    assert.equal(whys({ surprised: true }).dodge, "surprised");
    assert.equal(whys({ action: false }).delay, "your turn has begun");
    assert.equal(whys({ action: false, attacks: 1 })["attack:longsword"], null, "the second of two attacks");
  });

  it("counts uses, of which what the viewer was sent is the truth", () => {
    const fight = (left: number) => {
      const row = combatant({ id: "ca", seat: 0 });
      row.uses.set("second_wind", left);
      return fightOf([row], { seat: 0, current: "ca" });
    };
    const item = (left: number) =>
      actionsOf(fight(left), known(fight(left), "ca"), FINE).find(({ key }) => key === "cast:second_wind")!;
    assert.deepEqual([item(1).why, item(1).uses], [null, { left: 1, of: 1 }]);
    assert.deepEqual([item(0).why, item(0).uses], ["no uses left", { left: 0, of: 1 }]);
  });

  it("offers who delays nothing but to come back in", () => {
    const all = whys({ turn: "delaying" }, FINE, "cz");
    assert.equal(all.enter, null);
    assert.equal(all.endTurn, undefined);
    assert.equal(whys({ turn: "delaying" }, { ...FINE, isPaused: true }, "cz").enter, "the fight is paused");
  });

  it("lets who is prone stand up", () => {
    assert.equal("stand" in whys({}), false);
    const row = combatant({ id: "ca", seat: 0 });
    const prone = effect({ key: "prone" });
    prone.conditions.push("prone");
    row.effects.set("1", prone);
    const fight = fightOf([row], { seat: 0, current: "ca" });
    assert.equal(actionsOf(fight, known(fight, "ca"), FINE).find(({ key }) => key === "stand")?.why, null);
  });
});

describe("the page of fights: planning on the field", () => {
  const rows = [
    combatant({ id: "ca", seat: 0, x: 2, y: 2 }),
    combatant({ id: "cb", seat: 1, x: 3, y: 2 }),
    combatant({ id: "cf", creature: "ditch_gnasher", side: 1, x: 2, y: 4 }),
    combatant({ id: "cg", creature: "ditch_gnasher", ordinal: 2, side: 1, x: 20, y: 2 }),
  ];
  const fight = fightOf(rows, { seat: 0, current: "ca" });
  const actor = known(fight, "ca");

  it("shows a way at the first choice of a square, and walks it at the second", () => {
    const first = chooseCell(fight, actor, IDLE, { x: 2, y: 0 }, null);
    assert.equal(first.order, undefined);
    assert.equal(planWords(fight, actor, first.plan), "Move to C1: 10 of 30 feet.");
    const second = chooseCell(fight, actor, first.plan, { x: 2, y: 0 }, null);
    assert.deepEqual(second, {
      plan: IDLE,
      order: {
        type: "move",
        data: {
          path: [
            { x: 2, y: 1 },
            { x: 2, y: 0 },
          ],
        },
      },
    });
    assert.deepEqual(confirm(fight, actor, first.plan), second);
  });

  it("goes nowhere that is out of reach, and not at all when it may not", () => {
    assert.match(chooseCell(fight, actor, IDLE, { x: 20, y: 10 }, null).why!, /out of reach/);
    assert.match(chooseCell(fight, actor, IDLE, { x: 2, y: 0 }, "no movement left").why!, /no movement left/);
    assert.equal(walkTo(fight, actor, { x: 2, y: 4 }), null, "somebody stands there");
  });

  it("lights exactly the squares that it could walk to", () => {
    const lit = walkable(fight, actor);
    const rowsOfMap = 14;
    const all = Array.from({ length: 24 * rowsOfMap }, (_, i) => ({ x: i % 24, y: Math.floor(i / 24) }));
    const possible = all.filter((cell) => walkTo(fight, actor, cell) !== null);
    const sorted = (cells: readonly { x: number; y: number }[]) =>
      cells.map(({ x, y }) => y * 64 + x).sort((a, b) => a - b);
    assert.deepEqual(sorted(lit), sorted(possible));
    assert.ok(lit.length > 50);
  });

  it("crawls at twice the price", () => {
    const row = combatant({ id: "ca", seat: 0, x: 2, y: 2 });
    const prone = effect({ key: "prone" });
    prone.conditions.push("prone");
    row.effects.set("1", prone);
    const crawling = fightOf([row], { seat: 0, current: "ca" });
    assert.equal(walkTo(crawling, known(crawling, "ca"), { x: 2, y: 0 })?.feet, 20);
    assert.equal(walkTo(crawling, known(crawling, "ca"), { x: 2, y: 6 }), null);
  });

  it("attacks whom a weapon reaches, and says of the others why not", () => {
    const [longsword, javelin] = creatureOf(actor).attacks;
    const sword = aimed({ kind: "attack", attack: longsword! });
    assert.match(chooseTarget(fight, actor, sword, "cf").why!, /is 10 feet away, 5 at most/);
    const spear = aimed({ kind: "attack", attack: javelin! });
    assert.deepEqual(chooseTarget(fight, actor, spear, "cf").order, {
      type: "attack",
      data: { target: "cf", weapon: "javelin" },
    });
    assert.match(chooseTarget(fight, actor, spear, "cb").why!, /on your side/);
    assert.deepEqual(
      targetChips(fight, actor, spear).map(({ id, note }) => [id, note]),
      [
        ["cf", ""],
        ["cg", "far: disadvantage"],
      ],
    );
    assert.match(chooseCell(fight, actor, spear, { x: 9, y: 9 }, null).why!, /nobody on J10/);
  });

  it("aims several rays, also twice at the same creature, and fewer than it could", () => {
    const caster = fightOf(
      [combatant({ id: "ca", seat: 0, creature: "lantern_bearer", x: 2, y: 2 }), ...rows.slice(2)],
      { seat: 0, current: "ca" },
    );
    const own = known(caster, "ca");
    let plan = aimed({ kind: "cast", ability: ABILITIES.get("star_splinters")! });
    plan = chooseTarget(caster, own, plan, "cf").plan;
    plan = chooseTarget(caster, own, plan, "cf").plan;
    assert.deepEqual(confirm(caster, own, plan).order?.data, { ability: "star_splinters", targets: ["cf", "cf"] });
    assert.deepEqual(chooseTarget(caster, own, plan, "cg").order?.data, {
      ability: "star_splinters",
      targets: ["cf", "cf", "cg"],
    });
  });

  it("shows what an area covers before it is cast there", () => {
    const caster = fightOf(
      [combatant({ id: "ca", seat: 0, creature: "ember_scholar", x: 2, y: 2 }), ...rows.slice(1)],
      { seat: 0, current: "ca" },
    );
    const own = known(caster, "ca");
    const burst = ABILITIES.get("cinder_burst")!;
    const first = chooseCell(caster, own, aimed({ kind: "cast", ability: burst }), { x: 20, y: 2 }, null);
    assert.equal(planWords(caster, own, first.plan), "Cinder Burst at U3 meets Ditch Gnasher 2.");
    const order = { type: "cast", data: { ability: "cinder_burst", at: { x: 20, y: 2 } } };
    assert.deepEqual(chooseCell(caster, own, first.plan, { x: 20, y: 2 }, null).order, order);
    const breath = areaAt(caster, own, ABILITIES.get("winter_breath")!, { x: 2, y: 4 })!;
    assert.deepEqual(
      affectedBy(caster, own, ABILITIES.get("winter_breath")!, breath).map(({ id }) => id),
      ["cf"],
    );
  });
});
