import assert from "node:assert/strict";
import { Api, outcome } from "../support/api.ts";
import type { Player } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

describe("parties", () => {
  let api: Api;
  before(async () => {
    api = await Api.start();
  });
  after(() => api.close());

  const call = (player: Player, line: string, body?: unknown) => api.call(line, player, body);
  const make = async (player: Player) => (await call(player, "POST /v1/parties", {})).body;
  const join = (player: Player, { id, code }: { id: string; code: string }) =>
    call(player, `POST /v1/parties/${id}/join`, { code });
  const ready = (player: Player, id: string, is = true) => call(player, `POST /v1/parties/${id}/ready`, { ready: is });
  const queue = (player: Player, partyId: string, of = "arena-2v2") =>
    call(player, "POST /v1/matchmaking/tickets", { queue: of, partyId });

  async function pair() {
    const [ada, ben] = (await api.players(2)) as [Player, Player];
    const party = await make(ada);
    assert.equal((await join(ben, party)).status, 200);
    return { ada, ben, party };
  }

  it("are joined by a code, by one party at a time, and known to nobody else", async () => {
    const { ada, ben, party } = await pair();
    const [eve] = (await api.players(1)) as [Player];
    const { members, leaderId } = (await call(ben, `GET /v1/parties/${party.id}`)).body;
    assert.deepEqual(
      [leaderId, ...members.map(({ accountId }: { accountId: string }) => accountId)],
      [ada.accountId, ada.accountId, ben.accountId],
    );
    assert.deepEqual(outcome(await call(eve, `GET /v1/parties/${party.id}`)), [404, "party_not_found"]);
    assert.deepEqual(outcome(await join(eve, { ...party, code: "0000-0000-0000" })), [400, "code_invalid"]);
    assert.deepEqual(outcome(await call(eve, `DELETE /v1/parties/${party.id}`)), [404, "party_not_found"]);
    const kick = { accountId: ada.accountId };
    assert.deepEqual(outcome(await call(eve, `POST /v1/parties/${party.id}/kick`, kick)), [404, "party_not_found"]);
    assert.deepEqual(outcome(await call(ben, `POST /v1/parties/${party.id}/kick`, kick)), [403, "forbidden"]);
    assert.deepEqual(outcome(await call(ben, "POST /v1/parties", {})), [409, "in_party"]);
    const other = await make(eve);
    assert.deepEqual(outcome(await join(ben, other)), [409, "in_party"]);
  });

  it("take no more than they hold, and the leader's word counts", async () => {
    const [ada, ben, eve] = (await api.players(3)) as [Player, Player, Player];
    const party = (await call(ada, "POST /v1/parties", { maxSize: 2 })).body;
    const came = await Promise.all([join(ben, party), join(eve, party)]);
    assert.deepEqual(came.map(({ status }) => status).sort(), [200, 409]);
    const inside = came[0]!.status === 200 ? ben : eve;
    const kicked = await call(ada, `POST /v1/parties/${party.id}/kick`, { accountId: inside.accountId });
    assert.equal(kicked.body.members.length, 1);
    assert.deepEqual(outcome(await join(inside, party)), [400, "code_invalid"], "the code has changed");
    assert.equal((await call(ada, `POST /v1/parties/${party.id}/leave`)).status, 204);
    assert.deepEqual(outcome(await call(ada, `GET /v1/parties/${party.id}`)), [404, "party_not_found"]);
    assert.ok(await make(ada), "whoever left may make another");
  });

  it("are led by the next in line when the leader goes", async () => {
    const { ada, ben, party } = await pair();
    await call(ada, `POST /v1/parties/${party.id}/leave`);
    assert.equal((await call(ben, `GET /v1/parties/${party.id}`)).body.leaderId, ben.accountId);
  });

  it("queue with one ticket, by their leader, when everybody is ready and the queue takes them", async () => {
    const { ada, ben, party } = await pair();
    const [eve] = (await api.players(1)) as [Player];
    assert.deepEqual(outcome(await queue(ada, party.id)), [409, "party_not_ready"]);
    await ready(ben, party.id);
    assert.deepEqual(outcome(await queue(ben, party.id)), [403, "forbidden"]);
    assert.deepEqual(outcome(await queue(eve, party.id)), [404, "party_not_found"]);
    assert.deepEqual(outcome(await queue(ada, party.id, "arena-duel")), [409, "party_size"]);
    const { status, body } = await queue(ada, party.id);
    assert.equal(status, 201);
    assert.deepEqual([...body.players].sort(), [ada.accountId, ben.accountId].sort());
    const alone = await call(ben, "POST /v1/matchmaking/tickets", { queue: "arena-2v2" });
    assert.deepEqual(outcome(alone), [409, "ticket_exists"]);
    assert.equal((await call(ben, `GET /v1/matchmaking/tickets/${body.id}`)).status, 200);
    await call(ben, `POST /v1/parties/${party.id}/leave`);
    const after = (await call(ada, `GET /v1/matchmaking/tickets/${body.id}`)).body;
    assert.deepEqual([after.status, after.reason], ["cancelled", "party_changed"]);
  });

  it("play in one team", async () => {
    const pairs = [await pair(), await pair()];
    const tickets = await Promise.all(
      pairs.map(async ({ ada, ben, party }) => {
        await ready(ben, party.id);
        return { ada, ben, id: (await queue(ada, party.id)).body.id as string };
      }),
    );
    const read = async (player: Player, id: string) => (await call(player, `GET /v1/matchmaking/tickets/${id}`)).body;
    for (const { ada, ben, id } of tickets) {
      await eventually("asked", async () => (await read(ada, id)).status === "requires_acceptance");
      for (const player of [ada, ben]) await call(player, `POST /v1/matchmaking/tickets/${id}/accept`);
    }
    const teams: unknown[] = [];
    for (const { ada, ben, id } of tickets) {
      await eventually("placed", async () => (await read(ada, id)).status === "completed");
      const [hers, his] = [await read(ada, id), await read(ben, id)];
      assert.equal(hers.assignment.team, his.assignment.team);
      teams.push(hers.assignment.team);
    }
    assert.deepEqual(teams.sort(), [0, 1]);
  });
});
