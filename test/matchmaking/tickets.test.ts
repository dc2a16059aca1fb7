import assert from "node:assert/strict";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

const TICKETS = "/v1/matchmaking/tickets";

describe("tickets", () => {
  let api: Api;
  before(async () => {
    api = await Api.start();
  });
  after(() => api.close());

  const ask = (player: Player, body: object, headers = {}) => api.call(`POST ${TICKETS}`, player, body, headers);
  const read = async (player: Player, id: string, wait = 0) =>
    (await api.call(`GET ${TICKETS}/${id}?wait=${wait}`, player)).body;
  const answer = (player: Player, id: string, verb: string) => api.call(`POST ${TICKETS}/${id}/${verb}`, player);
  const cancel = (player: Player, id: string) => api.call(`DELETE ${TICKETS}/${id}`, player);

  async function reaches(player: Player, id: string, status: string) {
    await eventually(`the ticket is ${status}`, async () => (await read(player, id)).status === status);
    return read(player, id);
  }

  it("two who ask are matched, and get one session with a seat for each", async () => {
    const players = (await api.players(2)) as [Player, Player];
    const made = [await ask(players[0], { queue: "arena-duel" }), await ask(players[1], { queue: "arena-duel" })];
    assert.deepEqual(
      made.map(({ status }) => status),
      [201, 201],
    );
    const found = await Promise.all(players.map((player, at) => reaches(player, made[at]!.body.id, "completed")));
    const [one, two] = found.map(({ assignment }) => assignment);
    assert.equal(one.sessionId, two.sessionId);
    assert.deepEqual([one.team, two.team].sort(), [0, 1]);
    assert.ok(one.quality > 0 && one.winProbability.length === 2);
    const rooms = await Promise.all([one, two].map(({ seat }, at) => players[at]!.client.consumeSeatReservation(seat)));
    const session = (await api.call(`GET /v1/sessions/${one.sessionId}`, players[0])).body;
    assert.equal(session.mode, "duel");
    assert.equal(session.hostId, null);
    assert.deepEqual(
      session.players.map(({ playerId }: { playerId: string }) => playerId).sort(),
      players.map(({ accountId }) => accountId).sort(),
    );
    for (const room of rooms) await room.leave();
  });

  it("one player has one ticket in a queue, and hears of it when asking again", async () => {
    const [ada] = (await api.players(1)) as [Player];
    const { body } = await ask(ada, { queue: "arena-2v2" });
    const again = await ask(ada, { queue: "arena-2v2" });
    assert.deepEqual(outcome(again), [409, "ticket_exists"]);
    assert.equal(again.body.ticketId, body.id);
    const burst = await Promise.all(Array.from({ length: 8 }, () => ask(ada, { queue: "arena-ffa" })));
    assert.equal(burst.filter(({ status }) => status === 201).length, 1);
    for (const { status, body: made } of burst) if (status === 201) await cancel(ada, made.id);
    assert.equal((await cancel(ada, body.id)).body.status, "cancelled");
    assert.equal((await cancel(ada, body.id)).status, 200, "twice is no fault");
    const anew = await ask(ada, { queue: "arena-2v2" });
    assert.equal(anew.status, 201, "and the place is free again");
    await cancel(ada, anew.body.id);
  });

  it("made twice under one key is made once", async () => {
    const [ada] = (await api.players(1)) as [Player];
    const headers = { "idempotency-key": "the-same" };
    const [one, two] = [
      await ask(ada, { queue: "arena-2v2" }, headers),
      await ask(ada, { queue: "arena-2v2" }, headers),
    ];
    assert.deepEqual([one.status, two.status, two.body.id], [201, 201, one.body.id]);
    await cancel(ada, one.body.id);
  });

  it("what is forged or impossible is refused, or counts for nothing", async () => {
    const [ada, eve] = (await api.players(2)) as [Player, Player];
    const wrong: object[] = [
      { queue: "arena-2v2", latencies: { local: -1 } },
      { queue: "arena-2v2", latencies: { local: 5001 } },
      { queue: "arena-2v2", latencies: { local: "20" } },
      { queue: "arena-2v2", latencies: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`r${i}`, 1])) },
      { queue: "arena-2v2", rating: 99 },
      { queue: "arena-2v2", attributes: { role: "tank" } },
      { queue: "Not a queue" },
    ];
    for (const body of wrong) {
      assert.deepEqual(outcome(await ask(eve, body)), [400, "validation_failed"], JSON.stringify(body));
    }
    assert.deepEqual(outcome(await ask(eve, { queue: "nowhere" })), [404, "queue_not_found"]);
    const { body } = await ask(ada, { queue: "arena-2v2", attributes: { skill: 4000, rating: 4000 } });
    for (const call of [
      `GET ${TICKETS}/${body.id}`,
      `DELETE ${TICKETS}/${body.id}`,
      `GET ${TICKETS}/${body.id}/explain`,
    ])
      assert.deepEqual(outcome(await api.call(call, eve)), [404, "ticket_not_found"], call);
    assert.deepEqual(outcome(await answer(ada, body.id, "accept")), [409, "acceptance_over"]);
    await reaches(ada, body.id, "searching");
    const { nearest, sentence, window } = (await api.call(`GET ${TICKETS}/${body.id}/explain`, ada)).body;
    assert.ok(sentence.length > 10 && window.rating > 0);
    assert.ok(
      nearest.every(({ distance }: { distance: number }) => distance < 1),
      "claims move nobody's rating",
    );
    await cancel(ada, body.id);
    const after = (await api.call(`GET ${TICKETS}/${body.id}/explain`, ada)).body;
    assert.deepEqual([after.status, after.sentence], ["cancelled", "The search was cancelled."]);
  });

  describe("of a queue that asks for acceptance", () => {
    async function four() {
      const players = await api.players(4);
      const ids = await Promise.all(
        players.map(async (player) => (await ask(player, { queue: "arena-2v2" })).body.id as string),
      );
      await Promise.all(players.map((player, at) => reaches(player, ids[at]!, "requires_acceptance")));
      return { players, ids };
    }

    it("play when all accept", async () => {
      const { players, ids } = await four();
      const { acceptance } = await read(players[0]!, ids[0]!);
      assert.deepEqual([acceptance.players, acceptance.mine], [4, false]);
      for (const [at, player] of players.entries())
        assert.equal((await answer(player, ids[at]!, "accept")).status, 200);
      const found = await Promise.all(players.map((player, at) => reaches(player, ids[at]!, "completed")));
      assert.equal(new Set(found.map(({ assignment }) => assignment.sessionId)).size, 1);
      assert.deepEqual(found.map(({ assignment }) => assignment.team).sort(), [0, 0, 1, 1]);
    });

    it("wait on as long as they did when one declines, whose ticket is over", async () => {
      const { players, ids } = await four();
      const before = await read(players[0]!, ids[0]!);
      assert.equal((await answer(players[3]!, ids[3]!, "accept")).status, 200);
      assert.deepEqual(outcome(await answer(players[3]!, ids[3]!, "decline")), [409, "acceptance_over"]);
      const declined = await answer(players[1]!, ids[1]!, "decline");
      assert.equal(declined.body.status, "cancelled");
      assert.deepEqual(outcome(await answer(players[1]!, ids[1]!, "accept")), [409, "acceptance_over"]);
      const after = await reaches(players[0]!, ids[0]!, "searching");
      assert.equal(after.createdAt, before.createdAt);
      for (const at of [0, 2, 3]) await cancel(players[at]!, ids[at]!);
    });
  });

  it("the long poll tells when something has changed", async () => {
    const [ada, ben] = (await api.players(2)) as [Player, Player];
    const { body } = await ask(ada, { queue: "arena-duel" });
    await reaches(ada, body.id, "searching");
    const told = read(ada, body.id, 20);
    await ask(ben, { queue: "arena-duel" });
    assert.notEqual((await told).status, "searching");
    await reaches(ada, body.id, "completed");
  });
});
