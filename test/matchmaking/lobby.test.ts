import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { Api } from "../support/api.ts";
import { type Player, refusalCode } from "../support/bots.ts";
import { eventually } from "../support/server.ts";

interface Lobby {
  readonly room: Room;
  /** What it was told, by type. */
  readonly told: Record<string, unknown[]>;
}

describe("the lobby", () => {
  let api: Api;
  before(async () => {
    api = await Api.start();
  });
  after(() => api.close());

  async function enter(player: Player): Promise<Lobby> {
    const room = await player.client.joinOrCreate("lobby");
    room.reconnection.enabled = false;
    const told: Record<string, unknown[]> = {};
    room.onMessage("*", (type, message) => {
      told[String(type)] = [...(told[String(type)] ?? []), message];
    });
    return { room, told };
  }
  const ask = async (player: Player, queue: string) =>
    (await api.call("POST /v1/matchmaking/tickets", player, { queue })).body.id as string;
  const statuses = ({ told }: Lobby) => (told.ticket ?? []).map((ticket) => (ticket as { status: string }).status);

  const refused = (asked: Promise<unknown>) =>
    asked.then(
      () => "accepted",
      (error: unknown) => refusalCode(error)?.code,
    );

  it("tells how a ticket goes, and gives the seat of the match", async () => {
    const players = (await api.players(2)) as [Player, Player];
    const lobbies = await Promise.all(players.map(enter));
    for (const [at, player] of players.entries()) {
      await ask(player, "arena-duel");
      await lobbies[at]!.room.request("watch", {});
    }
    await eventually("both are matched", () => lobbies.every(({ told }) => told.matched?.length === 1));
    assert.ok(statuses(lobbies[0]!).includes("completed"));
    const games = await Promise.all(
      lobbies.map(({ told }, at) =>
        players[at]!.client.consumeSeatReservation((told.matched![0] as { seat: never }).seat),
      ),
    );
    assert.equal(new Set(games.map(({ roomId }) => roomId)).size, 1);
    for (const room of [...games, ...lobbies.map(({ room }) => room)]) await room.leave();
  });

  it("asks for acceptance, and refuses with a code what is not asked for", async () => {
    const players = await api.players(4);
    const lobbies = await Promise.all(players.map(enter));
    const ids = await Promise.all(players.map((player) => ask(player, "arena-2v2")));
    await Promise.all(lobbies.map(({ room }) => room.request("watch", {})));
    await eventually("all are asked", () => lobbies.every((one) => statuses(one).includes("requires_acceptance")));
    for (const [at, { room }] of lobbies.entries()) await room.request("accept", { id: ids[at]! });
    await eventually("all have a seat", () => lobbies.every(({ told }) => told.matched?.length === 1));
    const { room } = lobbies[0]!;
    assert.equal(await refused(room.request("decline", { id: ids[0]! })), "acceptance_over");
    assert.equal(await refused(room.request("accept", { id: "nothing" })), "validation_failed");
    assert.equal(await refused(room.request("cancel", { id: ids[1]! })), "ticket_not_found");
    for (const { room: one } of lobbies) await one.leave();
  });

  it("shows the party, and the ticket its leader takes for all", async () => {
    const [ada, ben] = (await api.players(2)) as [Player, Player];
    const party = (await api.call("POST /v1/parties", ada, {})).body;
    const lobby = await enter(ada);
    await api.call(`POST /v1/parties/${party.id}/join`, ben, { code: party.code });
    const his = await enter(ben);
    await his.room.request("ready", { ready: true });
    const last = () => lobby.told.party?.at(-1) as { members: { ready: boolean }[] } | undefined;
    await eventually("she sees that he is ready", () => last()?.members.every(({ ready }) => ready) === true);
    const wish = { queue: "arena-2v2", partyId: party.id };
    const { id } = (await api.call("POST /v1/matchmaking/tickets", ada, wish)).body;
    await eventually("he is told of the ticket", () => statuses(his).length > 0);
    await api.call(`DELETE /v1/matchmaking/tickets/${id}`, ada);
    await eventually("and of its end", () => statuses(his).includes("cancelled"));
    await lobby.room.leave();
    await his.room.leave();
  });

  it("keeps the ticket of somebody who leaves for a while", async () => {
    const [ada] = (await api.players(1)) as [Player];
    const id = await ask(ada, "arena-2v2");
    const first = await enter(ada);
    await first.room.leave();
    const read = async () => (await api.call(`GET /v1/matchmaking/tickets/${id}`, ada)).body.status;
    assert.notEqual(await read(), "cancelled");
    const again = await enter(ada);
    await eventually("the ticket is shown again", () => statuses(again).length > 0);
    await api.call(`DELETE /v1/matchmaking/tickets/${id}`, ada);
    await again.room.leave();
  });

  it("shows every queue to everybody", async () => {
    const [ada] = (await api.players(1)) as [Player];
    const { room } = await enter(ada);
    const shown = () => Object.keys((room.state as { queues?: { toJSON(): object } }).queues?.toJSON() ?? {});
    await eventually("the queues are shown", () => shown().includes("arena-duel"));
    await room.leave();
  });
});
