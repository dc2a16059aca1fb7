import assert from "node:assert/strict";
import { HZ, TILE } from "../../src/arena/world.rules.ts";
import { ArenaServer, inputsOf, shotsOf, stage } from "../support/net-arena.ts";
import { float64, InputFrames } from "../support/net-frames.ts";
import { NetPlayer, type Steering } from "../support/net-player.ts";
import { NetProxy } from "../support/net-proxy.ts";
import { eventually } from "../support/server.ts";

const [TARGET, SHOOTER, CONTROL] = [0, 1, 2];
/** Tiles a second. */
const SHOT_SPEED = 18;
const WALK_SPEED = 5;
const SHOTS = 16;
const PATIENCE_MS = 40_000;

/** From one end of the hall to the other and back. */
const PATROL = { from: 7.5 * TILE, to: 24.5 * TILE };

describe("shots over a slow line", function () {
  this.timeout(90_000);
  let server: ArenaServer;
  const proxies: NetProxy[] = [];
  const players: NetPlayer[] = [];
  let timer: NodeJS.Timeout | undefined;

  afterEach(async () => {
    clearInterval(timer);
    for (const player of players.splice(0)) player.leave();
    for (const proxy of proxies.splice(0)) await proxy.close();
    await server.close();
    assert.deepEqual(server.faults(), []);
  });

  async function connect(options: { roundTripMs?: number; stamps?: boolean } = {}): Promise<NetPlayer> {
    const { roundTripMs = 0, stamps = true } = options;
    const line = await NetProxy.to(server.port);
    proxies.push(line);
    const roomId = players[0]?.room.roomId;
    const player = await NetPlayer.join(line.url, { stamps, ...(roomId === undefined ? {} : { roomId }) });
    players.push(player);
    line.slow(roundTripMs);
    return player;
  }

  const hitsBy = (seat: number) =>
    players[seat]!.events.filter(({ type, data }) => type === "hit" && data.by === seat).length;

  it("hit a moving target where the shooter sees it at 150 ms, and miss it when the shooter does not say what it sees", async () => {
    const played = stage({ [TARGET]: [7.5, 13.5], [SHOOTER]: [15, 10.5], [CONTROL]: [17, 10.5] });
    server = await ArenaServer.start(played.game);
    const target = await connect();
    const shooter = await connect({ roundTripMs: 150 });
    const control = await connect({ roundTripMs: 150, stamps: false });
    target.start(patrol());
    shooter.start(aimAtWhatIsSeen);
    control.start(aimAtWhatIsSeen);
    for (const seat of [SHOOTER, CONTROL]) {
      await eventually(`seat ${seat} has fired`, () => shotsOf(played, seat) >= SHOTS, PATIENCE_MS);
    }
    const rate = (seat: number) => hitsBy(seat) / shotsOf(played, seat);
    const lags = inputsOf(played, SHOOTER).map(({ lag }) => lag);
    const shown = `${rate(SHOOTER).toFixed(2)} with, ${rate(CONTROL).toFixed(2)} without, lag ${lags.at(-1)}`;
    assert.ok(rate(SHOOTER) > 0.6, shown);
    assert.ok(rate(SHOOTER) > 3 * rate(CONTROL), shown);
  });

  it("do not go through walls, whatever time the shooter claims to have seen", async () => {
    // A wall stands in column 13 of rows 7 to 9; the target walks up and down behind it.
    const played = stage({ [TARGET]: [14.5, 8.5], [SHOOTER]: [11.5, 8.5], [CONTROL]: [14.5, 11] });
    server = await ArenaServer.start(played.game);
    const target = await connect();
    const cheat = await connect();
    const open = await connect();
    target.start(() => upAndDown(target, 8.1 * TILE, 8.9 * TILE));
    await eventually("there is a past", () => played.ticks.length > 20);
    const frames = new InputFrames();
    let last = 0;
    let sent = 0;
    timer = setInterval(() => {
      const claimed = cheat.room.clock.serverNow() - ((sent * 17) % 600);
      cheat.raw(frames.next({ fire: true, aim: ((sent % 7) - 3) * 0.02 }, float64(claimed - last)));
      open.send({ fire: true, aim: -Math.PI / 2 });
      last = claimed;
      sent += 1;
    }, 1000 / HZ);
    await eventually("shots have been fired", () => shotsOf(played, SHOOTER) >= SHOTS, PATIENCE_MS);
    const lags = new Set(inputsOf(played, SHOOTER).map(({ lag }) => lag));
    assert.ok(lags.size > 20 && Math.max(...lags) >= 200, `lags ${[...lags]}`);
    assert.equal(hitsBy(SHOOTER), 0);
    assert.ok(hitsBy(CONTROL) > 0, "the target can be hit from where no wall is");
  });
});

function patrol(): (self: NetPlayer) => Steering {
  let right = true;
  return ({ me }) => {
    const x = me?.x ?? PATROL.from;
    if (x >= PATROL.to) right = false;
    if (x <= PATROL.from) right = true;
    return { right, left: !right };
  };
}

function upAndDown({ me }: NetPlayer, from: number, to: number): Steering {
  const y = me?.y ?? from;
  const phase = Math.floor((me?.x ?? 0) + y) % 2;
  return y >= to || (y > from && phase === 0) ? { up: true } : { down: true };
}

const seenBefore = new WeakMap<NetPlayer, { x: number; right: boolean }>();

/** Aims at where the target is drawn, and ahead of it by as long as the shot will fly. */
function aimAtWhatIsSeen(self: NetPlayer): Steering {
  const { me } = self;
  const target = self.seen(TARGET);
  if (!me || !target) return {};
  const before = seenBefore.get(self);
  const right = before === undefined || target.x === before.x ? (before?.right ?? true) : target.x > before.x;
  seenBefore.set(self, { x: target.x, right });
  const velocity = (right ? WALK_SPEED : -WALK_SPEED) * TILE;
  const [dx, dy] = [target.x - me.x, target.y - me.y];
  const seconds = flightTime(dx / TILE, dy / TILE, velocity / TILE);
  // About to turn, it would be missed by anybody.
  const end = target.x + velocity * (seconds + 0.1);
  const turns = end <= PATROL.from || end >= PATROL.to;
  return { fire: !turns, aim: Math.atan2(dy, dx + velocity * seconds) };
}

/** Seconds until a shot meets what is `dx`, `dy` tiles away and moves by `vx` tiles a second. */
function flightTime(dx: number, dy: number, vx: number): number {
  const [a, b, c] = [SHOT_SPEED ** 2 - vx ** 2, -2 * dx * vx, -(dx ** 2 + dy ** 2)];
  return (-b + Math.sqrt(b ** 2 - 4 * a * c)) / (2 * a);
}
