import assert from "node:assert/strict";
import { CloseCode } from "@colyseus/core";
import { Client, type Room } from "@colyseus/sdk";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

describe("leaving a room by REST", () => {
  let api: Api;
  let [ada, ben, cem]: Player[] = [];
  let table: Room;
  const rooms: Room[] = [];

  before(async () => {
    api = await Api.start();
    [ada, ben, cem] = await api.players(3);
  });
  after(() => api.close());

  beforeEach(async () => {
    table = quiet(await ada!.client.joinOrCreate("dice", { private: true }));
  });
  afterEach(async () => {
    for (const room of rooms.splice(0)) if (room.connection.isOpen) await room.leave();
  });

  function quiet(room: Room): Room {
    room.onMessage("*", () => undefined);
    rooms.push(room);
    return room;
  }
  const sitDown = async (player: Player) => quiet(await player.client.joinById(table.roomId));
  const leave = (player: Player) => api.call(`POST /v1/sessions/${table.roomId}/leave`, player);
  const players = async () => (await api.call(`GET /v1/sessions/${table.roomId}`, ada)).body.players;

  it("closes the connection as one that left, and the others see the seat go", async () => {
    const left = new Promise<number>((done) => void sitDown(ben!).then((room) => room.onLeave(done)));
    await eventually("both sit", async () => (await players()).length === 2);
    const told = new Promise<unknown>((done) => {
      table.onMessage(
        "event",
        (event: { type: string; seat: number }) => event.type === "seat.left" && done(event.seat),
      );
    });
    assert.equal((await leave(ben!)).status, 204);
    assert.equal(await told, 1);
    assert.equal(await left, CloseCode.CONSENTED);
    assert.equal((await players()).length, 1);
    assert.deepEqual(outcome(await leave(ben!)), [404, "session_not_found"], "it is private, and no seat is theirs");
  });

  it("ends the wait for somebody whose connection was cut", async () => {
    const room = await sitDown(ben!);
    const { reconnectionToken } = room;
    cut(room);
    assert.equal((await leave(ben!)).status, 204);
    await assert.rejects(ben!.client.reconnect(reconnectionToken));
    assert.equal((await players()).length, 1);
  });

  it("leaves nothing behind by which one could sit down in the place of whoever comes next", async () => {
    const former = await sitDown(ben!);
    const { reconnectionToken } = former;
    const { code } = (await former.request("coach")) as { code: string };
    assert.equal((await leave(ben!)).status, 204);
    const next = await sitDown(cem!);
    cut(next);
    await eventually("the next is away", async () => (await players())[1].connected === false);
    await assert.rejects(new Client(api.url).reconnect(reconnectionToken));
    await assert.rejects(ben!.client.joinById(table.roomId, { role: "coach", code }));
  });

  it("needs no room: of a table where nobody has sat down the host has no seat to give up", async () => {
    const { id } = (await api.call("POST /v1/sessions", ada, { type: "dice" })).body;
    assert.deepEqual(outcome(await api.call(`POST /v1/sessions/${id}/leave`, ada)), [403, "not_seated"]);
  });

  /** The connection is gone without a word, and the client makes no attempt to come back. */
  function cut(room: Room): void {
    room.reconnection.enabled = false;
    room.reconnection.maxRetries = 0;
    room.connection.close();
  }
});
