import assert from "node:assert/strict";
import { arena } from "../../../src/arena/arena.rules.ts";
import { step } from "../../../src/arena/step.rules.ts";
import { BUTTON } from "../../../src/arena/world.rules.ts";
import { type Draft, type Entry, SPECTATOR, SYSTEM, type Viewer } from "../../../src/journal/game.ts";
import { factsOf, fighterOf, place, playingMatch, run } from "./arena-play.ts";

const seat = (number: number): Viewer => ({ kind: "seat", seat: number });
const fact = (type: string, data: Draft["data"]): Entry => ({ seq: 9, at: 0, seat: null, type, data });
const busy = [0, BUTTON.fire, 0, 0, 1, BUTTON.fire, 0, 0];

describe("what is seen of an arena", () => {
  it("hp is its own seat's, the spectators' and the system's; to all others it is 0", () => {
    const world = playingMatch(3);
    fighterOf(world, 1).hp = 40;
    const hpFor = (viewer: Viewer) => arena.view(world, viewer).fighters.map(({ hp }) => hp);
    assert.deepEqual(hpFor(SPECTATOR), [100, 40, 100]);
    assert.deepEqual(hpFor(SYSTEM), [100, 40, 100]);
    assert.deepEqual(hpFor(seat(1)), [0, 40, 0]);
    assert.deepEqual(hpFor(seat(7)), [0, 0, 0]);
    assert.deepEqual(hpFor({ kind: "gm", seat: 1 }), [0, 0, 0]);
  });

  it("a view holds what may be seen and nothing else", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    step(world, busy);
    world.pickups[0] = 7;
    const view = arena.view(world, seat(0));
    const keys = ["fighters", "map", "phase", "pickups", "shots", "tick", "until", "winner"];
    assert.deepEqual(Object.keys(view).sort(), keys);
    const { x, y } = fighterOf(world, 0);
    const { fighters, pickups, shots } = view;
    const flags = { alive: true, away: false, shielded: false, rapid: false };
    assert.deepEqual(fighters[0], { seat: 0, x, y, aim: 0, ...flags, score: 0, deaths: 0, hp: 100 });
    assert.deepEqual(
      pickups,
      world.pickups.map((_, spot) => (spot === 0 ? 0 : 1)),
    );
    assert.deepEqual(Object.keys(shots[0]!).sort(), ["angle", "born", "dies", "id", "owner", "x", "y"]);
    const shown = structuredClone(view);
    run(world, 60);
    assert.deepEqual(view, shown, "a view stays as it was");
  });

  it("flags say what state a fighter is in", () => {
    const world = playingMatch();
    Object.assign(fighterOf(world, 0), { shield: 3, rapid: 2 });
    Object.assign(fighterOf(world, 1), { hp: 0, away: true });
    const flags = arena
      .view(world, SPECTATOR)
      .fighters.map(({ alive, away, shielded, rapid }) => [alive, away, shielded, rapid]);
    assert.deepEqual(flags, [
      [true, false, true, true],
      [false, true, false, false],
    ]);
  });

  it("a kill is told to everybody, a hit to its shooter, a pick-up to its taker; spectators get all", () => {
    const seers = (type: string, data: Draft["data"]) =>
      [seat(0), seat(1), seat(2), { kind: "gm", seat: 100 } as const, SPECTATOR]
        .filter((viewer) => arena.redact(fact(type, data), viewer) !== null)
        .map((viewer) => ("seat" in viewer ? viewer.seat : viewer.kind));
    assert.deepEqual(seers("kill", { by: 0, seat: 1 }), [0, 1, 2, 100, "spectator"]);
    assert.deepEqual(seers("hit", { by: 0, seat: 1, damage: 20 }), [0, "spectator"]);
    assert.deepEqual(seers("pickup", { seat: 2, spot: 0, kind: "rapid" }), [2, "spectator"]);
    assert.deepEqual(seers("arena.opened", { map: 1 }), [0, 1, 2, 100, "spectator"]);
    assert.deepEqual(seers("tick", { in: [0, 1, 2, 3] }), [], "inputs are nobody's business");
    assert.deepEqual(seers("anything.else", {}), []);
  });

  it("what is told is what happened", () => {
    const world = playingMatch();
    place(world, 0, 2, 12);
    place(world, 1, 4, 12).hp = 20;
    const facts = run(world, 10, [0, BUTTON.fire, 0, 0]);
    for (const { type, data } of facts) assert.deepEqual(arena.redact(fact(type, data), SPECTATOR), { type, data });
    assert.equal(factsOf(facts, "kill").length, 1);
  });
});
