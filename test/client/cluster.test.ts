import assert from "node:assert/strict";
import type { GameRoom } from "../../src/client/client.ts";
import { TestCluster } from "../support/cluster.ts";
import { eventually } from "../support/server.ts";
import { closeAll, entered, newClient, quietSdk, reaches } from "./support.ts";

const PASSWORD = "correct horse battery staple";

interface Table {
  readonly seats: ReadonlyMap<string, unknown>;
}

describe("the client helper before a cluster", function () {
  this.timeout(60_000);
  let cluster: TestCluster;

  before(quietSdk);
  beforeEach(async () => {
    cluster = await TestCluster.start(2);
  });
  afterEach(async () => {
    closeAll();
    await cluster.dispose();
  });

  /** Two players of liar's dice. @param reconnectTries of the first one's stock reconnection */
  async function table(reconnectTries: number): Promise<[GameRoom<Table>, GameRoom<Table>]> {
    const [one, two] = [newClient({ url: cluster.url, reconnectTries }), newClient({ url: cluster.url })];
    const first = await entered(one.joinOrCreate<Table>("dice", { private: true }));
    const second = await entered(two.joinById<Table>(first.id));
    await eventually("both are seated", () => first.state.seats?.size === 2);
    return [first, second];
  }

  for (const [way, tries] of [
    ["the stock reconnection", 8],
    ["another way, once that has given up", 0],
  ] as const) {
    it(`[L4] brings an action to the process that took over, once, by ${way}`, async () => {
      const [first, second] = await table(tries);
      const owner = await cluster.ownerOf(first.id);
      // Takes bytes and answers nothing: whatever is sent now is lost with the kill.
      owner.signal("SIGSTOP");
      const rolling = first.act("roll");
      const { id } = first.actions.value[0]!;
      await owner.stop("SIGKILL");
      const outcome = await rolling;
      assert.deepEqual([outcome.id, outcome.status], [id, "acknowledged"]);
      await reaches(first, "connected");
      await reaches(second, "connected");
      assert.ok(cluster.others(owner).includes(await cluster.ownerOf(first.id)));
      await first.catchUp();
      assert.equal(first.events.filter(({ type }) => type === "rolled").length, 1);
    });
  }

  it("moves a seat by a code, whichever processes the two devices come to", async () => {
    const [phone, desk] = ["phone", "desk"].map((deviceId) => newClient({ url: cluster.url, deviceId }));
    await phone!.auth.register({ username: "ada", password: PASSWORD });
    await desk!.auth.login({ username: "ada", password: PASSWORD });
    const there = await entered(phone!.joinOrCreate<Table>("dice", { private: true }));
    const { code } = await there.offerHandoff();
    const owner = await cluster.ownerOf(there.id);
    cluster.balancer.prefer(cluster.others(owner)[0]!.port);
    const here = await entered(desk!.takeHandoff<Table>(code));
    await reaches(there, "moved");
    assert.deepEqual([here.id, here.connection.value], [there.id, "connected"]);
  });
});
