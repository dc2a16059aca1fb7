import assert from "node:assert/strict";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";

describe("seats of sessions without a room", () => {
  let api: Api;
  let [ada, ben, cem, eve]: Player[] = [];

  before(async () => {
    api = await Api.start();
    [ada, ben, cem, eve] = await api.players(4);
  });
  after(() => api.close());

  async function created(wish: object): Promise<string> {
    return (await api.call("POST /v1/sessions", ada, { type: "custom", ...wish })).body.id;
  }
  const join = (id: string, player: Player, body: object = {}) =>
    api.call(`POST /v1/sessions/${id}/join`, player, body);
  const leave = (id: string, player: Player) => api.call(`POST /v1/sessions/${id}/leave`, player);
  const read = async (id: string) => (await api.call(`GET /v1/sessions/${id}`, ada)).body;
  const seats = async (id: string) =>
    (await read(id)).players.map((one: { seat: number; playerId: string }) => [one.seat, one.playerId]);
  const write = async (id: string, player: Player, body: object) =>
    api.call(`PATCH /v1/sessions/${id}/state`, player, body, { "if-match": `"${(await read(id)).version}"` });

  it("are taken at once, and who sits there may write", async () => {
    const id = await created({ state: { round: 1 } });
    assert.deepEqual(outcome(await write(id, ben!, { round: 2 })), [403, "forbidden"]);
    const { status, body } = await join(id, ben!);
    assert.deepEqual([status, body], [200, { sessionId: id, seat: 1, role: "player" }]);
    assert.deepEqual(await seats(id), [
      [0, ada!.accountId],
      [1, ben!.accountId],
    ]);
    assert.equal((await write(id, ben!, { round: 2 })).status, 200);
    assert.equal((await read(id)).state.round, 2);
    const mine = (await api.call("GET /v1/me/seats", ben)).body.items;
    assert.ok(mine.some((one: { sessionId: string; seat: number }) => one.sessionId === id && one.seat === 1));
  });

  it("are the same for the same account, however often and at once it comes", async () => {
    const id = await created({});
    const replies = await Promise.all([join(id, ben!), join(id, ben!), join(id, ben!)]);
    assert.deepEqual(
      replies.map(({ body }) => body.seat),
      [1, 1, 1],
    );
    assert.equal((await join(id, ada!)).body.seat, 0);
    assert.equal((await seats(id)).length, 2);
  });

  it("are as many as there are", async () => {
    const id = await created({ maxPlayers: 2 });
    const replies = await Promise.all([ben!, cem!, eve!].map((one) => join(id, one)));
    const codes = replies.map(outcome).map(([status, code]) => code ?? status);
    assert.deepEqual(codes.sort(), [200, "session_full", "session_full"]);
    const alone = await created({ type: "player" });
    assert.deepEqual(outcome(await join(alone, ben!)), [409, "session_full"]);
    assert.equal((await join(alone, ada!)).body.seat, 0);
  });

  it("of a private one are for those who were invited", async () => {
    const id = await created({ private: true });
    assert.deepEqual(outcome(await join(id, ben!)), [404, "session_not_found"]);
    const { code } = (await api.call(`POST /v1/sessions/${id}/invites`, ada, {})).body;
    const { status, body } = await api.call(`POST /v1/invites/${code}/join`, ben);
    assert.deepEqual([status, body], [200, { sessionId: id, seat: 1, role: "player" }]);
    assert.equal((await join(id, ben!)).body.seat, 1);
    assert.deepEqual(outcome(await api.call(`POST /v1/invites/${code}/join`, cem)), [400, "code_invalid"]);
  });

  it("whose session is full or over use no invite up", async () => {
    const id = await created({ maxPlayers: 1, private: true });
    const { code } = (await api.call(`POST /v1/sessions/${id}/invites`, ada, {})).body;
    const come = () => api.call(`POST /v1/invites/${code}/join`, ben);
    assert.deepEqual(outcome(await come()), [409, "session_full"]);
    assert.equal((await api.call(`GET /v1/sessions/${id}/invites`, ada)).body.items[0].usesLeft, 1);
    assert.equal((await api.call(`DELETE /v1/sessions/${id}`, ada)).status, 200);
    assert.deepEqual(outcome(await come()), [409, "session_ended"]);
  });

  it("of one that has ended, or is paused, are not given", async () => {
    const id = await created({});
    assert.equal((await api.call(`POST /v1/sessions/${id}/pause`, ada)).status, 200);
    assert.deepEqual(outcome(await join(id, ben!)), [409, "session_paused"]);
    assert.equal((await api.call(`DELETE /v1/sessions/${id}`, ada)).status, 200);
    assert.deepEqual(outcome(await join(id, ben!)), [409, "session_ended"]);
    assert.deepEqual(outcome(await leave(id, ada!)), [409, "session_ended"]);
  });

  it("are nothing to watch from, coach at or carry elsewhere", async () => {
    const id = await created({});
    assert.deepEqual(outcome(await api.call(`POST /v1/sessions/${id}/spectate`, ben)), [409, "no_room"]);
    assert.deepEqual(outcome(await join(id, ben!, { role: "coach", code: "0.x" })), [409, "no_room"]);
    const { code } = (await api.call(`POST /v1/sessions/${id}/handoff`, ada)).body;
    const taken = await api.call("POST /v1/handoff", ada, { code, deviceId: "another" });
    assert.deepEqual(outcome(taken), [409, "no_room"]);
  });

  it("are given up for good, and are free for others", async () => {
    const id = await created({});
    assert.equal((await join(id, ben!)).body.seat, 1);
    assert.equal((await leave(id, ben!)).status, 204);
    assert.deepEqual(outcome(await leave(id, ben!)), [403, "not_seated"]);
    assert.deepEqual(outcome(await write(id, ben!, { round: 2 })), [403, "forbidden"]);
    assert.equal((await join(id, cem!)).body.seat, 1);
  });

  it("start a session once, though its first seat is left and taken again", async () => {
    const id = await created({});
    const { startedAt } = await read(id);
    assert.equal((await leave(id, ada!)).status, 204);
    assert.deepEqual(await seats(id), []);
    assert.equal((await join(id, ben!)).body.seat, 0);
    const { items } = (await api.call(`GET /v1/sessions/${id}/events`, ada)).body;
    assert.equal(items.filter(({ type }: { type: string }) => type === "session.started").length, 1);
    assert.deepEqual([(await read(id)).startedAt, (await read(id)).status], [startedAt, "active"]);
  });

  it("a player's own session is not left, but ended", async () => {
    const id = await created({ type: "player" });
    assert.deepEqual(outcome(await leave(id, ada!)), [409, "owner_stays"]);
    assert.deepEqual(outcome(await leave(id, ben!)), [403, "not_seated"]);
  });
});
