import assert from "node:assert/strict";
import { type Stage, teamsThere } from "../../src/matchmaking/placement.rules.ts";

/** Players as `account@team`, each rated at ten points per team number and two. */
function placement(_id: string, stage: Stage, ...players: string[]) {
  const joined = players.map((text) => {
    const [accountId, team] = text.split("@") as [string, string];
    const rating = (Number(team) + 2) * 10;
    return { accountId, team: Number(team), ticketId: `of ${accountId}`, rating, sigma: 4 };
  });
  return { _id, stage, players: joined };
}

const idsOf = (teams: ReturnType<typeof teamsThere>) =>
  teams.map((team) => team.map(({ accountId }) => accountId).join(" "));

describe("who is in the room of a match", () => {
  it("are those who sit there and those on their way, by their teams; not who left, nor who was not to come", () => {
    const placements = [
      placement("1", "done", "ada@0", "ben@0", "cat@1"),
      placement("2", "arriving", "dan@1"),
      placement("3", "undone", "eve@0"),
    ];
    const teams = teamsThere(placements, new Set(["ada", "cat"]), 2);
    assert.deepEqual(idsOf(teams), ["ada", "cat dan"]);
  });

  it("is somebody who came back only once, where they were placed last", () => {
    const placements = [placement("2", "done", "ada@1"), placement("1", "done", "ada@0", "ben@0")];
    assert.deepEqual(idsOf(teamsThere(placements, new Set(["ada", "ben"]), 2)), ["ben", "ada"]);
  });

  it("is also who came by quick play: the seat is taken, in the emptiest team, and the room no stronger by it", () => {
    const placements = [placement("1", "done", "ada@0", "ben@0", "cat@1")];
    const teams = teamsThere(placements, new Set(["ada", "ben", "cat", "stranger"]), 2);
    assert.deepEqual(idsOf(teams), ["ada ben", "cat stranger"]);
    assert.deepEqual(teams[1]![1], { accountId: "stranger", rating: 23, sigma: 4 });
  });

  it("is nobody who matters when all who were placed there have left", () => {
    const placements = [placement("1", "done", "ada@0")];
    assert.deepEqual(teamsThere(placements, new Set(["stranger"]), 2), [[], []]);
  });
});
