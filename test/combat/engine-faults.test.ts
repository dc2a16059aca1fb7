import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import { SPECTATOR } from "../../src/journal/game.ts";
import { currentSeat, GM, idOf, type Play, partyFight, untilTurnOf } from "./engine-play.ts";

/** Faults that trackers of turns are known for: each has happened in one that is widely used. */

const PATIENT = { turnSeconds: 0, windowSeconds: 0 };

function effectOn({ state }: Play, bearer: string, key = "ruling") {
  return state.effects.find((effect) => effect.bearer === bearer && effect.spec.key === key);
}

function rule(play: Play, combatant: string, timing: { value: number; unit: string; expireOn: string }): void {
  const { value, unit, expireOn } = timing;
  play.does(GM, "gm.effect", { combatant, conditions: [], duration: { value, unit }, expireOn, of: "target" });
}

/** The fight's order with everybody's place fixed. */
function ordered(
  creatures: readonly string[] = ["bridge_warden", "grave_walker", "ember_scholar", "ditch_gnasher"],
): Play {
  const play = partyFight(["ditch_gnasher", "grave_walker"], PATIENT);
  const ids = creatures.map((creature) => idOf(play, creature));
  for (const [place, id] of ids.entries()) play.does(GM, "gm.initiative", { combatant: id, value: 40 - 5 * place });
  untilTurnOf(play, ids[0]!);
  assert.deepEqual(play.state.order, ids);
  return play;
}

function endTurn(play: Play): void {
  play.does(currentSeat(play), "endTurn");
}

describe("the classic faults of combat trackers", () => {
  it("an effect does not end on the wrong side of a delayed turn", () => {
    const play = ordered();
    const warden = idOf(play, "bridge_warden");
    rule(play, warden, { value: 1, unit: "turns", expireOn: "turnEnd" });
    endTurn(play);
    untilTurnOf(play, warden);
    assert.ok(effectOn(play, warden), "the turn it began in does not count");
    play.does(0, "delay");
    assert.ok(effectOn(play, warden), "putting a turn off does not end it");
    play.does(0, "enter");
    endTurn(play);
    assert.equal(play.state.current, warden, "the turn goes on after the one that was current");
    assert.ok(effectOn(play, warden), "the delayed turn is still to be taken");
    endTurn(play);
    assert.equal(effectOn(play, warden), undefined, "it ends with the turn as it was taken");
  });

  it("the start of a delayed turn is counted once", () => {
    const play = ordered();
    const warden = idOf(play, "bridge_warden");
    rule(play, warden, { value: 3, unit: "turns", expireOn: "turnStart" });
    endTurn(play);
    untilTurnOf(play, warden);
    play.does(0, "delay");
    play.does(0, "enter");
    endTurn(play);
    endTurn(play);
    untilTurnOf(play, warden);
    assert.ok(effectOn(play, warden), "coming back into the turn was no second start");
    endTurn(play);
    untilTurnOf(play, warden);
    assert.equal(effectOn(play, warden), undefined);
  });

  it("a turn that was put off and never taken ends with the round", () => {
    const play = ordered();
    const warden = idOf(play, "bridge_warden");
    play.does(0, "delay");
    rule(play, warden, { value: 1, unit: "turns", expireOn: "turnEnd" });
    const { round } = play.state;
    while (play.state.round === round) endTurn(play);
    assert.equal(effectOn(play, warden), undefined);
    assert.equal(play.state.current, warden);
  });

  it("ties are shown to players as to the game master, and rolled off in the open", () => {
    const play = partyFight(["ditch_gnasher", "ditch_gnasher", "ditch_gnasher", "ditch_gnasher"], PATIENT);
    const gnashers = play.state.combatants.filter(({ creature }) => creature === "ditch_gnasher").map(({ id }) => id);
    for (const id of gnashers) play.does(GM, "gm.initiative", { combatant: id, value: 30 });
    const offs = play.entries.filter(({ type }) => type === "rolledOff");
    assert.ok(offs.length >= 2 * (gnashers.length - 1), "who ties is rolled off with, and the dice are written down");
    for (const off of offs) assert.deepEqual(combat.redact(off, SPECTATOR)!.data.rolls, off.data.rolls);
    play.does(GM, "gm.hide", { combatant: gnashers[1]! });
    const all = combat.view(play.state, { kind: "gm", seat: GM }).order;
    for (const viewer of [SPECTATOR, { kind: "seat", seat: 0 } as const])
      assert.deepEqual(
        combat.view(play.state, viewer).order,
        all.filter((id) => id !== gnashers[1]),
      );
  });

  for (const unit of ["rounds", "turns", "seconds"])
    it(`a duration in ${unit} is not off by one when a creature joins above the current turn`, () => {
      const value = unit === "seconds" ? 12 : 2;
      const lasted = [false, true].map((joins) => {
        const play = ordered();
        const scholar = idOf(play, "ember_scholar");
        untilTurnOf(play, scholar);
        rule(play, scholar, { value, unit, expireOn: "turnStart" });
        if (joins) {
          play.does(GM, "gm.add", { creature: "grey_courser" });
          play.does(GM, "gm.initiative", { combatant: idOf(play, "grey_courser"), value: 60 });
          assert.equal(play.state.order[0], idOf(play, "grey_courser"));
          assert.equal(play.state.current, scholar, "the turn stays with who has it");
        }
        let turns = 0;
        for (endTurn(play); effectOn(play, scholar); endTurn(play)) if (play.state.current === scholar) turns += 1;
        assert.equal(play.state.current, scholar, "it ends as its turn starts");
        return turns;
      });
      assert.deepEqual(lasted, [1, 1]);
    });

  it("a removed combatant does not keep the turn", () => {
    const play = ordered();
    const [warden, walker] = [idOf(play, "bridge_warden"), idOf(play, "grave_walker")];
    rule(play, walker, { value: 1, unit: "rounds", expireOn: "turnEnd" });
    play.does(GM, "gm.remove", { combatant: warden });
    assert.equal(play.state.current, walker);
    assert.equal(play.state.combatants.filter(({ turn }) => turn === "acting").length, 1);
    assert.equal(play.act(0, "attack", { target: walker }), "not_your_creature");
    for (let turns = 0; turns < 6; turns++) {
      assert.notEqual(play.state.current, warden);
      endTurn(play);
    }
    assert.ok(!combat.view(play.state, SPECTATOR).order.includes(warden));
  });

  it("what is measured by the turns of who was removed still ends, on time", () => {
    const play = ordered();
    const [warden, walker] = [idOf(play, "bridge_warden"), idOf(play, "grave_walker")];
    const duration = { value: 2, unit: "rounds" };
    play.does(GM, "gm.effect", {
      combatant: walker,
      conditions: [],
      duration,
      expireOn: "turnStart",
      source: warden,
      of: "source",
    });
    const { round } = play.state;
    play.does(GM, "gm.remove", { combatant: warden });
    while (effectOn(play, walker)) {
      assert.ok(play.state.round < round + 2, "it outlives nothing");
      endTurn(play);
    }
    assert.equal(play.state.round, round + 2);
    assert.equal(play.state.current, walker, "its slot came first");
  });

  it("concentration and its effects do not survive a rewind to before them", () => {
    const play = ordered(["ember_scholar", "grave_walker", "bridge_warden", "ditch_gnasher"]);
    const before = { seq: play.seq, state: structuredClone(play.state) };
    const scholar = idOf(play, "ember_scholar");
    concentrate(play, scholar);
    assert.notEqual(play.state.combatants.find(({ id }) => id === scholar)!.concentration, "");
    assert.ok(play.state.effects.some(({ concentration }) => concentration));
    const during = { seq: play.seq, state: structuredClone(play.state) };
    play.does(GM, "gm.edit", { combatant: scholar, patch: { hp: 0 } });
    assert.ok(!play.state.effects.some(({ concentration }) => concentration), "it ends with who held it");
    play.rewind(during.seq);
    assert.deepEqual(play.state, during.state, "and is back where it was held");
    play.rewind(before.seq);
    assert.deepEqual(play.state, before.state, "effects, order and places as they were");
  });
});

/** Lets the creature use any of its abilities that it concentrates on. */
function concentrate(play: Play, id: string): void {
  const seat = currentSeat(play);
  const targets = play.state.combatants.map((one) => one.id);
  for (const creature of ["slumber_haze", ...Object.keys(play.state.combatants.find((one) => one.id === id)!.uses)]) {
    for (const target of targets) {
      const at = play.state.combatants.find((one) => one.id === target)!.at;
      for (const aim of [{ targets: [target] }, { at }, {}]) {
        const mark = play.seq;
        play.act(seat, "cast", { ability: creature, ...aim });
        while (play.state.windows.length > 0) play.does(GM, "react", { take: null });
        if (play.state.combatants.find((one) => one.id === id)!.concentration !== "") return;
        if (play.seq > mark) play.rewind(mark);
      }
    }
  }
  assert.fail("nothing to concentrate on");
}
