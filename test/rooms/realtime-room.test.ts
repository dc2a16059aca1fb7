import assert from "node:assert/strict";
import { matchMaker } from "@colyseus/core";
import { AWAY_TICKS } from "../../src/arena/fighters.rules.ts";
import { COUNTDOWN_TICKS, MATCH_TICKS } from "../../src/arena/result.rules.ts";
import { HZ } from "../../src/arena/world.rules.ts";
import { uuid7 } from "../../src/lib/uuid7.ts";
import { act, getJson, newPlayer, refusalCode } from "../support/bots.ts";
import { ArenaServer } from "../support/net-arena.ts";
import { InputFrames } from "../support/net-frames.ts";
import { NetPlayer, type NetPlayerOptions } from "../support/net-player.ts";
import { eventually } from "../support/server.ts";

const SEATS = 8;
/** Ticks of another match while which something must not happen in this one. */
const A_WHILE = HZ / 2;

describe("room of a real-time game", function () {
  this.timeout(60_000);
  let server: ArenaServer;
  const players: NetPlayer[] = [];

  before(async () => {
    server = await ArenaServer.start();
  });
  afterEach(async () => {
    for (const player of players.splice(0)) {
      player.stop();
      // With a word: who is cut off is waited for, and the wait of watchers ends by time alone.
      if (player.room.connection.isOpen) await player.room.leave();
      player.leave();
    }
  });
  after(async () => {
    await server.close();
    assert.deepEqual(server.faults(), []);
  });

  async function join(options: NetPlayerOptions = {}): Promise<NetPlayer> {
    const player = await NetPlayer.join(server.url, options);
    players.push(player);
    return player;
  }
  const enter = (match: NetPlayer, role?: string, code?: string) =>
    join({ roomId: match.room.roomId, join: { ...(role ? { role } : {}), ...(code ? { code } : {}) } });

  /** A match of this many, found by nobody else. */
  async function match(seats: number): Promise<NetPlayer[]> {
    const first = await join({ join: { private: true } });
    const others: NetPlayer[] = [];
    while (others.length < seats - 1) others.push(await enter(first));
    return [first, ...others];
  }

  const tickOf = ({ room }: NetPlayer) => server.view(room.roomId).tick;
  const fighterOf = ({ room, seat }: NetPlayer) => server.fighter(room.roomId, seat);

  /** Plays some ticks of a match of its own. */
  async function aWhile(): Promise<void> {
    const [reference] = await match(2);
    const from = tickOf(reference!);
    await eventually("time passes", () => tickOf(reference!) >= from + A_WHILE);
  }

  describe("inputs", () => {
    it("are useless frames in a room without a clock, and moves in one that has one", async () => {
      const { client } = await newPlayer(server.url);
      const dice = await client.joinOrCreate("dice", { private: true });
      dice.reconnection.enabled = false;
      const notices: string[] = [];
      let closed = 0;
      dice.onMessage("notice", ({ code }: { code: string }) => notices.push(code));
      dice.onLeave((code) => {
        closed = code;
      });
      const [player] = await match(2);
      const frames = new InputFrames();
      for (let sent = 0; sent < 30; sent++) {
        const frame = frames.next({ right: true, down: true });
        dice.connection.send(frame);
        player!.raw(frame);
      }
      await eventually("the table has had enough", () => closed !== 0);
      assert.deepEqual([closed, new Set(notices)], [4105, new Set(["unknown_message"])]);
      const { x, y } = fighterOf(player!);
      await eventually("the fighter walks", () => fighterOf(player!).x !== x || fighterOf(player!).y !== y);
      assert.deepEqual([player!.closed, player!.notices], [null, []]);
    });

    it("are not made up: who sends none stands still and does not fire, whatever the last one held", async () => {
      const [player, other] = await match(2);
      await server.forward(player!.room.roomId, COUNTDOWN_TICKS);
      for (let sent = 0; sent < 3; sent++) player!.send({ right: true, fire: true });
      await eventually("the last one is carried out", () => player!.input.lastProcessed === 3);
      const before = { ...fighterOf(player!), tick: tickOf(player!) };
      await eventually("time passes", () => tickOf(other!) >= before.tick + A_WHILE);
      const { x, y, aim } = fighterOf(player!);
      assert.deepEqual([x, y, aim], [before.x, before.y, before.aim]);
      const fired = [...player!.room.state.shots.values()].filter(({ owner }) => owner === player!.seat);
      assert.ok(fired.length <= 1, "one trigger pull, one shot");
    });

    it("bring back, by a new life, whoever was away for too long", async () => {
      const [player, other] = await match(2);
      await server.forward(player!.room.roomId, AWAY_TICKS + 1);
      for (const { away, alive } of [fighterOf(player!), fighterOf(other!)])
        assert.deepEqual([away, alive], [true, false]);
      player!.send({ up: true });
      await eventually("it is back", () => fighterOf(player!).alive);
      assert.deepEqual([fighterOf(player!).away, fighterOf(other!).away], [false, true]);
      await eventually("and everybody sees it", () => other!.shown(player!.seat)?.alive === true);
    });
  });

  describe("its clock", () => {
    it("stands still while no player is connected, watchers or not, and goes on for the first who is back", async () => {
      const [first, second] = await match(2);
      const watcher = await enter(first!, "spectator");
      await eventually("it runs", () => tickOf(first!) > 5);
      second!.leave();
      const alone = tickOf(first!);
      await eventually("it runs on for who is left", () => tickOf(first!) > alone + 5);
      first!.leave();
      await eventually(
        "all are gone",
        () => ![...watcher.room.state.players.values()].some(({ connected }) => connected),
      );
      const stopped = tickOf(first!);
      await aWhile();
      assert.equal(tickOf(first!), stopped);
      const back = await join({ roomId: first!.room.roomId, known: first!.player });
      assert.equal(back.seat, first!.seat);
      await eventually("it goes on", () => tickOf(first!) > stopped + 5);
    });

    it("does not run before the second player sits down", async () => {
      const [first] = await match(1);
      await aWhile();
      assert.deepEqual([tickOf(first!), first!.room.state.phase], [0, "waiting"]);
      await enter(first!);
      await eventually("it runs", () => first!.room.state.tick > 0);
    });

    it("stops with the match", async () => {
      const [first, second] = await match(2);
      await second!.room.leave();
      await eventually("the match is over", () => first!.room.state.phase === "over");
      const { tick, winner } = first!.room.state;
      await aWhile();
      assert.deepEqual([tickOf(first!), winner], [tick, first!.seat]);
    });
  });

  describe("who watches", () => {
    it("takes no seat, is not counted among the players, and shares one view with all who watch", async () => {
      const all = await match(SEATS);
      await assert.rejects(enter(all[0]!), "there is no ninth seat");
      const watchers = [
        await enter(all[0]!, "spectator"),
        await enter(all[0]!, "spectator"),
        await enter(all[0]!, "spectator"),
      ];
      await eventually("they see all", () => watchers.every(({ room }) => room.state.players?.size === SEATS));
      for (const watcher of watchers) {
        for (const { seat } of all) assert.equal(watcher.shown(seat)!.hp, 100);
        assert.throws(() => watcher.seat);
      }
      const session = await getJson({ ...all[0]!.player, url: server.url }, `/v1/sessions/${all[0]!.room.roomId}`);
      assert.equal((session.players as unknown[]).length, SEATS);
      const { clients } = matchMaker.getLocalRoomById(all[0]!.room.roomId);
      const views = clients.filter(({ view }) => view).map(({ view }) => view);
      assert.equal(clients.length, SEATS + watchers.length);
      assert.equal(new Set(views).size, SEATS + 1, "each player has a view of its own, the watchers have one");
    });

    it("changes nothing: no action, no input, no code to give away", async () => {
      const [first] = await match(2);
      const watcher = await enter(first!, "spectator");
      const moved = await act(watcher.room, "anything").catch((error: unknown) => refusalCode(error)?.code);
      const given = await watcher.room.request("coach").catch((error: unknown) => refusalCode(error)?.code);
      assert.deepEqual([moved, given], ["not_seated", "not_seated"]);
    });
  });

  describe("a player's hp", () => {
    const shown = (viewer: NetPlayer, all: readonly NetPlayer[]) =>
      all.filter(({ seat }) => viewer.shown(seat)?.hp === 100).map(({ seat }) => seat);

    async function coachOf(player: NetPlayer): Promise<{ coach: NetPlayer; code: string }> {
      const { code } = (await player.room.request("coach")) as { code: string };
      return { coach: await enter(player, "coach", code), code };
    }

    it("is shown to that player alone, also to who joins later", async () => {
      const all = await match(3);
      all.push(await enter(all[0]!));
      for (const player of all) {
        await eventually("everybody is there", () => player.room.state.players?.size === all.length);
        await eventually("the own hp is seen", () => player.me?.hp === 100);
        assert.deepEqual(shown(player, all), [player.seat]);
      }
    });

    it("is shown to that player's coach, who sees no other's", async () => {
      const all = await match(3);
      const { coach } = await coachOf(all[1]!);
      await eventually("the coach sees it", () => shown(coach, all).length > 0);
      all.push(await enter(all[0]!));
      await eventually("the coach sees who came", () => coach.room.state.players.size === all.length);
      assert.deepEqual(shown(coach, all), [all[1]!.seat]);
    });

    it("is not shown to the coach of whoever sat there before", async () => {
      const [first, second] = await match(3);
      const { coach } = await coachOf(second!);
      await eventually("the coach sees it", () => coach.shown(second!.seat)?.hp === 100);
      await second!.room.leave();
      await eventually("the seat is free", () => first!.room.state.players.size === 2);
      const successor = await enter(first!);
      assert.equal(successor.seat, second!.seat);
      await eventually("its player sees it", () => successor.me?.hp === 100);
      await eventually("the coach sees who came", () => coach.closed !== null || coach.room.state.players.size === 3);
      assert.ok(coach.closed !== null || coach.shown(successor.seat)?.hp !== 100, "it sees who never gave it a code");
    });

    it("is not shown for a code that nobody gave, that another match gave, or that was given on another device", async () => {
      const [[player], [stranger]] = [await match(2), await match(2)];
      const { code } = await coachOf(player!);
      const { code: elsewhere } = await coachOf(stranger!);
      const wrong = [undefined, "", "0", "0.", code.slice(0, -1), `1${code.slice(1)}`, elsewhere];
      for (const tried of wrong) await assert.rejects(enter(player!, "coach", tried), /forbidden/, String(tried));
      const moved = await join({ roomId: player!.room.roomId, known: player!.player });
      assert.equal(moved.seat, player!.seat);
      await assert.rejects(enter(player!, "coach", code), /forbidden/);
      await coachOf(moved);
    });

    it("a coach acts for nobody: neither actions nor inputs", async () => {
      const [player, other] = await match(2);
      const { coach } = await coachOf(player!);
      const id = uuid7(Date.now());
      const refused = await coach.room.request("act", { id, type: "anything", data: {} }).catch(refusalCode);
      assert.equal((refused as { code: string }).code, "not_seated");
      const { x, y, aim } = fighterOf(player!);
      const frames = new InputFrames();
      for (let sent = 0; sent < 10; sent++) coach.raw(frames.next({ up: true, right: true, aim: 2 }));
      const tick = tickOf(other!);
      await eventually("time passes", () => tickOf(other!) > tick + A_WHILE);
      const after = fighterOf(player!);
      assert.deepEqual([after.x, after.y, after.aim], [x, y, aim]);
      assert.equal(coach.closed, null);
    });
  });

  describe("while a match is played", () => {
    it("others sit down, until too little of it is left; who has a seat may always come back", async () => {
      const [first, second] = await match(2);
      const { roomId } = first!.room;
      await server.forward(roomId, COUNTDOWN_TICKS + MATCH_TICKS / 2);
      const late = await enter(first!);
      await eventually("the latecomer plays", () => first!.shown(late.seat)?.alive === true);
      assert.equal(first!.room.state.phase, "playing");
      await server.forward(roomId, MATCH_TICKS / 2 - 30 * HZ);
      await assert.rejects(enter(first!));
      await enter(first!, "spectator");
      second!.leave();
      const back = await join({ roomId, known: second!.player });
      assert.equal(back.seat, second!.seat);
    });

    it("quick play leads to it, but not once it is about to end, full, over, or private", async () => {
      const mode = `m${uuid7(Date.now()).slice(-8)}`;
      const quick = () => join({ join: { mode } });
      const first = await quick();
      const second = await quick();
      assert.equal(second.room.roomId, first.room.roomId);
      await server.forward(first.room.roomId, COUNTDOWN_TICKS + HZ);
      const third = await quick();
      assert.equal(third.room.roomId, first.room.roomId, "while it is played");
      const hidden = await join({ join: { mode, private: true } });
      for (let seat = 3; seat < SEATS; seat++) assert.equal((await quick()).room.roomId, first.room.roomId);
      const ninth = await quick();
      assert.ok(![first, hidden].some(({ room }) => room.roomId === ninth.room.roomId), "full, or private");
      await quick();
      await server.forward(ninth.room.roomId, COUNTDOWN_TICKS + MATCH_TICKS - 30 * HZ);
      const eleventh = await quick();
      assert.notEqual(eleventh.room.roomId, ninth.room.roomId, "about to end");
      await server.forward(ninth.room.roomId, 30 * HZ + 1);
      await eventually("it is over", () => ninth.room.state.phase === "over");
      assert.equal((await quick()).room.roomId, eleventh.room.roomId, "over");
    });
  });
});
