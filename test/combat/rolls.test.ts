import assert from "node:assert/strict";
import { combat } from "../../src/combat/combat.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";
import type { D20, Throw } from "../../src/combat/facts.rules.ts";
import { type Draft, type Entry, SPECTATOR } from "../../src/journal/game.ts";
import { begin, GM, idOf, Play, untilTurnOf } from "./engine-play.ts";

/** What watchers are told of some entries. */
const toldOf = (entries: readonly Entry[]): Draft[] =>
  entries.flatMap((entry) => combat.redact(entry, SPECTATOR) ?? []);

const D20_FACTS: readonly string[] = ["attackRolled", "saved"];
const SUM_FACTS: readonly string[] = [
  ...["initiativeRolled", "rolledOff", "deathSaved", "healed", "tempGained", "rolledByGm"],
];

/** Every roll that a fact tells of. Of secret ones there are none. */
function throwsIn({ type, data }: Draft): Throw[] {
  if (type === "damaged") return data.parts as unknown as Throw[];
  const isTold = (SUM_FACTS.includes(type) || D20_FACTS.includes(type)) && data.secret !== true;
  return isTold ? [data as unknown as Throw] : [];
}

/** The die, what it showed, what is added and what that makes: nothing of it is left for the reader to guess. */
function assertWhole(fact: Draft): void {
  for (const thrown of throwsIn(fact)) {
    const { sides, rolls, modifier, total } = thrown;
    const where = `${fact.type} ${JSON.stringify(thrown)}`;
    assert.ok(Number.isInteger(sides) && sides > 0 && Number.isInteger(modifier) && Number.isInteger(total), where);
    for (const value of rolls) assert.ok(Number.isInteger(value) && value >= 1 && value <= sides, where);
    if (D20_FACTS.includes(fact.type)) assertD20(thrown as D20, where);
    else if (fact.type === "rolledOff") assert.equal(total, rolls.at(-1), where);
    else if (rolls.length > 0) assert.equal(total, Math.max(fact.type === "initiativeRolled" ? -99 : 0, sumOf(thrown)));
  }
}

function assertD20({ sides, rolls, natural, advantage, modifier, bonus, bonusDice, total }: D20, where: string): void {
  assert.equal(sides, 20, where);
  for (const die of bonusDice) assert.ok(die.value >= 1 && die.value <= die.sides, where);
  if (rolls.length === 0) return;
  assert.equal(rolls.length, advantage === 0 ? 1 : 2, where);
  assert.equal(natural, advantage < 0 ? Math.min(...rolls) : Math.max(...rolls), where);
  assert.equal(total, natural + modifier + bonus, where);
}

const sumOf = ({ rolls, modifier }: Throw): number => rolls.reduce((sum, value) => sum + value, modifier);

function autopilots(seed: string, party: readonly string[], foes: readonly string[]): Play {
  const play = new Play(seed);
  play.take(GM);
  play.does(GM, "setup", { mode: "skirmish" });
  for (const [side, creatures] of [party, foes].entries())
    for (const creature of creatures) play.does(GM, "gm.add", { creature, side, autopilot: true });
  begin(play);
  while (play.state.phase === "active") play.timer();
  return play;
}

/** A lantern bearer, a thicket keeper and two foes who do not fall, close to each other. */
function scene(): { play: Play; bearer: string; keeper: string; bruiser: string } {
  const play = new Play();
  for (const seat of [0, 1, GM]) play.take(seat);
  play.does(GM, "setup", { turnSeconds: 60, windowSeconds: 20 });
  play.does(0, "join", { creature: "lantern_bearer" });
  play.does(1, "join", { creature: "thicket_keeper" });
  play.does(GM, "gm.add", { creature: "hill_bruiser", at: { x: 10, y: 6 } });
  play.does(GM, "gm.add", { creature: "ditch_gnasher", at: { x: 12, y: 6 } });
  const [bearer, keeper, bruiser] = ["lantern_bearer", "thicket_keeper", "hill_bruiser"].map((id) => idOf(play, id));
  play.does(GM, "gm.edit", { combatant: bearer!, patch: { at: { x: 9, y: 6 } } });
  play.does(GM, "gm.edit", { combatant: keeper!, patch: { at: { x: 8, y: 6 } } });
  for (const id of [bruiser!, idOf(play, "ditch_gnasher")])
    play.does(GM, "gm.edit", { combatant: id, patch: { maxHp: 999, hp: 999 } });
  begin(play);
  return { play, bearer: bearer!, keeper: keeper!, bruiser: bruiser! };
}

/** Goes on until a fact fits, turns passing by themselves. */
function until(play: Play, fits: (fact: Draft) => boolean): Draft {
  for (let turns = 0; turns < 60; turns++) {
    const found = toldOf(play.entries).find(fits);
    if (found) return found;
    play.timer();
  }
  assert.fail("it never came");
}

const first = (entries: readonly Entry[], type: string) => toldOf(entries).find((fact) => fact.type === type)!.data;

describe("the rolls that everybody may see", () => {
  it("are told whole, in fights of all that heroes and foes can do", () => {
    const party = ["bridge_warden", "ember_scholar", "lantern_bearer", "thicket_keeper"];
    const others = [...CREATURES.values()].filter(({ playable }) => !playable).map(({ id }) => id);
    const kinds = new Set<string>();
    for (const seed of ["0d", "1e", "2f", "3a"]) {
      const foes = others.filter((_, index) => index % 4 === Number.parseInt(seed[0]!, 16));
      for (const fact of toldOf(autopilots(seed.repeat(32), party, foes).entries)) {
        assertWhole(fact);
        for (const { rolls } of throwsIn(fact)) if (rolls.length > 0) kinds.add(kindOf(fact));
      }
    }
    for (const kind of [
      ...["initiativeRolled", "attackRolled", "damaged by a creature", "damaged by an effect", "healed"],
      ...["saved against concentration", "saved against rooted"],
    ])
      assert.ok(kinds.has(kind), `${kind} came up, not only ${[...kinds].join(", ")}`);
  });

  it("with the dice that effects add to an attack and to a save", () => {
    const { play, bearer, bruiser } = scene();
    untilTurnOf(play, bearer);
    play.does(0, "cast", { ability: "bright_omen", targets: [bearer] });
    play.does(0, "endTurn");
    untilTurnOf(play, bearer);
    const attack = first(play.does(0, "attack", { target: bruiser }), "attackRolled") as unknown as D20;
    assert.deepEqual(
      attack.bonusDice.map(({ sides }) => sides),
      [4],
    );
    assert.equal(attack.bonus, attack.bonusDice[0]!.value);
    play.does(GM, "gm.edit", { combatant: bearer, patch: { ac: 0 } });
    untilTurnOf(play, bruiser);
    const { against, bonusDice } = first(play.does(GM, "attack", { target: bearer }), "saved");
    assert.equal(against, "concentration");
    assert.deepEqual(
      (bonusDice as unknown as D20["bonusDice"]).map(({ sides }) => sides),
      [4],
    );
    for (const fact of toldOf(play.entries)) assertWhole(fact);
  });

  it("of what effects do at the edge of a turn, and of the saves that end them", () => {
    const { play, keeper } = scene();
    untilTurnOf(play, keeper);
    play.does(1, "cast", { ability: "choking_spores", at: { x: 13, y: 7 } });
    const hurt = until(play, ({ type, data }) => type === "damaged" && data.by === "");
    const [part] = hurt.data.parts as unknown as (Throw & { type: string })[];
    assert.deepEqual([part!.type, part!.sides, part!.rolls.length, part!.modifier], ["poison", 6, 1, 0]);
    assert.equal(part!.total, part!.rolls[0]);
    const saved = until(play, ({ type, data }) => type === "saved" && data.against === "spores").data as unknown as D20;
    assert.deepEqual([saved.sides, saved.rolls.length, saved.total], [20, 1, saved.natural + saved.modifier]);
  });

  it("of healing at the start of a turn and by a hand, and of borrowed strength", () => {
    const { play, bearer, keeper } = scene();
    play.does(GM, "gm.edit", { combatant: bearer, patch: { hp: 5 } });
    untilTurnOf(play, keeper);
    play.does(1, "cast", { ability: "slow_knitting", targets: [bearer] });
    const knit = until(play, ({ type }) => type === "healed").data as unknown as Throw;
    assert.deepEqual([knit.sides, knit.rolls.length, knit.modifier, knit.total], [4, 1, 1, knit.rolls[0]! + 1]);
    untilTurnOf(play, bearer);
    const lent = first(play.does(0, "cast", { ability: "borrowed_breath", targets: [keeper] }), "tempGained");
    assert.deepEqual([lent.sides, lent.total], [4, lent.tempHp]);
  });

  it("of every creature that an area meets, though its dice were drawn once", () => {
    const { play, keeper } = scene();
    untilTurnOf(play, keeper);
    for (const { type, data } of toldOf(play.does(1, "cast", { ability: "choking_spores", at: { x: 12, y: 7 } }))) {
      if (type !== "damaged") continue;
      const [part] = data.parts as unknown as Throw[];
      assert.deepEqual([part!.sides, part!.rolls.length], [6, 2]);
    }
  });

  it("of death saves, and of who wakes by one without a roll", () => {
    const { play, bearer } = scene();
    untilTurnOf(play, bearer);
    play.does(GM, "gm.edit", { combatant: bearer, patch: { hp: 0 } });
    const save = until(play, ({ type }) => type === "deathSaved").data as unknown as D20;
    assert.deepEqual([save.sides, save.rolls, save.modifier, save.total], [20, [save.natural], 0, save.natural]);
  });

  it("of initiative, ties among it, and a game master's open roll; what the game master sets has no dice", () => {
    const play = new Play("77".repeat(32));
    play.take(GM);
    play.does(GM, "setup", { mode: "skirmish" });
    for (let index = 0; index < 20; index++) play.does(GM, "gm.add", { creature: "ditch_gnasher", side: index % 2 });
    const [set] = play.state.combatants;
    const given = first(play.does(GM, "gm.initiative", { combatant: set!.id, value: 7 }), "initiativeRolled");
    assert.deepEqual([given.rolls, given.total], [[], 7]);
    begin(play);
    const open = first(play.does(GM, "gm.roll", { count: 3, sides: 8, modifier: -2, secret: false }), "rolledByGm");
    assert.deepEqual([open.sides, (open.rolls as unknown[]).length, open.modifier], [8, 3, -2]);
    const kinds = toldOf(play.entries).map(({ type }) => type);
    for (const kind of ["initiativeRolled", "rolledOff"]) assert.ok(kinds.includes(kind), kind);
    for (const fact of toldOf(play.entries)) assertWhole(fact);
  });

  it("but of a secret roll nothing: no die, no sides, no sum", () => {
    const { play, bearer, bruiser } = scene();
    untilTurnOf(play, bruiser);
    const told = first(play.does(GM, "attack", { target: bearer, secret: true }), "attackRolled");
    assert.deepEqual(Object.keys(told).sort(), ["attack", "critical", "hit", "id", "secret", "target"]);
    assert.deepEqual(toldOf(play.does(GM, "gm.roll", { count: 2, sides: 6 })), []);
  });
});

function kindOf({ type, data }: Draft): string {
  if (type === "damaged") return data.by === "" ? "damaged by an effect" : "damaged by a creature";
  return type === "saved" ? `saved against ${String(data.against)}` : type;
}
