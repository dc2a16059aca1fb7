import assert from "node:assert/strict";
import { eventually, ServerProcess } from "../support/server.ts";
import { Seeker, seatedIn } from "./seeker.ts";

/** Far beyond what any queue allows. */
const FAR_AWAY = { latencies: { local: 4000 } };

describe("backfill", () => {
  let server: ServerProcess;
  const everybody: Seeker[] = [];
  before(async () => {
    server = await ServerProcess.started();
  });
  after(async () => {
    for (const { room } of everybody) if (room) room.reconnection.enabled = false;
    await server.dispose();
  });

  async function seekers(count: number): Promise<Seeker[]> {
    const some = await Seeker.some(server.url, count);
    everybody.push(...some);
    return some;
  }

  /** A full match of a queue, with `absent` of its players who never came. */
  async function matchOf(queue: string, count: number, absent = 0): Promise<{ players: Seeker[]; sessionId: string }> {
    const players = await seekers(count);
    await Promise.all(players.map((player) => player.ask(queue)));
    const ids = await Promise.all(players.slice(absent).map((player) => player.sitDown()));
    assert.equal(new Set(ids).size, 1, "all are in one match");
    return { players, sessionId: ids[0]! };
  }

  const seats = async (of: Seeker, sessionId: string) => (await seatedIn(of, sessionId)).length;
  it("gives the seat of somebody who left to a late ticket, and to none that is too far away", async () => {
    const { players, sessionId } = await matchOf("arena-ffa", 8);
    const [stays, leaves] = players as [Seeker, Seeker];
    const [far, late, later] = (await seekers(3)) as [Seeker, Seeker, Seeker];
    await far.ask("arena-ffa", FAR_AWAY);
    await leaves.leave();
    await eventually("the seat is free", async () => (await seats(stays, sessionId)) === 7);
    await late.ask("arena-ffa");
    assert.equal(await late.sitDown(), sessionId);
    const seated = await seatedIn(stays, sessionId);
    assert.deepEqual([seated.length, seated.includes(late.id), seated.includes(leaves.id)], [8, true, false]);
    const { assignment } = await late.ticket();
    assert.equal(assignment?.quality, undefined, "nobody foresaw this match");

    await later.ask("arena-ffa");
    await later.reaches("searching");
    const { sentence } = await later.read(`/v1/matchmaking/tickets/${later.ticketId}/explain`);
    assert.ok(sentence.length > 0);
    assert.equal((await far.ticket()).status, "searching");
    assert.equal(await seats(stays, sessionId), 8, "a full room takes nobody");

    await players[2]!.leave();
    assert.equal(await later.sitDown(), sessionId, "a seat that is free again is filled again");
    assert.equal((await far.ticket()).status, "searching");
    await far.cancel();
  });

  it("lets a party wait that is too large for the free seats", async () => {
    const { players, sessionId } = await matchOf("combat-coop", 4);
    const [leader, friend, alone] = (await seekers(3)) as [Seeker, Seeker, Seeker];
    const party = (await leader.post("/v1/parties")).body;
    await friend.post(`/v1/parties/${party.id}/join`, { code: party.code });
    await friend.post(`/v1/parties/${party.id}/ready`, { ready: true });
    await leader.ask("combat-coop", { partyId: party.id });
    await leader.reaches("searching");
    await players[3]!.leave();
    await eventually("the seat is free", async () => (await seats(players[0]!, sessionId)) === 3);
    await alone.ask("combat-coop");
    assert.equal(await alone.sitDown(), sessionId);
    assert.equal((await leader.ticket()).status, "searching");

    await Promise.all([players[1]!.leave(), players[2]!.leave()]);
    assert.equal(await leader.sitDown(), sessionId, "with two seats free the party comes in");
    friend.ticketId = leader.ticketId;
    assert.equal(await friend.sitDown(), sessionId);
    const seated = await seatedIn(alone, sessionId);
    assert.deepEqual([...seated].sort(), [players[0]!, alone, leader, friend].map(({ id }) => id).sort());
  });

  it("gives the seat of somebody who never came to a late ticket, and ends the ticket of who did not", async () => {
    const { players, sessionId } = await matchOf("combat-coop", 4, 1);
    const [absent, stays] = players as [Seeker, Seeker];
    assert.equal(await seats(stays, sessionId), 4, "at first the seat waits");
    const [late] = (await seekers(1)) as [Seeker];
    await late.ask("combat-coop");
    const { reason } = await absent.reaches("failed");
    assert.equal(reason, "no_show");
    assert.equal(await late.sitDown(), sessionId);
    const seated = await seatedIn(stays, sessionId);
    assert.deepEqual([seated.length, seated.includes(late.id), seated.includes(absent.id)], [4, true, false]);
  });

  it("sends nobody into a match that has ended", async () => {
    const { players, sessionId } = await matchOf("arena-ffa", 8);
    for (const player of players) await player.leave();
    const [watcher, late] = (await seekers(2)) as [Seeker, Seeker];
    const status = async () => (await watcher.read(`/v1/sessions/${sessionId}`)).status;
    await eventually("the match is over", async () => (await status()) === "ended");
    await late.ask("arena-ffa");
    await late.reaches("searching");
    await watcher.ask("arena-ffa");
    await watcher.reaches("searching");
    assert.equal((await late.ticket()).status, "searching");
    for (const one of [late, watcher]) await one.cancel();
  });
});
