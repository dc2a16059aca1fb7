import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { act, getJson, newPlayer, type Player, seatOf } from "../support/bots.ts";
import { type BotTable, seatTable } from "../support/crash-run.ts";
import { isClean, Oracle } from "../support/oracle.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import type { SeenState } from "../support/witness.ts";

/** Two players of a started game, whose connections are then gone for good, as when both close their browsers. */
async function abandonedTable(url: string) {
  const players = [await newPlayer(url), await newPlayer(url)] as const;
  const first = await players[0].client.joinOrCreate("dice", { private: true });
  const second = await players[1].client.joinById(first.roomId);
  await eventually("both are seated", () => Object.keys(stateOf(first).seats ?? {}).length === 2);
  await act(first, "roll");
  await eventually("the second player sees the roll", () => stateOf(second).phase === "bidding");
  const seen = stateOf(second);
  const tokens = [first.reconnectionToken, second.reconnectionToken] as const;
  for (const room of [first, second]) {
    room.reconnection.enabled = false;
    room.connection.close();
  }
  return { players, tokens, sessionId: first.roomId, seen };
}

function stateOf(room: Room): SeenState {
  return JSON.parse(JSON.stringify(room.state)) as SeenState;
}

/** A state without what a restart may change: who is connected right now. */
function lasting(state: SeenState): unknown {
  const seats = Object.entries(state.seats).map(([key, { connected: _, ...seat }]) => [key, seat]);
  return { ...state, seats };
}

/** A client's close code, once its connection has ended for good. */
function closing(room: Room): Promise<number> {
  return new Promise((done) => room.onLeave((code) => done(code)));
}

describe("restart", () => {
  let server: ServerProcess;
  let table: BotTable;
  let abandoned: Awaited<ReturnType<typeof abandonedTable>>;
  const oracle = new Oracle();

  before(async () => {
    server = await ServerProcess.started();
    table = await seatTable(server, oracle, 2);
    await act(table.bots[0]!.room, "roll");
    await act(table.bots[0]!.room, "bid", { count: 1, face: 3 });
    abandoned = await abandonedTable(server.url);
  });
  after(async () => {
    for (const bot of table ? [...table.bots, table.spectator] : []) bot.abandon();
    await server.dispose();
  });

  // The first tests run while the table grows old enough for the stock SDK to bring its clients back.

  it("a second server on the same data directory exits 70 with one line and harms nothing", async () => {
    const intruder = await ServerProcess.create({ dir: server.dir });
    intruder.spawn();
    assert.equal((await intruder.exited).code, 70);
    assert.match(intruder.stderr, /^[^\n]*data directory[^\n]*\n$/i);
    assert.ok((await act(table.bots[1]!.room, "bid", { count: 2, face: 3 })).seq > 0);
  });

  it("SIGTERM: who is being answered gets the answer", async () => {
    const server = await ServerProcess.started();
    const headers = { "content-type": "application/json" };
    const register = async (at: number) => {
      const body = JSON.stringify({ username: `late${at}`, password: "correct horse battery", deviceId: "d" });
      return (await fetch(`${server.url}/v1/auth/register`, { method: "POST", headers, body })).status;
    };
    // A password takes its time.
    const asked = Array.from({ length: 6 }, (_, at) => register(at));
    await eventually("they are under way", async () => (await fetch(`${server.url}/ready`)).ok);
    const { code } = await server.stop("SIGTERM");
    assert.deepEqual([code, new Set(await Promise.all(asked))], [0, new Set([201])]);
    assert.deepEqual(server.faults(), []);
    await server.dispose();
  });

  it("a bad setting exits 78 with one line that names the key and not the value", async () => {
    const server = await ServerProcess.create({ env: { PORT: "no-such-port" } });
    server.spawn();
    assert.equal((await server.exited).code, 78);
    assert.match(server.stderr, /^[^\n]*PORT[^\n]*\n$/);
    assert.ok(!server.log().includes("no-such-port"));
    await server.dispose();
  });

  it("a second connection of the same account takes the seat over, and the first is closed with 4102", async () => {
    const player = await newPlayer(server.url);
    const first = await player.client.joinOrCreate("dice", { private: true });
    const oldToken = first.reconnectionToken;
    const closed = closing(first);
    const second = await player.client.joinById(first.roomId);
    assert.equal(await closed, 4102);
    assert.equal(await seatOf(player, first.roomId), 0);
    assert.equal(Object.keys(stateOf(second).seats).length, 1);
    await assert.rejects(player.client.reconnect(oldToken), "the first connection's token is worth nothing any more");
    await second.leave();
  });

  it("SIGTERM drains: exit code 0, clients are sent away with 4010 and come back by themselves to the same table", async () => {
    const everybody = [...table.bots, table.spectator];
    await eventually("the stock SDK would bring everybody back", () => everybody.every((bot) => bot.witness.comesBack));
    const before = everybody.map((bot) => lasting(stateOf(bot.room)));
    assert.deepEqual(await server.stop("SIGTERM"), { code: 0, signal: null });
    await eventually("everybody is told", () => everybody.every((bot) => bot.witness.drops.length > 0));
    assert.deepEqual(
      everybody.map((bot) => bot.witness.drops[0]),
      everybody.map(() => 4010),
    );
    await server.start();
    await eventually("everybody is back", () => everybody.every((bot) => bot.witness.reconnects === 1), 20_000);
    await eventually("all seats show their players", () => {
      const { seats } = stateOf(table.spectator.room);
      return Object.values(seats).every(({ connected }) => connected);
    });
    assert.deepEqual(
      everybody.map((bot) => lasting(stateOf(bot.room))),
      before,
    );
    await eventually("everybody is told where it resumes", () =>
      everybody.every((bot) => bot.witness.resumed.length === 1),
    );
    assert.ok((await act(table.bots[0]!.room, "challenge")).epoch > 1, "the game goes on under the new owner");
  });

  it("a table that nobody is connected to lives on, and wakes for the reconnection token of a former life", async () => {
    const [, token] = abandoned.tokens;
    const [, player] = abandoned.players;
    const room = await player.client.reconnect(token);
    await eventually("the state is there", () => stateOf(room).seats !== undefined);
    assert.equal(room.roomId, abandoned.sessionId);
    assert.deepEqual(lasting(stateOf(room)), lasting(abandoned.seen), "same table, same hidden dice");
    assert.equal(await seatOf(player, room.roomId), 1);
    room.reconnection.enabled = false;
    room.connection.close();
  });

  it("joinById after a restart gives the account its old seat back", async () => {
    const [player] = abandoned.players;
    await rejoins(player, abandoned.sessionId, 0);
  });

  it("newcomers after a restart are led past games that have begun", async () => {
    const [first, second] = [await newPlayer(server.url), await newPlayer(server.url)];
    const room = await first.client.joinOrCreate("dice", { mode: "restarted" });
    await second.client.joinById(room.roomId).then((other) => other.onMessage("*", () => undefined));
    await act(room, "roll");
    await server.stop("SIGKILL");
    await server.start();
    const newcomer = await (await newPlayer(server.url)).client.joinOrCreate("dice", { mode: "restarted" });
    assert.notEqual(newcomer.roomId, room.roomId);
    newcomer.reconnection.enabled = false;
    newcomer.connection.close();
  });

  it("keeps every promise through all of it", async () => {
    await oracle.readApi(server.url);
    await server.stop("SIGKILL");
    const verdict = await oracle.judge(server.dir);
    assert.ok(isClean(verdict), JSON.stringify(verdict, null, 2));
    assert.deepEqual(server.faults(), []);
  });
});

async function rejoins(player: Player, sessionId: string, seat: number): Promise<void> {
  const taken = async () => {
    const { items } = await getJson(player, `/v1/sessions/${sessionId}/events?limit=100`);
    return (items as { type: string; seat: number }[]).filter(
      (entry) => entry.type === "seat.taken" && entry.seat === seat,
    );
  };
  const room = await player.client.joinById(sessionId);
  await eventually("the state is there", () => stateOf(room).seats !== undefined);
  assert.equal(await seatOf(player, sessionId), seat);
  assert.equal(stateOf(room).seats[String(seat)]?.dice?.length, 5, "its own dice are shown again");
  assert.equal((await taken()).length, 1, "the seat was taken once, before the restart");
  room.reconnection.enabled = false;
  room.connection.close();
}
