import assert from "node:assert/strict";
import { WALK } from "../../src/arena/movement.rules.ts";
import { COOLDOWN } from "../../src/arena/shots.rules.ts";
import { BUTTON, HZ, LAG_MAX, SIXTEENTHS } from "../../src/arena/world.rules.ts";
import { ArenaServer, inputsOf, type Stage, stage } from "../support/net-arena.ts";
import { float64, InputFrames } from "../support/net-frames.ts";
import { NetPlayer, type Steering } from "../support/net-player.ts";
import { eventually } from "../support/server.ts";

/** A step of the hall's length; long before its end whoever is faster than others is ahead. */
const WAY = 20 * WALK;
/** Inputs that the room keeps waiting: so far may the last one sent be ahead of what is carried out. */
const QUEUE = 5;
const [HONEST, CHEAT] = [0, 1];
const STEP: Steering = { up: true, aim: 1 };

describe("cheats in the arena", function () {
  this.timeout(60_000);
  let server: ArenaServer;
  let played: Stage;
  let honest: NetPlayer;
  let cheat: NetPlayer;
  const others: NetPlayer[] = [];
  const timers: NodeJS.Timeout[] = [];

  before(async () => {
    played = stage({ [HONEST]: [7.5, 10.5], [CHEAT]: [7.5, 13.5] });
    server = await ArenaServer.start(played.game);
  });
  beforeEach(async () => {
    honest = await NetPlayer.join(server.url, { join: { private: true } });
    cheat = await join();
    assert.deepEqual([honest.seat, cheat.seat], [HONEST, CHEAT]);
  });

  /** Whatever the cheat did, nobody else has noticed. */
  afterEach(async () => {
    const { exact } = honest;
    await eventually("the honest player plays on", () => honest.exact > exact + 5);
    assert.deepEqual([honest.closed, honest.notices], [null, []]);
    for (const timer of timers.splice(0)) clearInterval(timer);
    for (const player of [honest, cheat, ...others.splice(0)]) player.leave();
  });
  after(async () => {
    await server.close();
    assert.deepEqual(server.faults(), []);
  });

  function join(): Promise<NetPlayer> {
    return NetPlayer.join(server.url, { roomId: honest.room.roomId });
  }

  function every(ms: number, send: () => void): void {
    timers.push(setInterval(send, ms));
  }

  const frame = (frames: InputFrames, steering: Steering = { right: true }) => frames.next(steering);
  const xOf = (seat: number) => server.fighter(honest.room.roomId, seat).x;
  const walked = (seat: number) => xOf(seat) - 7.5 * 1024;

  it("no input is carried out twice, and none beside another in a tick: who sends each twice walks no faster", async () => {
    const frames = new InputFrames();
    honest.start(() => ({ right: true }));
    every(1000 / HZ, () => {
      const bytes = frame(frames);
      for (let copy = 0; copy < 2; copy++) cheat.raw(bytes);
    });
    await raceIsEven();
  });

  it("who sends inputs twice as fast as the clock ticks walks no faster", async () => {
    const frames = new InputFrames();
    honest.start(() => ({ right: true }));
    every(500 / HZ, () => cheat.raw(frame(frames)));
    await raceIsEven();
  });

  it("who saves inputs up and sends them at once walks no faster", async () => {
    const frames = new InputFrames();
    honest.start(() => ({ right: true }));
    every(500, () => {
      for (let input = 0; input < HZ / 2; input++) cheat.raw(frame(frames));
    });
    await raceIsEven();
  });

  /** The cheat is never further than the honest player by more than what may wait in its queue. */
  async function raceIsEven(): Promise<void> {
    await eventually("the honest player has walked", () => walked(HONEST) >= WAY);
    assert.ok(walked(CHEAT) <= walked(HONEST) + QUEUE * WALK, `${walked(CHEAT)} against ${walked(HONEST)}`);
    for (const { inputs } of played.ticks) {
      const seats = inputs.filter((_, at) => at % 4 === 0);
      assert.deepEqual(seats, [...new Set(seats)].sort(), "one input per seat");
    }
    for (const [index, { places }] of played.ticks.entries()) {
      const [now, before] = [places[CHEAT], played.ticks[index - 1]?.places[CHEAT]];
      if (now && before) assert.ok(Math.abs(now.x - before.x) <= WALK, `tick ${index}`);
    }
  }

  it("who holds the trigger in every input fires no faster than the gun", async () => {
    const frames = new InputFrames();
    honest.start(() => ({}));
    every(500 / HZ, () => cheat.raw(frame(frames, { fire: true, aim: 1 })));
    const fired = new Set<string>();
    let since = played.ticks.length;
    await eventually("ten shots are seen", () => {
      for (const key of cheat.room.state.shots.keys()) fired.add(key);
      if (fired.size === 0) since = played.ticks.length;
      return fired.size >= 10;
    });
    // The first tick that shows a shot may be some later than the one that fired it.
    assert.ok(played.ticks.length - since + COOLDOWN >= (fired.size - 1) * COOLDOWN);
  });

  const stamps: Record<string, { bytes: Uint8Array; lag: readonly [least: number, most: number] }> = {
    "in the far past": { bytes: float64(1), lag: [LAG_MAX, LAG_MAX] },
    "a fraction of a millisecond after the beginning": { bytes: float64(1e-9), lag: [LAG_MAX, LAG_MAX] },
    "in the far future": { bytes: float64(1e15), lag: [0, SIXTEENTHS] },
    "at the end of time": { bytes: float64(Number.POSITIVE_INFINITY), lag: [0, SIXTEENTHS] },
    "before the beginning": { bytes: float64(-1e15), lag: [0, SIXTEENTHS] },
    "before all time": { bytes: float64(Number.NEGATIVE_INFINITY), lag: [0, SIXTEENTHS] },
    "that is no number": { bytes: float64(Number.NaN), lag: [0, SIXTEENTHS] },
    "that is no number at all": { bytes: Uint8Array.of(0xc1), lag: [0, SIXTEENTHS] },
    "cut off": { bytes: Uint8Array.of(0xcb, 1, 2), lag: [0, LAG_MAX] },
    none: { bytes: new Uint8Array(0), lag: [0, SIXTEENTHS] },
  };

  it("a forged render time looks back half a second at most, and never forward", async () => {
    honest.start(() => ({}));
    // The first ticks have no past to look back to.
    await eventually("there is a past", () => played.ticks.length > 2 * HZ);
    for (const [what, { bytes, lag }] of Object.entries(stamps)) {
      const forger = await join();
      others.push(forger);
      const from = played.ticks.length;
      const carried = () => inputsOf({ game: played.game, ticks: played.ticks.slice(from) }, forger.seat);
      const frames = new InputFrames();
      forger.raw(bytes.length === 0 ? frames.next(STEP) : frames.next(STEP, bytes));
      // And what follows, for each stamp is counted from the one before.
      for (const more of [float64(0), float64(Number.MAX_VALUE), float64(-1)]) forger.raw(frames.next(STEP, more));
      await eventually(`${what}: the inputs are carried out`, () => carried().length === 4);
      const [least, most] = lag;
      const [first] = carried();
      assert.ok(first!.lag >= least && first!.lag <= most, `${what}: ${first!.lag}`);
      for (const { lag: each } of carried()) {
        assert.ok(Number.isInteger(each) && each >= 0 && each <= LAG_MAX, `${what}: ${each}`);
      }
      await forger.room.leave();
      await eventually("the seat is free again", () => !server.view(honest.room.roomId).fighters[2]);
    }
  });

  it("a flood of inputs is closed with 4105, after a notice", async () => {
    const frames = new InputFrames();
    honest.start(() => ({ right: true }));
    every(10, () => {
      for (let input = 0; input < 10 && cheat.closed === null; input++) cheat.raw(frame(frames));
    });
    await eventually("it is closed", () => cheat.closed !== null);
    assert.deepEqual([cheat.closed, cheat.notices[0]], [4105, "rate_limited"]);
    assert.ok(walked(CHEAT) <= walked(HONEST) + QUEUE * WALK);
  });

  it("who only watches moves nobody, and nobody moves another's fighter", async () => {
    const watcher = await NetPlayer.join(server.url, { roomId: honest.room.roomId, join: { role: "spectator" } });
    const frames = new InputFrames();
    honest.start(() => ({ up: true }));
    every(1000 / HZ, () => watcher.raw(frame(frames)));
    const { exact } = honest;
    await eventually("the honest player has moved", () => honest.exact > exact + HZ);
    assert.equal(inputsOf(played, CHEAT).length, 0);
    assert.equal(walked(CHEAT), 0);
    const seats = new Set(played.ticks.flatMap(({ inputs }) => inputs.filter((_, at) => at % 4 === 0)));
    assert.deepEqual([...seats], [HONEST]);
    assert.equal(watcher.closed, null);
    await watcher.room.leave();
    assert.ok(inputsOf(played, HONEST).every(({ buttons }) => buttons === BUTTON.up));
  });
});
