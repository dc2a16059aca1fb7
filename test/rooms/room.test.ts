import assert from "node:assert/strict";
import type { Room } from "@colyseus/sdk";
import { act, getJson, newPlayer, type Player, refusalCode, seatOf } from "../support/bots.ts";
import { leakedByRolls, leakedByStates } from "../support/dice-timeline.ts";
import { eventually, ServerProcess } from "../support/server.ts";
import { type SeenState, Witness } from "../support/witness.ts";

describe("room of a dice table", () => {
  let server: ServerProcess;
  const rooms: Room[] = [];
  /** The close code of somebody who stays to look at the result of a game. Begins first, because it takes 30 s. */
  let lingering: Promise<number>;
  before(async () => {
    server = await ServerProcess.started();
    lingering = lingerAfterTheEnd(server.url);
  });
  afterEach(() => {
    for (const room of rooms.splice(0)) {
      room.reconnection.enabled = false;
      if (room.connection.isOpen) room.connection.close();
    }
  });
  after(() => server.dispose());

  /** Joins with a new account, or the given one; the connection is cut after the test. */
  async function join(how: (player: Player) => Promise<Room>, known?: Player) {
    const player = known ?? (await newPlayer(server.url));
    const room = await how(player);
    rooms.push(room);
    const witness = new Witness(room, player);
    return { player, room, witness };
  }
  const create = (options = {}) => join(({ client }) => client.joinOrCreate("dice", { private: true, ...options }));
  const enter = (roomId: string, options = {}) => join(({ client }) => client.joinById(roomId, options));
  const shownSeats = ({ witness }: { witness: Witness }) => Object.keys(witness.lastState?.seats ?? {});

  it("gives seats in order, and everybody sees who sits where", async () => {
    const first = await create();
    const second = await enter(first.room.roomId);
    await eventually("both see both", () => [first, second].every((one) => shownSeats(one).join() === "0,1"));
    assert.equal(await seatOf(first.player, first.room.roomId), 0);
    assert.equal(await seatOf(second.player, first.room.roomId), 1);
    const { seats } = second.witness.lastState as SeenState;
    assert.ok(Object.values(seats).every(({ connected, name }) => connected && name.startsWith("Guest ")));
  });

  it("shows dice to their owner alone until a challenge lays them open: in state, events and over the API", async () => {
    const first = await join(({ client }) => client.joinOrCreate("dice", {}));
    const second = await enter(first.room.roomId);
    const watcher = await enter(first.room.roomId, { role: "spectator" });
    await act(first.room, "roll");
    await act(first.room, "bid", { count: 1, face: 1 });
    await eventually("all see the bid", () =>
      [first, second, watcher].every(({ witness }) => witness.lastState?.bidCount === 1),
    );
    const late = await enter(first.room.roomId, { role: "spectator" });
    const views = [
      ...[
        { who: first, seat: 0 },
        { who: second, seat: 1 },
        { who: watcher, seat: null },
        { who: late, seat: null },
      ],
    ];
    for (const { who, seat } of views) {
      await eventually("a state is there", () => who.witness.states.length > 0);
      assert.deepEqual(leakedByStates(who.witness.states, seat), []);
      const { items } = await getJson(who.player, `/v1/sessions/${first.room.roomId}/events`);
      assert.deepEqual(leakedByRolls([...who.witness.events, ...(items as Witness["events"])], seat), []);
      const { state } = await getJson(who.player, `/v1/sessions/${first.room.roomId}`);
      const hands = (state as { hands: { seat: number; dice: number[]; shown: number[] }[] }).hands;
      const visible = hands.filter(({ dice, shown }) => dice.length + shown.length > 0).map((hand) => hand.seat);
      assert.deepEqual(visible, seat === null ? [] : [seat]);
      const own = seat === null ? [] : who.witness.lastState!.seats[String(seat)]!.dice!;
      assert.equal(own.length, seat === null ? 0 : 5, "one does see one's own");
    }
    await act(second.room, "challenge");
    await eventually("all dice lie open", () =>
      Object.values(watcher.witness.lastState!.seats).every(({ shown }) => shown?.length === 5),
    );
  });

  it("has no game master's seat where the game knows none, and says so without delay", async () => {
    const { room } = await create();
    const { client } = await newPlayer(server.url);
    const started = performance.now();
    await assert.rejects(client.joinOrCreate("dice", { role: "gm" }), /forbidden/);
    await assert.rejects(client.joinById(room.roomId, { role: "gm" }));
    assert.ok(performance.now() - started < 3000, "refused at once, not after the matchmaker's retries");
  });

  it("seats everybody of a burst of 12, six at a table", async () => {
    const players = await Promise.all(Array.from({ length: 12 }, () => newPlayer(server.url)));
    const joined = await Promise.all(
      players.map((known) => join(({ client }) => client.joinOrCreate("dice", {}), known)),
    );
    const tables = Map.groupBy(joined, ({ room }) => room.roomId);
    const seats = await Promise.all(joined.map(({ player, room }) => seatOf(player, room.roomId)));
    assert.ok(
      seats.every((seat) => seat !== null),
      "everybody has a seat",
    );
    for (const [roomId, at] of tables) {
      const taken = await Promise.all(at.map(({ player }) => seatOf(player, roomId)));
      assert.ok(at.length <= 6 && new Set(taken).size === at.length, "no seat is shared");
    }
  });

  it("refuses a seventh player by session_full or as full, and still lets spectators in", async () => {
    const first = await create();
    for (let seat = 1; seat < 6; seat++) await enter(first.room.roomId);
    await assert.rejects(enter(first.room.roomId), /full/);
    const watcher = await enter(first.room.roomId, { role: "spectator" });
    await eventually("the spectator sees all six", () => shownSeats(watcher).length === 6);
  });

  it("leads nobody to a private table who was not told its id, not even in the moment it is made", async () => {
    const joined = await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        join(({ client }) => client.joinOrCreate("dice", { private: index < 3 })),
      ),
    );
    const privates = joined.slice(0, 3).map(({ room }) => room.roomId);
    assert.equal(new Set(privates).size, 3, "each private table is a new one");
    assert.ok(joined.slice(3).every(({ room }) => !privates.includes(room.roomId)));
    const stranger = await newPlayer(server.url);
    const { items } = await getJson(stranger, "/v1/sessions?limit=100");
    assert.ok((items as { id: string }[]).every(({ id }) => !privates.includes(id)));
    await assert.rejects(getJson(stranger, `/v1/sessions/${privates[0]}`), /404/);
  });

  it("leads players only to tables of the mode they asked for", async () => {
    const calm = await join(({ client }) => client.joinOrCreate("dice", { mode: "calm" }));
    const wild = await join(({ client }) => client.joinOrCreate("dice", { mode: "wild" }));
    const alsoCalm = await join(({ client }) => client.joinOrCreate("dice", { mode: "calm" }));
    assert.notEqual(wild.room.roomId, calm.room.roomId);
    assert.equal(alsoCalm.room.roomId, calm.room.roomId);
  });

  it("frees the seat of who leaves, for the next to take", async () => {
    const first = await create();
    const second = await enter(first.room.roomId);
    await eventually("both sit", () => shownSeats(first).length === 2);
    await second.room.leave();
    await eventually("the seat is free", () => shownSeats(first).join() === "0");
    const third = await enter(first.room.roomId);
    assert.equal(await seatOf(third.player, first.room.roomId), 1);
    assert.equal(await seatOf(second.player, first.room.roomId).catch(() => null), null);
  });

  it("keeps the seat of who only lost the connection", async () => {
    const first = await create();
    const second = await enter(first.room.roomId);
    second.room.reconnection.enabled = false;
    second.room.connection.close();
    await eventually("it shows as absent", () => first.witness.lastState?.seats["1"]?.connected === false);
    const again = await join(({ client }) => client.joinById(first.room.roomId), second.player);
    assert.equal(await seatOf(again.player, first.room.roomId), 1);
    await eventually("it shows as present", () => first.witness.lastState?.seats["1"]?.connected === true);
  });

  it("refuses actions before the game, out of turn and after the end by the rules' codes", async () => {
    const first = await create();
    assert.equal(
      refusalCode(await act(first.room, "roll").catch((error: unknown) => error))?.code,
      "not_enough_players",
    );
    const second = await enter(first.room.roomId);
    await act(first.room, "roll");
    const early = await act(second.room, "bid", { count: 1, face: 1 }).catch((error: unknown) => error);
    assert.equal(refusalCode(early)?.code, "not_your_turn");
    await second.room.leave();
    await eventually("the last one wins", () => first.witness.lastState?.phase === "over");
    const late = await act(first.room, "roll").catch((error: unknown) => error);
    assert.equal(refusalCode(late)?.code, "session_ended");
  });

  it("an ended session's room closes once everybody is gone, and cannot be entered any more", async () => {
    const first = await create();
    const second = await enter(first.room.roomId);
    await act(first.room, "roll");
    await second.room.leave();
    await eventually("the game is over", () => first.witness.lastState?.phase === "over");
    await first.room.leave();
    const returning = () => first.player.client.joinById(first.room.roomId);
    await eventually("the room is closed", async () => {
      const session = await getJson(first.player, `/v1/sessions/${first.room.roomId}`);
      return session.status === "ended" && session.roomId === undefined;
    });
    await assert.rejects(returning(), /session_ended/);
  });

  it("never touches Object.prototype", async () => {
    const { room } = await create();
    const pollution = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}');
    await act(room, "roll", pollution).catch(() => undefined);
    room.send("act", pollution);
    const second = await enter(room.roomId);
    await eventually("the table still works", () => shownSeats(second).length === 2);
    const session = await getJson(second.player, `/v1/sessions/${room.roomId}`);
    assert.equal(session.polluted, undefined);
  });

  it("an ended session's room closes its last watchers with 4103", async () => {
    assert.equal(await lingering, 4103);
  });

  it("and none of this was a fault of the server's", () => {
    assert.deepEqual(server.faults(), []);
  });
});

async function lingerAfterTheEnd(url: string): Promise<number> {
  const [winner, loser] = [await newPlayer(url), await newPlayer(url)];
  const room = await winner.client.joinOrCreate("dice", { private: true });
  room.onMessage("*", () => undefined);
  const other = await loser.client.joinById(room.roomId);
  other.onMessage("*", () => undefined);
  await act(room, "roll");
  await other.leave();
  return new Promise((done) => room.onLeave((code) => done(code)));
}
