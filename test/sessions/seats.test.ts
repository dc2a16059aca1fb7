import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { Api, outcome } from "../support/api.ts";
import { act, type Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

describe("seats by REST", () => {
  let api: Api;
  let [ada, ben, eve]: Player[] = [];
  let table: Room;
  const rooms: Room[] = [];

  before(async () => {
    api = await Api.start();
    [ada, ben, eve] = await api.players(3);
  });
  after(() => api.close());

  beforeEach(async () => {
    table = await ada!.client.joinOrCreate("dice", { private: true });
    table.onMessage("*", () => undefined);
    rooms.push(table);
  });
  afterEach(async () => {
    for (const room of rooms.splice(0)) if (room.connection.isOpen) await room.leave();
  });

  async function consume(player: Player, reservation: Body): Promise<Room> {
    const room = await player.client.consumeSeatReservation(reservation);
    room.onMessage("*", () => undefined);
    rooms.push(room);
    return room;
  }
  type Body = Parameters<Player["client"]["consumeSeatReservation"]>[0];

  const players = async () => (await api.call(`GET /v1/sessions/${table.roomId}`, ada)).body.players;

  it("a reservation by REST is what the SDK consumes, and the player sits", async () => {
    const open = await ada!.client.joinOrCreate("dice", { mode: "reserved" });
    open.onMessage("*", () => undefined);
    rooms.push(open);
    const { status, body } = await api.call(`POST /v1/sessions/${open.roomId}/join`, ben, {});
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ["name", "processId", "roomId", "sessionId"]);
    const room = await consume(ben!, body);
    await act(room, "roll");
    const session = (await api.call(`GET /v1/sessions/${open.roomId}`, ben)).body;
    const seats = session.players.map((p: { playerId: string; connected: boolean }) => [p.playerId, p.connected]);
    assert.deepEqual(seats, [
      [ada!.accountId, true],
      [ben!.accountId, true],
    ]);
  });

  it("a watcher gets a place and no seat", async () => {
    const open = await ada!.client.joinOrCreate("dice", { mode: "watched" });
    open.onMessage("*", () => undefined);
    rooms.push(open);
    const { body } = await api.call(`POST /v1/sessions/${open.roomId}/spectate`, eve);
    const room = await consume(eve!, body);
    await assert.rejects(act(room, "roll"), (error: Body & { reason: { code: string } }) => {
      return error.reason.code === "not_seated";
    });
    const session = (await api.call(`GET /v1/sessions/${open.roomId}`, ada)).body;
    assert.equal(session.players.length, 1);
  });

  it("a coach needs the code that a player gave away", async () => {
    const { code } = (await table.request("coach")) as { code: string };
    const join = `POST /v1/sessions/${table.roomId}/join`;
    // The session is private: who was told nothing but its id knows no session there.
    assert.deepEqual(outcome(await api.call(join, eve, { role: "coach", code })), [404, "session_not_found"]);
    assert.equal((await players()).length, 1);
  });

  it("a coach with a player's code sees with that player's eyes, and has no seat", async () => {
    const open = await ada!.client.joinOrCreate("dice", { mode: "coached" });
    open.onMessage("*", () => undefined);
    rooms.push(open);
    const second = await consume(ben!, (await api.call(`POST /v1/sessions/${open.roomId}/join`, ben, {})).body);
    await act(open, "roll");
    const { code } = (await second.request("coach")) as { code: string };
    const join = `POST /v1/sessions/${open.roomId}/join`;
    assert.deepEqual(outcome(await api.call(join, eve, { role: "coach", code: "1.wrong" })), [403, "forbidden"]);
    const { status, body } = await api.call(join, eve, { role: "coach", code });
    assert.equal(status, 200);
    const coach = await consume(eve!, body);
    const dice = (room: Room, seat: string) => [...(room.state.seats?.get(seat)?.dice ?? [])];
    await eventually("the dice are shown", () => dice(coach, "1").length > 0);
    assert.deepEqual(dice(coach, "1"), dice(second, "1"));
    assert.deepEqual(dice(coach, "0"), []);
    await assert.rejects(act(coach, "bid", { count: 1, face: 2 }), (error: { reason: { code: string } }) => {
      return error.reason.code === "not_seated";
    });
    assert.equal((await api.call(`GET /v1/sessions/${open.roomId}`, ada)).body.players.length, 2);
  });

  it("a private session of others, an ended one, and one that is none: no", async () => {
    const join = `POST /v1/sessions/${table.roomId}/join`;
    assert.deepEqual(outcome(await api.call(join, ben, {})), [404, "session_not_found"]);
    const none = "POST /v1/sessions/01900000-0000-7000-8000-000000000000/join";
    assert.deepEqual(outcome(await api.call(none, ben, {})), [404, "session_not_found"]);
    assert.deepEqual(outcome(await api.call(join, undefined, {})), [401, "unauthorized"]);
  });

  it("no more seats are reserved than there are, though nobody has connected yet", async () => {
    const open = await ada!.client.joinOrCreate("dice", { mode: "crowded" });
    open.onMessage("*", () => undefined);
    rooms.push(open);
    const crowd = await api.players(7);
    const replies = await Promise.all(crowd.map((one) => api.call(`POST /v1/sessions/${open.roomId}/join`, one, {})));
    const codes = replies.map(outcome).map(([status, code]) => code ?? status);
    assert.equal(codes.filter((code) => code === 200).length, 5);
    assert.equal(codes.filter((code) => code === "session_full").length, 2);
  });

  it("where was I playing: the sessions that have not ended and hold my seat", async () => {
    const items = async (player: Player) => (await api.call("GET /v1/me/seats", player)).body.items;
    const mine = (await items(ada!)).find(({ sessionId }: { sessionId: string }) => sessionId === table.roomId);
    assert.deepEqual([mine.seat, mine.role, mine.type, mine.roomId], [0, "player", "dice", table.roomId]);
    assert.deepEqual(await items(eve!), []);
    await table.leave();
    await eventually("the seat is given up", async () =>
      (await items(ada!)).every(({ sessionId }: { sessionId: string }) => sessionId !== table.roomId),
    );
  });
});
