import assert from "node:assert/strict";
import { WALK } from "../../src/arena/movement.rules.ts";
import { HZ } from "../../src/arena/world.rules.ts";
import { ArenaServer, inputsOf, type Stage, stage } from "../support/net-arena.ts";
import { NetPlayer, type Steering } from "../support/net-player.ts";
import { NetProxy } from "../support/net-proxy.ts";
import { eventually } from "../support/server.ts";

/** Inputs in a row after which the server had the player exactly where it was predicted. */
const STREAK = 60;
/** What the room keeps of a client's inputs when more have come than it has played ticks. */
const QUEUE = 5;
const PATIENCE_MS = 40_000;

/** Round and round in a square that hits no wall. */
function circling(): (self: NetPlayer) => Steering {
  let step = 0;
  return () => {
    const side = Math.floor(step++ / 11) % 4;
    return { right: side === 0, down: side === 1, left: side === 2, up: side === 3, aim: step / HZ };
  };
}

describe("players of the arena on bad lines", function () {
  this.timeout(90_000);
  let server: ArenaServer;
  let played: Stage;
  const proxies: NetProxy[] = [];
  const players: NetPlayer[] = [];

  before(async () => {
    played = stage({ 0: [8.5, 11.5], 1: [13.5, 11.5], 2: [18.5, 11.5], 3: [23.5, 11.5] });
    server = await ArenaServer.start(played.game);
  });
  afterEach(async () => {
    for (const player of players.splice(0)) player.leave();
    for (const proxy of proxies.splice(0)) await proxy.close();
  });
  after(async () => {
    await server.close();
    assert.deepEqual(server.faults(), []);
  });

  /** Joins the match through a line of its own, which is still a good one. */
  async function connect(returns = false): Promise<{ line: NetProxy; player: NetPlayer }> {
    const line = await NetProxy.to(server.port);
    proxies.push(line);
    const where = players[0] ? { roomId: players[0].room.roomId } : { join: { private: true } };
    const player = await NetPlayer.join(line.url, { ...where, returns });
    players.push(player);
    return { line, player };
  }

  /** Inputs that the room has taken and never carried out. */
  const dropped = ({ input, seat }: NetPlayer) => input.lastProcessed - inputsOf(played, seat).length;

  it("predict themselves exactly at 100 to 200 ms of round trip with jitter, unless the room had to drop an input", async () => {
    const lines = [
      { roundTripMs: 0, jitterMs: 0 },
      { roundTripMs: 100, jitterMs: 15 },
      { roundTripMs: 150, jitterMs: 30 },
      { roundTripMs: 200, jitterMs: 45 },
    ];
    for (const _ of lines) await connect();
    for (const [index, { roundTripMs, jitterMs }] of lines.entries()) proxies[index]!.slow(roundTripMs, jitterMs);
    for (const player of players) player.start(circling());
    for (const player of players) {
      await eventually(`seat ${player.seat} is predicted exactly`, () => player.streak >= STREAK, PATIENCE_MS);
    }
    for (const player of players) {
      player.stop();
      await eventually("all is acknowledged", () => player.input.pendingCount === 0);
      const drops = dropped(player);
      assert.ok(
        player.off.length === 0 || drops > 0,
        `seat ${player.seat} was corrected: ${JSON.stringify(player.off)}`,
      );
    }
    assert.ok(players[3]!.room.clock.smoothedRtt() >= 200, "the line was as bad as it was meant to be");
  });

  it("stand still while nothing is heard of them, then go on at a walk, and lose only what the queue cannot hold", async () => {
    const { line, player } = await connect();
    await connect();
    player.start(circling());
    await eventually("the match is played", () => inputsOf(played, player.seat).length > HZ);
    line.up.stalled = true;
    await eventually("nothing comes any more", () => missing(player.seat) > QUEUE);
    const lost = dropped(player);
    await eventually("half a second of inputs waits", () => player.input.pendingCount > HZ / 2);
    const [last, waited] = [player.input.sentCount, player.input.pendingCount];
    line.up.stalled = false;
    await eventually("they are acknowledged", () => player.input.lastProcessed >= last);
    // Two more than the queue cannot hold: those of ticks in which this machine itself had something else to do.
    assert.ok(dropped(player) - lost <= waited - QUEUE + 2, `${dropped(player) - lost} of ${waited} inputs were lost`);
    const then = dropped(player);
    const shrinks = () => dropped(player) > then || player.input.pendingCount < QUEUE;
    await eventually("the delay is being worked off", shrinks, PATIENCE_MS);
    assertAtAWalk();
    await predictsAgain(player);
  });

  it("a slow line is slow for who has it, and for nobody else", async () => {
    const { line } = await connect();
    const { player: neighbour } = await connect();
    const [slow] = players;
    line.down.bytesPerSecond = 300;
    slow!.start(circling());
    neighbour.start(circling());
    await eventually("the neighbour is predicted exactly", () => neighbour.streak >= STREAK, PATIENCE_MS);
    assert.ok(neighbour.room.state.tick > slow!.room.state.tick, "the slow one sees the past");
    assert.equal(neighbour.closed, null);
  });

  it("a connection that breaks in one direction only is no more than one that stalls", async () => {
    const { line, player } = await connect();
    await connect();
    player.start(circling());
    await eventually("the match is played", () => inputsOf(played, player.seat).length > HZ);
    line.down.stalled = true;
    const heard = inputsOf(played, player.seat).length;
    await eventually("it is still heard", () => inputsOf(played, player.seat).length > heard + HZ);
    line.down.stalled = false;
    await predictsAgain(player);
    assertAtAWalk();
  });

  it("a connection that is cut is taken up again in the same seat, and the prediction is exact again", async () => {
    const { line, player } = await connect(true);
    const { player: neighbour } = await connect();
    line.slow(100);
    player.start(circling());
    await eventually("the match is played", () => player.streak > 10);
    for (let cut = 1; cut <= 2; cut++) {
      line.cut();
      await eventually("it is missed", () => neighbour.shown(player.seat)?.connected === false);
      await eventually("it is back", () => player.resumed === cut);
      await eventually("it is seen", () => neighbour.shown(player.seat)?.connected === true);
      await predictsAgain(player);
    }
    assert.equal(player.closed, null);
    assertAtAWalk();
  });

  async function predictsAgain(player: NetPlayer): Promise<void> {
    const { exact } = player;
    const again = () => player.exact > exact + 10 && player.streak > 5;
    await eventually("the prediction is exact again", again, PATIENCE_MS);
  }

  /** For how many ticks nothing of a seat has come. */
  function missing(seat: number): number {
    const { ticks } = played;
    const since = ticks.findLastIndex(({ inputs }) => inputs.some((value, at) => at % 4 === 0 && value === seat));
    return ticks.length - 1 - since;
  }

  /** Nobody has ever moved further within a tick than one input moves. */
  function assertAtAWalk(): void {
    for (const [index, { places }] of played.ticks.entries()) {
      for (const { seat, x, y } of places) {
        const before = played.ticks[index - 1]?.places.find((place) => place.seat === seat);
        if (!before) continue;
        const moved = Math.max(Math.abs(x - before.x), Math.abs(y - before.y));
        assert.ok(moved <= WALK, `seat ${seat} moved by ${moved} in tick ${index}`);
      }
    }
  }
});
