import assert from "node:assert/strict";
import { HZ } from "../../src/arena/world.rules.ts";
import { NetPlayer } from "../support/net-player.ts";
import { eventually, ServerProcess } from "../support/server.ts";

/** Ticks of a match that runs while which another must not have run. */
const A_WHILE = HZ / 2;

describe("the clock of a match whose server was killed", function () {
  this.timeout(60_000);
  let server: ServerProcess;
  /** Each a match of two. */
  let complete: readonly NetPlayer[];
  let halved: readonly NetPlayer[];
  let watched: readonly NetPlayer[];
  const returned: NetPlayer[] = [];

  before(async () => {
    server = await ServerProcess.started();
    [complete, halved, watched] = [await match(), await match(), await match()];
    for (const [first] of [complete, halved, watched]) {
      await eventually("it runs", () => first!.room.state.tick > 2 * HZ);
    }
    await server.stop("SIGKILL");
    await server.start();
  });
  after(async () => {
    for (const player of returned) player.leave();
    await server.dispose();
  });

  async function match(): Promise<NetPlayer[]> {
    const first = await NetPlayer.join(server.url, { join: { private: true } });
    return [first, await NetPlayer.join(server.url, { roomId: first.room.roomId })];
  }

  /** The same account takes the same seat again, from the very state the server came up with. */
  async function comeBack(player: NetPlayer): Promise<NetPlayer> {
    const back = await NetPlayer.join(server.url, { roomId: player.room.roomId, known: player.player });
    returned.push(back);
    await eventually("the state is there", () => back.me !== undefined);
    assert.equal(back.seat, player.seat);
    return back;
  }

  it("waits for players who are still on their way, watchers or not, and runs when the last of them is there", async () => {
    const early = await comeBack(halved[0]!);
    const watcher = await NetPlayer.join(server.url, { roomId: early.room.roomId, join: { role: "spectator" } });
    returned.push(watcher);
    const [one, other] = [await comeBack(complete[0]!), await comeBack(complete[1]!)];
    const from = { running: one.room.state.tick, waiting: early.room.state.tick };
    await eventually("a complete match runs", () => other.room.state.tick > from.running + A_WHILE);
    assert.equal(early.room.state.tick, from.waiting, "the halved one does not");
    await comeBack(halved[1]!);
    await eventually("it runs as well", () => early.room.state.tick > from.waiting + A_WHILE);
  });

  it("goes on, after a while, without those who do not come back", async () => {
    const left = await comeBack(watched[0]!);
    const { tick } = left.room.state;
    await eventually("it runs", () => left.room.state.tick > tick + A_WHILE, 15_000);
    assert.equal(left.shown(watched[1]!.seat)?.connected, false);
  });

  it("has not run meanwhile: nobody comes back to more than was played", () => {
    for (const [player] of [complete, halved, watched]) {
      const before = player!.room.state.tick;
      const after = returned.find(({ room }) => room.roomId === player!.room.roomId)!;
      assert.ok(after.firstTick > 0 && after.firstTick <= before + 2, `${after.firstTick} after ${before}`);
    }
  });

  it("and none of this was a fault of the server's", () => {
    assert.deepEqual(server.faults(), []);
  });
});
