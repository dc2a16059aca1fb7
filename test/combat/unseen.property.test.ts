import assert from "node:assert/strict";
import fc from "fast-check";
import { combat } from "../../src/combat/combat.rules.ts";
import type { Combatant, CombatState } from "../../src/combat/combat-state.rules.ts";
import type { Cell } from "../../src/combat/combat-types.rules.ts";
import { pathCost } from "../../src/combat/field.rules.ts";
import { cellsUnder, overlap } from "../../src/combat/field-grid.rules.ts";
import { creatureOf, fieldOf, footprint, known } from "../../src/combat/lookup.rules.ts";
import { CORE, type Draft, type Entry, type Viewer } from "../../src/journal/game.ts";
import { rng } from "../../src/lib/rng.ts";
import { begin, type Data, freeze, GM, idOf, Play, untilTurnOf } from "./engine-play.ts";

const RUNS = Number(process.env.COMBAT_RUNS ?? 80);
const SEAT: Viewer = { kind: "seat", seat: 0 };
const HOME = { x: 10, y: 6 };
const draw = rng("5eed".repeat(16));

/** Somebody hidden: of the other side, of the own one, lying there helpless, or large. */
const LURKERS = {
  foe: { creature: "ditch_gnasher", side: 1 },
  friend: { creature: "ditch_gnasher", side: 0 },
  giant: { creature: "hill_bruiser", side: 1 },
} as const;
type Lurker = keyof typeof LURKERS;

interface Scene {
  readonly state: CombatState;
  readonly actor: string;
  readonly lurker: string;
}

/** A scholar's turn, with a friend and a foe in sight, and somebody hidden whom it has learnt to fear. */
function sceneOf(kind: Lurker): Scene {
  const play = new Play();
  for (const seat of [0, 1, 2, GM]) play.take(seat);
  play.does(GM, "setup", { turnSeconds: 0, windowSeconds: 0 });
  play.does(0, "join", { creature: "ember_scholar" });
  play.does(1, "join", { creature: "bridge_warden" });
  play.does(GM, "gm.add", { creature: "grave_walker", at: { x: 13, y: 7 } });
  play.does(GM, "gm.add", { ...LURKERS[kind], at: { x: 22, y: 12 }, hidden: true });
  const actor = idOf(play, "ember_scholar");
  const lurker = play.state.combatants.find(({ hidden }) => hidden)!.id;
  for (const [combatant, at] of [
    [actor, HOME],
    [idOf(play, "bridge_warden"), { x: 9, y: 7 }],
  ] as const)
    play.does(GM, "gm.edit", { combatant, patch: { at } });
  begin(play);
  untilTurnOf(play, actor);
  // What it would do about who goes past is another test's.
  play.does(GM, "gm.edit", { combatant: idOf(play, "grave_walker"), patch: { reaction: false } });
  play.does(GM, "gm.effect", {
    ...{ combatant: actor, source: lurker, conditions: ["frightened"], duration: null, expireOn: "turnEnd" },
  });
  return { state: play.state, actor, lurker };
}

const SCENES = Object.fromEntries((Object.keys(LURKERS) as Lurker[]).map((kind) => [kind, sceneOf(kind)])) as {
  readonly [K in Lurker]: Scene;
};

/** The same fight with the hidden one elsewhere. */
function movedTo({ state, lurker }: Scene, at: Cell): CombatState {
  const combatants = state.combatants.map((one) => (one.id === lurker ? { ...one, at } : one));
  return freeze({ ...structuredClone(state), combatants: structuredClone(combatants) });
}

/** The same fight as if it had never come. */
function without({ state, lurker }: Scene): CombatState {
  const { combatants, order, effects, ...rest } = structuredClone(state);
  return freeze({
    ...rest,
    combatants: combatants.filter(({ id }) => id !== lurker),
    order: order.filter((id) => id !== lurker),
    effects: effects.filter(({ source }) => source !== lurker),
  });
}

/** Cells around one where somebody of that size could hide. */
function placesAround({ state, lurker }: Scene, { x, y } = HOME): Cell[] {
  const { size } = creatureOf(known(state, lurker));
  const others = state.combatants.filter(({ id }) => id !== lurker).map(footprint);
  const cells = Array.from({ length: 81 }, (_, i) => ({ x: x - 4 + (i % 9), y: y - 4 + Math.floor(i / 9) }));
  return cells.filter(
    (at) => pathCost(fieldOf(state), [at], size) !== "blocked" && !others.some((other) => overlap(other, { at, size })),
  );
}

interface Probe {
  readonly type: string;
  readonly data: Data;
}

function tried(state: CombatState, { type, data }: Probe, seat = 0): string | readonly Draft[] {
  const spec = combat.commands[type]!.data.safeParse(data);
  assert.ok(spec.success, `${type} is well formed`);
  const drafts = combat.decide(state, { type, data: spec.data as Draft["data"] }, { at: 0, seat, rng: draw });
  return "refused" in drafts ? drafts.refused : drafts;
}

function done(state: CombatState, probe: Probe, seat = 0): readonly Draft[] {
  const drafts = tried(state, probe, seat);
  if (typeof drafts === "string") assert.fail(drafts);
  return drafts;
}

const entryOf = ({ type, data }: Draft): Entry => ({ seq: 0, at: 0, seat: 0, type, data });
const toldOf = (drafts: readonly Draft[]) => drafts.flatMap((draft) => combat.redact(entryOf(draft), SEAT) ?? []);
const codeOf = (outcome: string | readonly Draft[]) => (typeof outcome === "string" ? outcome : "done");

/** Everything a player could ask about a cell without walking into it. */
function probesOf(
  { state, actor }: Scene,
  cell: Cell,
): { readonly told: readonly Probe[]; readonly answered: readonly Probe[] } {
  const [walker, friend] = ["grave_walker", "bridge_warden"].map(
    (kind) => state.combatants.find(({ creature }) => creature === kind)!.id,
  );
  const there = { x: 2 * cell.x - HOME.x, y: 2 * cell.y - HOME.y };
  const far = Array.from({ length: 9 }, (_, step) => ({ x: cell.x + step, y: cell.y }));
  const paths = [[cell, cell], [cell, { x: cell.x + 9, y: cell.y }], far, [...far.slice(0, 2), HOME]];
  const isOnField = ({ x, y }: Cell) => x >= 0 && y >= 0 && x < 64 && y < 64;
  const told = [
    ...["dash", "dodge", "disengage", "interact", "stand", "delay", "drop"].map((type) => ({ type, data: {} })),
    { type: "attack", data: { target: walker } },
    { type: "attack", data: { target: "czzzz" } },
    { type: "help", data: { target: friend } },
    { type: "cast", data: { ability: "ember_dart", targets: [walker] } },
    { type: "cast", data: { ability: "iron_stillness", targets: [walker] } },
    { type: "ready", data: { trigger: "approach", action: { type: "cast", id: "ember_dart" } } },
    { type: "attack", data: { combatant: actor, target: friend } },
  ];
  const areas = ["cinder_burst", "winter_breath", "storm_furrow", "sucking_mire"];
  const aims = areas.flatMap((ability) =>
    [cell, there].filter(isOnField).map((at) => ({ type: "cast", data: { ability, at } })),
  );
  const moves = paths.map((path) => ({ type: "move", data: { path: path.filter(isOnField) } }));
  return { told: told as readonly Probe[], answered: [...aims, ...moves] };
}

describe("somebody hidden", () => {
  for (const kind of Object.keys(LURKERS) as Lurker[])
    it(`a ${kind}: no answer depends on where it stands, or on whether it is there`, () => {
      const scene = SCENES[kind];
      const nobody = without(scene);
      const places = placesAround(scene);
      assert.ok(places.length > 20);
      for (const place of places) {
        const state = movedTo(scene, place);
        const { told, answered } = probesOf(scene, place);
        for (const probe of [...told, ...answered])
          assert.equal(codeOf(tried(state, probe)), codeOf(tried(nobody, probe)), JSON.stringify([place, probe]));
        for (const probe of told) {
          const [one, other] = [tried(state, probe), tried(nobody, probe)];
          if (typeof one === "string" || typeof other === "string") continue;
          assert.deepEqual(toldOf(one), toldOf(other), JSON.stringify([place, probe]));
        }
      }
    });

  for (const kind of Object.keys(LURKERS) as Lurker[])
    it(`a ${kind}: who joins comes to the same place wherever it hides, and it steps aside untold`, () => {
      const scene = SCENES[kind];
      const join = { type: "join", data: { creature: "bridge_warden" } };
      const plain = done(without(scene), join, 2);
      const { at } = (plain.find(({ type }) => type === "joined")!.data as unknown as { combatant: Combatant })
        .combatant;
      let stepped = 0;
      for (const place of placesAround(scene, at)) {
        const state = movedTo(scene, place);
        const drafts = done(state, join, 2);
        assert.deepEqual(toldOf(drafts), toldOf(plain), JSON.stringify(place));
        const bodies = folded(state, drafts).combatants.map(footprint);
        for (const [i, one] of bodies.entries())
          assert.ok(!bodies.slice(i + 1).some((other) => overlap(one, other)), JSON.stringify(place));
        if (drafts.length > plain.length) stepped += 1;
      }
      assert.ok(stepped > 0);
    });

  it("is found by who walks into it: the step is paid for, and nobody ends in another's place", () => {
    const counts = { met: 0, free: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(LURKERS) as Lurker[])),
        fc.nat(80),
        fc.array(fc.nat(7), { minLength: 1, maxLength: 6 }),
        (kind, place, turns) => walkBy(SCENES[kind], place, turns, counts),
      ),
      { numRuns: RUNS * 25 },
    );
    for (const [what, count] of Object.entries(counts)) assert.ok(count > RUNS, `${what}: ${count}`);
  });

  it("stops who came through a friend's place in front of that friend", () => {
    const { scene, state, path } = behindAFriend();
    assert.deepEqual(toldOf(done(state, { type: "move", data: { path } })), [
      { type: "moved", data: { id: scene.actor, path: [HOME], cost: 10 } },
      { type: "revealed", data: { id: scene.lurker } },
    ]);
  });

  it("sends them back there, too, when somebody could react while they stood in the friend's place", () => {
    const { scene, state, path } = behindAFriend();
    const combatants = state.combatants.map((one) =>
      one.creature === "grave_walker" ? { ...one, at: { x: 8, y: 8 }, reaction: true, readied: WAITS } : one,
    );
    const watched = freeze({ ...state, combatants });
    const going = done(watched, { type: "move", data: { path } });
    assert.deepEqual(
      toldOf(going).map(({ type }) => type),
      ["moved", "windowOpened"],
    );
    const coming = done(freeze(folded(watched, going)), { type: "react", data: { take: null } }, GM);
    assert.deepEqual(toldOf(coming).slice(-2), [
      { type: "moved", data: { id: scene.actor, path: [path[0], HOME], cost: 5 } },
      { type: "revealed", data: { id: scene.lurker } },
    ]);
  });
});

const WAITS = { trigger: "approach", by: "", action: { type: "attack", id: "slam" } } as const;

/** The way leads through a friend's place into somebody hidden. */
function behindAFriend() {
  const scene = SCENES.foe;
  const friend = scene.state.combatants.find(({ creature }) => creature === "bridge_warden")!;
  const behind = { x: friend.at.x - 1, y: friend.at.y };
  const path = [friend.at, behind, { x: behind.x - 1, y: behind.y }];
  return { scene, state: movedTo(scene, behind), path };
}

const WAYS: readonly Cell[] = [-1, 0, 1]
  .flatMap((y) => [-1, 0, 1].map((x) => ({ x, y })))
  .filter(({ x, y }) => x !== 0 || y !== 0);

function walkBy(
  scene: Scene,
  place: number,
  turns: readonly number[],
  counts: { met: number; free: number; refused: number },
): void {
  const path: Cell[] = [];
  for (const turn of turns) {
    const { x, y } = path.at(-1) ?? HOME;
    path.push({ x: x + WAYS[turn]!.x, y: y + WAYS[turn]!.y });
  }
  const places = placesAround(scene);
  const onTheWay = places.filter((at) => path.some(({ x, y }) => x === at.x && y === at.y));
  // Where anywhere would do it would be met too seldom.
  const from = place % 2 === 0 && onTheWay.length > 0 ? onTheWay : places;
  const state = movedTo(scene, from[place % from.length]!);
  const probe = { type: "move", data: { path } };
  const [one, other] = [tried(state, probe), tried(without(scene), probe)];
  assert.equal(codeOf(one), codeOf(other));
  if (typeof one === "string" || typeof other === "string") {
    counts.refused += 1;
    return;
  }
  const lurker = footprint(known(state, scene.lurker));
  const isFoe = known(state, scene.lurker).side === 1;
  const met = path.findIndex((at, step) => (isFoe || step === path.length - 1) && overlap(lurker, { at, size: 1 }));
  if (met < 0) {
    counts.free += 1;
    assert.deepEqual(toldOf(one), toldOf(other));
    return;
  }
  counts.met += 1;
  const before = known(state, scene.actor).economy.movement;
  const after = folded(state, one);
  const { at, economy } = known(after, scene.actor);
  const steps = [HOME, ...path.slice(0, met + 1)];
  assert.equal(
    before - economy.movement,
    pathCost(fieldOf(state), steps, 1),
    "every step is paid for, the last one too",
  );
  assert.ok(steps.slice(0, -1).some(({ x, y }) => x === at.x && y === at.y));
  assert.equal(known(after, scene.lurker).hidden, false);
  assert.deepEqual(
    toldOf(one).map(({ type }) => type),
    ["moved", "revealed"],
  );
  for (const body of after.combatants)
    if (body.id !== scene.actor) assert.ok(!cellsUnder(footprint(body)).some(({ x, y }) => x === at.x && y === at.y));
}

function folded(state: CombatState, drafts: readonly Draft[]): CombatState {
  const after = structuredClone(state);
  for (const draft of drafts) if (draft.type !== CORE.ended) combat.evolve(after, entryOf(draft));
  return after;
}
