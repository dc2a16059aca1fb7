import assert from "node:assert/strict";
import { newPlayer } from "../support/bots.ts";
import { TestCluster } from "../support/cluster.ts";
import { LeaderKills } from "../support/leader-kills.ts";

const KILLS = 10;

describe("matchmaking in a cluster", function () {
  this.timeout(600_000);
  let cluster: TestCluster;
  before(async () => {
    cluster = await TestCluster.start(3);
  });
  after(() => cluster.dispose());

  it("loses no ticket, puts nobody in two matches and half places none when its leaders are killed", async () => {
    const { faults } = await new LeaderKills(cluster).run(KILLS);
    assert.deepEqual(faults, [], cluster.log());
  });

  it("any process lets clients into the lobby of any other", async () => {
    const players = await Promise.all(Array.from({ length: 6 }, (_, at) => newPlayer(cluster.url, `guest-${at}`)));
    for (const player of players) {
      const lobby = await player.client.joinOrCreate("lobby");
      lobby.reconnection.enabled = false;
      lobby.onMessage("*", () => undefined);
      assert.deepEqual(await lobby.request("watch", {}), {});
      await lobby.leave();
    }
  });
});
