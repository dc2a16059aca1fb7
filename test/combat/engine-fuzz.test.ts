import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import { REFUSALS } from "../../src/combat/refusals.rules.ts";
import { canonical } from "../../src/lib/canonical.ts";
import { assertSane } from "./engine-oracles.ts";
import { currentSeat, type Data, freeze, GM, Play, partyFight } from "./engine-play.ts";

const COMMANDS = Number(process.env.COMBAT_FUZZ ?? 100_000);

/** A small generator of its own: the same commands on every run. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const NASTY: readonly unknown[] = [
  ...[
    Number.NaN,
    Number.POSITIVE_INFINITY,
    -1,
    -5,
    0,
    1,
    1.5,
    2 ** 53,
    1e308,
    "",
    "x",
    "none",
    "__proto__",
    "constructor",
  ],
  ...[null, undefined, true, [], {}, [[]], { x: -1, y: -1 }, { x: 0, y: 0 }, { x: 63, y: 63 }, { x: Number.NaN, y: 1 }],
  ...["bridge_warden", "fireball", "toString", "\u0000", "ogre", "-Infinity", { __proto__: { x: 1, y: 2 } }],
];
const FIELDS = [
  "combatant",
  "target",
  "targets",
  "weapon",
  "ability",
  "at",
  "path",
  "trigger",
  "action",
  "take",
  "window",
  "patch",
];
const MORE = [
  "creature",
  "seat",
  "side",
  "effect",
  "duration",
  "conditions",
  "value",
  "count",
  "sides",
  "winner",
  "mode",
  "map",
];
const SEATS = [0, 1, 2, 15, GM, -1, 101];
const POSSIBLE = 4;

function fight(stage: number): Play {
  if (stage === 0) return new Play();
  const play = partyFight(["ditch_gnasher", "grave_walker", "toll_captain"]);
  for (let turns = 0; turns < stage; turns++) play.timer();
  return play;
}

describe("commands that nobody should send", () => {
  it(`${COMMANDS} of them: each is refused with a code or leaves the fight sound, and no refusal changes anything`, () => {
    const next = numbers(7);
    const any = <T>(items: readonly T[]): T => items[next(items.length)]!;
    const types = [...Object.keys(combat.commands), "timer", "constructor", "", "gm.kill", "session.ended"];
    const outcomes = new Map<string, number>();
    let play = fight(1);
    for (let n = 0; n < COMMANDS; n++) {
      if (play.state.phase === "ended" || n % 400 === 0) play = fight(next(12));
      const ids = [...play.state.combatants.map(({ id }) => id), "c0000"];
      const value = () => (next(3) === 0 ? any(ids) : next(3) === 0 ? plausible(play, next) : any(NASTY));
      const pairs = Array.from({ length: next(5) }, () => [any(next(2) === 0 ? FIELDS : MORE), value()]);
      const data = shaped(Object.fromEntries(pairs), play, next);
      const before = freeze(play.state);
      const seq = play.seq;
      const seat = next(2) === 0 ? currentSeat(play) : any(SEATS);
      const outcome = play.act(seat, any(types), data);
      count(outcomes, typeof outcome === "string" ? outcome : "done");
      if (typeof outcome !== "string") assertSane(play.state);
      else {
        assert.ok(
          Object.hasOwn(REFUSALS, outcome) || outcome === "validation_failed" || outcome === "unknown_action",
          outcome,
        );
        assert.ok(play.state === before && play.seq === seq, "a refusal changes nothing");
      }
    }
    assert.ok(outcomes.size > 30, `only ${[...outcomes.keys()]}`);
    assert.ok((outcomes.get("done") ?? 0) < COMMANDS / POSSIBLE, "most are refused");
  });

  it("a duplicate of a command is judged anew, and refused when it has become impossible", () => {
    const play = partyFight();
    const seat = play.state.combatants.find(({ id }) => id === play.state.current)?.seat ?? GM;
    play.does(seat, "dodge");
    assert.equal(play.act(seat, "dodge"), "no_action");
    assert.equal(play.act(seat, "dash"), "no_action");
    play.does(seat, "endTurn");
    assert.notEqual(typeof play.act(seat, "dodge"), "object");
  });

  it("the same fuzz gives the same fight", () => {
    const ends = [1, 2].map(() => {
      const [next, play] = [numbers(3), fight(2)];
      for (let n = 0; n < 500; n++) play.act(SEATS[next(3)]!, ["endTurn", "dodge", "dash"][next(3)]!, {});
      return canonical(play.state);
    });
    assert.equal(ends[0], ends[1]);
  });
});

function count(outcomes: Map<string, number>, code: string): void {
  outcomes.set(code, (outcomes.get(code) ?? 0) + 1);
}

/** Something that could be right in some field. */
function plausible({ state }: Play, next: (bound: number) => number): unknown {
  const place = state.combatants[next(Math.max(1, state.combatants.length))]?.at ?? { x: 1, y: 1 };
  const near = { x: Math.max(0, place.x + next(5) - 2), y: Math.max(0, place.y + next(5) - 2) };
  const ability = ["second_wind", "sudden_ward", "unspeak", "longsword", "scimitar", "sling"][next(6)];
  return [near, [near], ability, next(12), { type: "attack", id: "sling" }, { value: 1, unit: "rounds" }, "approach"][
    next(7)
  ];
}

/** Half of the time the fields of the command are those it needs, with whatever in them. */
function shaped(data: Data, play: Play, next: (bound: number) => number): Data {
  const ids = play.state.combatants.map(({ id }) => id);
  const target = ids[next(Math.max(1, ids.length))] ?? "none";
  const extra: readonly Data[] = [
    ...[
      {},
      { target },
      { combatant: target },
      { target, combatant: ids[0] },
      { ability: "second_wind" },
      { take: next(3) - 1 },
    ],
    ...[
      { path: [plausible(play, next)] },
      { ability: "unspeak", targets: [target] },
      { creature: "moor_hunter" },
      { take: null },
    ],
    ...[
      { ability: plausible(play, next), at: plausible(play, next) },
      { combatant: target, patch: { hp: next(60) - 10 } },
    ],
  ];
  return next(2) === 0 ? extra[next(extra.length)]! : data;
}
