import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { act, getJson, newPlayer, type Player, refusalCode } from "../support/bots.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { Witness } from "../support/witness.ts";

describe("a session that is paused over the API while its room stands", () => {
  let server: ServerProcess;
  const rooms: Room[] = [];

  before(async () => {
    server = await ServerProcess.started();
  });
  afterEach(() => {
    for (const room of rooms.splice(0)) {
      room.reconnection.enabled = false;
      if (room.connection.isOpen) room.connection.close();
    }
  });
  after(() => server.dispose());

  async function sit(how: (player: Player) => Promise<Room>) {
    const player = await newPlayer(server.url);
    const room = await how(player);
    rooms.push(room);
    return { player, room, witness: new Witness(room, player) };
  }

  const post = (player: Player, path: string) =>
    fetch(`${server.url}/v1/sessions/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${player.client.auth.token}` },
    });

  it("tells its clients, refuses their actions and new players, and goes on where it stood", async () => {
    const host = await sit(({ client }) => client.joinOrCreate("dice", { private: true }));
    const { roomId } = host.room;
    const other = await sit(({ client }) => client.joinById(roomId));
    await act(host.room, "roll");
    await eventually("both see the round", () =>
      [host, other].every(({ witness }) => witness.lastState?.phase === "bidding"),
    );
    const { deadline } = host.witness.lastState as unknown as { deadline: number };
    assert.equal((await post(other.player, `${roomId}/pause`)).status, 403);
    const paused = await post(host.player, `${roomId}/pause`);
    assert.deepEqual([paused.status, (await paused.json()).status], [200, "paused"]);
    await eventually("both are told", () =>
      [host, other].every(({ witness }) => witness.events.some(({ type }) => type === "session.paused")),
    );
    const isPaused = (error: unknown) => refusalCode(error)?.code === "session_paused";
    await assert.rejects(act(host.room, "bid", { count: 1, face: 1 }), isPaused);
    await assert.rejects(sit(({ client }) => client.joinById(roomId)));
    const resumed = await post(host.player, `${roomId}/resume`);
    assert.equal((await resumed.json()).status, "active");
    await eventually("the turn has as much time left as it had", () => {
      const event = host.witness.events.find(({ type }) => type === "session.resumed");
      const shown = host.witness.lastState as unknown as { deadline: number };
      return event !== undefined && shown.deadline === deadline + Number(event.data.pausedMs);
    });
    await act(host.room, "bid", { count: 1, face: 1 });
    const { state } = await getJson(host.player, `/v1/sessions/${roomId}`);
    assert.equal((state as { bidCount: number }).bidCount, 1);
  });
});
