import assert from "node:assert/strict";
import { type ArenaView, arena } from "../../../src/arena/arena.rules.ts";
import { MAPS } from "../../../src/arena/maps.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { type ArenaWorld, BUTTON, FULL_TURN, HZ } from "../../../src/arena/world.rules.ts";
import { CORE, SPECTATOR } from "../../../src/journal/game.ts";
import { done, openLedger, refusedWith, START } from "../../support/journal.ts";
import { evolve, fighterOf, place, playingMatch, run, startedMatch } from "./arena-play.ts";

const PLAY_TICKS = 180 * HZ;
const busy = [0, BUTTON.fire, 0, 0, 1, BUTTON.fire, 0, 0];

function onSeat(world: ArenaWorld, kind: "taken" | "left", number: number, drawn = 1) {
  const rng = (index: number, sides: number) => {
    assert.deepEqual([index, sides], [world.draws, MAPS.length]);
    return drawn;
  };
  return arena.onSeat!(world, { kind, seat: number, role: "player" }, { at: START, seat: number, rng });
}

describe("an arena match", () => {
  it("the first player draws the map, the second starts the countdown; through the ledger, both are entries", () => {
    const ledger = openLedger(arena, 0);
    const entriesOf = () =>
      done(ledger.decide({ kind: "take", role: "player" }, START)).entries.map(({ type }) => type);
    assert.deepEqual(entriesOf(), [CORE.seatTaken, "arena.opened"]);
    const { phase, fighters, map } = ledger.view(SPECTATOR) as ArenaView;
    assert.deepEqual([phase, fighters.length, ledger.core.status], ["waiting", 1, "waiting"]);
    const [spawn] = MAPS[map]!.spawns;
    assert.deepEqual([fighters[0]!.x, fighters[0]!.y], [spawn!.x, spawn!.y]);
    assert.deepEqual(entriesOf(), [CORE.seatTaken, CORE.started]);
    assert.deepEqual([(ledger.view(SPECTATOR) as ArenaView).phase, ledger.core.status], ["countdown", "active"]);
    assert.deepEqual(entriesOf(), [CORE.seatTaken]);
    for (let player = 3; player < 8; player++) entriesOf();
    assert.equal(refusedWith(ledger.decide({ kind: "take", role: "player" }, START)), "session_full");
  });

  it("[L5] every map can be drawn, once a match", () => {
    for (const index of MAPS.keys()) {
      const world = arena.init();
      assert.deepEqual(onSeat(world, "taken", 0, index + 1), [{ type: "arena.opened", data: { map: index } }]);
      evolve(world, CORE.seatTaken, 0);
      Object.assign(fighterOf(world, 0), { x: 0, y: 0 });
      evolve(world, "arena.opened", null, { map: index });
      assert.deepEqual(
        [fighterOf(world, 0).x, fighterOf(world, 0).y],
        [MAPS[index]!.spawns[0]!.x, MAPS[index]!.spawns[0]!.y],
      );
      assert.deepEqual([world.map, world.draws, world.pickups.length], [index, 1, MAPS[index]!.pickups.length]);
      evolve(world, CORE.seatLeft, 0);
      assert.deepEqual(onSeat(world, "taken", 0), [], "whoever comes next plays on the same map");
    }
  });

  it("the clock stands still while waiting", () => {
    const world = arena.init();
    evolve(world, CORE.seatTaken, 0);
    const before = structuredClone(world);
    assert.equal(arena.realtime!.runs(world), false);
    assert.deepEqual(run(world, 50, [0, BUTTON.right, 0, 0]), []);
    assert.deepEqual(world, before);
  });

  it("three seconds of countdown to walk in, then three minutes of play", () => {
    const world = startedMatch();
    assert.deepEqual([world.phase, world.until], ["countdown", 3 * HZ]);
    const { x } = fighterOf(world, 0);
    run(world, 3 * HZ - 1, [0, BUTTON.right, 0, 0]);
    assert.notEqual(fighterOf(world, 0).x, x);
    assert.equal(world.phase, "countdown");
    step(world, busy);
    assert.deepEqual([world.phase, world.until, world.fired], ["playing", 3 * HZ + PLAY_TICKS, 2]);
  });

  it("ends when the time is up: the most points win", () => {
    const world = playingMatch(3);
    Object.assign(fighterOf(world, 1), { score: 3, deaths: 4 });
    Object.assign(fighterOf(world, 2), { score: 2, deaths: 1 });
    assert.deepEqual(run(world, PLAY_TICKS - 1), []);
    const ticks = 3 * HZ + PLAY_TICKS;
    const scores = [
      [0, 0, 0],
      [1, 3, 4],
      [2, 2, 1],
    ];
    assert.deepEqual(step(world, []), [{ type: CORE.ended, data: { reason: "time", winner: 1, scores, ticks } }]);
    assert.deepEqual([world.phase, world.winner, world.until], ["over", 1, 0]);
    assert.deepEqual([step(world, busy), world.tick], [[], ticks], "and stands still from then on");
  });

  it("between equal points the fewer deaths win; between those nobody", () => {
    for (const [rows, winner] of [
      [
        [
          [2, 5],
          [2, 4],
        ],
        1,
      ],
      [
        [
          [2, 4],
          [2, 5],
        ],
        0,
      ],
      [
        [
          [2, 4],
          [2, 4],
        ],
        -1,
      ],
      [
        [
          [0, 0],
          [0, 0],
        ],
        -1,
      ],
    ] as const) {
      const world = playingMatch();
      for (const [index, [score, deaths]] of rows.entries()) Object.assign(world.fighters[index]!, { score, deaths });
      const [end] = run(world, PLAY_TICKS);
      assert.equal(end!.data.winner, winner, JSON.stringify(rows));
    }
  });

  it("ends at 15 points, in the very tick", () => {
    const world = playingMatch();
    place(world, 0, 2, 12).score = 14;
    place(world, 1, 4, 12).hp = 20;
    const facts = run(world, 20, [0, BUTTON.fire, 0, 0, 1, BUTTON.fire, FULL_TURN / 4, 0]);
    assert.deepEqual(
      facts.map(({ type }) => type),
      ["hit", "kill", CORE.ended],
    );
    const { reason, winner, scores, ticks } = facts[2]!.data;
    assert.deepEqual([reason, winner, ticks], ["score", 0, world.tick]);
    assert.deepEqual(scores, [
      [0, 15, 0],
      [1, 0, 1],
    ]);
    assert.deepEqual([world.phase, world.shots], ["over", []]);
  });

  it("whoever remains alone wins by forfeit; the scores still know the other", () => {
    for (const world of [startedMatch(), playingMatch()]) {
      fighterOf(world, 1).score = 3;
      const scores = [
        [0, 0, 0],
        [1, 3, 0],
      ];
      const data = { reason: "forfeit", winner: 1, scores, ticks: world.tick };
      assert.deepEqual(onSeat(world, "left", 0), [{ type: CORE.ended, data }]);
    }
    assert.deepEqual(onSeat(playingMatch(3), "left", 0), []);
    const waiting = arena.init();
    evolve(waiting, CORE.seatTaken, 0);
    assert.deepEqual(onSeat(waiting, "left", 0), []);
  });

  it("an end from outside is an end without a winner", () => {
    const world = playingMatch();
    evolve(world, CORE.ended, null, { reason: "ended_by_host" });
    assert.deepEqual([world.phase, world.winner], ["over", -1]);
  });

  it("others may join while more than 30 seconds are left", () => {
    const world = playingMatch();
    assert.ok(arena.admits!(arena.init()) && arena.admits!(startedMatch()));
    run(world, PLAY_TICKS - 30 * HZ - 1, busy);
    assert.ok(arena.admits!(world));
    assert.deepEqual(onSeat(world, "taken", 2), []);
    step(world, busy);
    assert.ok(!arena.admits!(world));
    assert.deepEqual(onSeat(world, "taken", 2), { refused: "too_late" });
    assert.ok("too_late" in arena.refusals);
  });

  it("a newcomer is shielded, and the fighters stay in the order of their seats", () => {
    const world = playingMatch(3);
    evolve(world, CORE.seatLeft, 1);
    run(world, 100, [0, BUTTON.fire, 0, 0]);
    evolve(world, CORE.seatTaken, 1);
    assert.deepEqual(
      world.fighters.map((fighter) => fighter.seat),
      [0, 1, 2],
    );
    assert.equal(fighterOf(world, 1).shield, 1.5 * HZ);
    assert.deepEqual(run(world, 1), []);
  });
});
