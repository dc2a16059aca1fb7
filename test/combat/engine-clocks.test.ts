import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import { currentSeat, GM, idOf, Play, partyFight, untilTurnOf } from "./engine-play.ts";

function body({ state }: Play, id: string) {
  return state.combatants.find((combatant) => combatant.id === id)!;
}

function duel(): Play {
  const play = new Play();
  for (const seat of [0, 1]) play.take(seat);
  play.does(0, "setup", { mode: "pvp" });
  play.does(0, "join", { creature: "red_reaver" });
  play.does(1, "join", { creature: "bridge_warden" });
  for (const seat of [0, 1]) play.does(seat, "rollInitiative");
  return play;
}

describe("clocks", () => {
  it("the first turn that runs out is a dodge, the next is skipped after a quarter of the time, and acting ends that", () => {
    const play = duel();
    const first = play.state.current;
    const seat = currentSeat(play);
    const types = play.timer().map(({ type }) => type);
    assert.deepEqual(types.slice(0, 3), ["acted", "effectAdded", "turnEnded"]);
    untilTurnOf(play, first);
    assert.equal(play.state.deadline - play.at, 15_000);
    play.does(seat, "interact");
    assert.equal(body(play, first).missed, 0);
    assert.equal(play.state.deadline - play.at, 60_000);
    play.timer();
    untilTurnOf(play, first);
    assert.equal(play.timer()[0]!.type, "turnEnded", "and the one after a dodge is skipped");
  });

  it("by post: a turn of three days needs nobody to be there", () => {
    const play = new Play();
    for (const seat of [0, 1]) play.take(seat);
    play.does(0, "setup", { mode: "pvp", turnSeconds: 3 * 86_400, windowSeconds: 86_400 });
    for (const seat of [0, 1]) play.does(seat, "join", { creature: "red_reaver" });
    for (const seat of [0, 1]) play.does(seat, "rollInitiative");
    assert.equal(combat.wakeAt!(play.state), play.at + 3 * 86_400_000);
    const { current } = play.state;
    play.timer();
    assert.notEqual(play.state.current, current);
  });

  it("with no limit only creatures that play themselves are woken for", () => {
    const play = partyFight(["grave_walker"], { turnSeconds: 0, windowSeconds: 0 });
    assert.equal(combat.wakeAt!(play.state), null);
    play.leave(GM);
    untilTurnOf(play, idOf(play, "bridge_warden"));
    play.does(0, "endTurn");
    while (play.state.current !== idOf(play, "grave_walker")) play.does(currentSeat(play), "endTurn");
    assert.notEqual(combat.wakeAt!(play.state), null);
  });

  it("where players stand alone, who leaves loses; in a party the creature stays and plays itself", () => {
    const alone = duel();
    alone.leave(1);
    assert.deepEqual([alone.state.phase, alone.state.winner], ["ended", 0]);
    const party = partyFight();
    party.leave(1);
    assert.equal(party.state.phase, "active");
    const scholar = idOf(party, "ember_scholar");
    for (let turns = 0; party.state.current !== scholar && turns < 50; turns++) party.timer();
    assert.equal(party.state.current, scholar);
    assert.equal(party.state.deadline - party.at, 1000);
  });

  it("autopilot against autopilot comes to an end", () => {
    const play = partyFight(["hill_bruiser", "ditch_gnasher", "bog_aunt"]);
    for (const seat of [0, 1, GM]) play.leave(seat);
    for (let timers = 0; play.state.phase === "active"; timers++) {
      assert.ok(timers < 5000);
      play.timer();
    }
    assert.ok(play.state.winner === 0 || play.state.winner === 1);
  });
});
