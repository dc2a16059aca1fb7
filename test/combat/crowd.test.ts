import assert from "node:assert/strict";
import { GM, Play } from "./engine-play.ts";

const SHOWN = 32;
const HIDDEN = 16;
const COMMON = "ditch_gnasher";

/** A game master's fight with so many creatures on the field. */
function crowd(shown: number, hidden: number): Play {
  const play = new Play();
  for (const seat of [0, GM]) play.take(seat);
  for (let i = 0; i < shown; i++) play.does(GM, "gm.add", { creature: COMMON });
  for (let i = 0; i < hidden; i++) play.does(GM, "gm.add", { creature: COMMON, hidden: true });
  return play;
}

const hero = { creature: "ember_scholar" };

describe("a crowded field", () => {
  it("takes as many as are shown, whoever hides there", () => {
    for (const hidden of [0, HIDDEN]) {
      assert.equal(typeof crowd(SHOWN - 1, hidden).act(0, "join", hero), "object", `${hidden} hide`);
      assert.equal(crowd(SHOWN, hidden).act(0, "join", hero), "too_many_combatants", `${hidden} hide`);
    }
  });

  it("hides no more than a bound of its own, whether they come or are hidden there", () => {
    const play = crowd(1, HIDDEN);
    assert.equal(play.act(GM, "gm.add", { creature: COMMON, hidden: true }), "too_many_combatants");
    const { id } = play.state.combatants.find(({ hidden }) => !hidden)!;
    assert.equal(play.act(GM, "gm.hide", { combatant: id }), "too_many_combatants");
    play.does(GM, "gm.reveal", { combatant: play.state.combatants.find(({ hidden }) => hidden)!.id });
    play.does(GM, "gm.hide", { combatant: id });
  });

  it("holds no more however often they hide and are revealed", () => {
    const play = crowd(SHOWN, HIDDEN);
    for (const { id } of play.state.combatants.filter(({ hidden }) => hidden))
      play.does(GM, "gm.reveal", { combatant: id });
    assert.equal(play.act(GM, "gm.add", { creature: COMMON, hidden: true }), "too_many_combatants");
    assert.equal(play.act(GM, "gm.add", { creature: COMMON }), "too_many_combatants");
    assert.equal(play.state.combatants.length, SHOWN + HIDDEN);
  });
});
