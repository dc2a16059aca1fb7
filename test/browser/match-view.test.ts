import assert from "node:assert/strict";
import { ArenaPlayer, ArenaState } from "../../schema/arena.ts";
import { clockText, nameOf, readMatch, secondsLeft, standings, viewedSeat } from "../../web/arena/match-view.ts";

function stateOf(...players: Partial<ArenaPlayer>[]): ArenaState {
  const state = new ArenaState();
  for (const player of players) state.players.set(String(player.seat), Object.assign(new ArenaPlayer(), player));
  return state;
}

describe("the match beside the playing field", () => {
  it("ranks by kills, then by fewer deaths", () => {
    const match = readMatch(
      stateOf({ seat: 0, score: 3, deaths: 5 }, { seat: 1, score: 7, deaths: 9 }, { seat: 2, score: 3, deaths: 1 }),
    );
    assert.deepEqual(
      standings(match).map(({ seat }) => seat),
      [1, 2, 0],
    );
  });

  it("counts down to nothing, never below", () => {
    const state = Object.assign(stateOf(), { tick: 1000, until: 1000 + 91 });
    assert.equal(secondsLeft(readMatch(state)), 4);
    assert.equal(secondsLeft(readMatch(Object.assign(state, { until: 0 }))), 0);
    assert.equal(clockText(125), "2:05");
  });

  it("knows the own seat by the one health it was sent, and spectators have none", () => {
    const match = {
      ...readMatch(stateOf()),
      players: readMatch(stateOf({ seat: 0 }, { seat: 3 })).players.map((player) => ({
        ...player,
        hp: player.seat === 3 ? 80 : null,
      })),
    };
    assert.equal(viewedSeat(match, "player"), 3);
    assert.equal(viewedSeat(match, "coach"), 3);
    assert.equal(viewedSeat(match, "spectator"), null);
  });

  it("has a name for a seat whose player is not known yet", () => {
    const match = readMatch(stateOf({ seat: 0, name: "Ada" }));
    assert.equal(nameOf(match, 0), "Ada");
    assert.equal(nameOf(match, 4), "Seat 5");
  });
});
