import assert from "node:assert/strict";
import type { EffectSpec } from "../../src/combat/combat-types.rules.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { loadContent, requireAll } from "../../src/combat/content/content-load.rules.ts";
import { abilitySchema, creatureSchema } from "../../src/combat/content/content-schema.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";
import { mapSchema } from "../../src/combat/content/map-schema.rules.ts";
import { foesAgainst, MAPS } from "../../src/combat/content/maps.rules.ts";
import { reachableCells } from "../../src/combat/field.rules.ts";

const abilities = [...ABILITIES.values()];
const creatures = [...CREATURES.values()];
const attacks = creatures.flatMap((creature) => creature.attacks);
const effects: EffectSpec[] = [
  ...abilities.flatMap((ability) => ability.effects),
  ...attacks.flatMap(({ rider }) => rider?.effects ?? []),
];
/** What somebody in the game has: an ability that nobody knows exercises nothing. */
const known = new Set(creatures.flatMap((creature) => creature.abilities));

describe("combat content", () => {
  it("is as much as was promised, and all of it in somebody's hands", () => {
    assert.ok(abilities.length >= 15 && MAPS.size >= 3);
    assert.ok(creatures.filter(({ playable }) => !playable).length >= 10);
    assert.ok(new Set(creatures.filter(({ playable }) => playable).map(({ role }) => role)).size >= 4);
    assert.deepEqual(
      abilities.filter(({ id }) => !known.has(id)).map(({ id }) => id),
      [],
    );
  });

  it("one key of an effect always means one thing", () => {
    const byKey = new Map<string, EffectSpec>();
    for (const effect of effects)
      assert.deepEqual(byKey.get(effect.key) ?? effect, byKey.set(effect.key, effect).get(effect.key));
  });

  it("is plain JSON, so that entries and snapshots can hold it", () => {
    for (const item of [...abilities, ...creatures, ...MAPS.values()])
      assert.deepEqual(JSON.parse(JSON.stringify(item)), item);
  });

  it("who is playable makes death saves, and nobody else", () => {
    for (const { id, playable, deathSaves } of creatures) assert.equal(deathSaves, playable, id);
  });
});

describe("maps", () => {
  it("set more or greater foes against more heroes; who comes beyond a usual party brings their own", () => {
    for (const map of MAPS.values()) {
      const hitPoints = [1, 2, 3, 4].map((heroes) =>
        foesAgainst(map, heroes).reduce((sum, id) => sum + CREATURES.get(id)!.hp, 0),
      );
      assert.deepEqual(
        hitPoints,
        [...new Set(hitPoints)].sort((a, b) => a - b),
        map.id,
      );
      assert.deepEqual(foesAgainst(map, 6), [...foesAgainst(map, 4), ...foesAgainst(map, 2)]);
      assert.ok(foesAgainst(map, 8).length <= 16, "as many as one setup may name");
    }
  });

  for (const { id, rows, starts } of MAPS.values()) {
    it(`${id}: every floor can be walked to, and each side's start lies apart from the others'`, () => {
      const field = { rows, rough: [] };
      const floor = rows.join("").replaceAll("#", "").length;
      assert.equal(reachableCells(field, [], starts[0]![0]!, 100_000).length, floor);
      const cells = starts.flat();
      assert.equal(new Set(cells.map(({ x, y }) => `${x},${y}`)).size, cells.length);
      for (const { x, y } of cells) assert.equal(rows[y]![x], ".");
    });

    it(`${id}: looks the same from each side`, () => {
      const flipped = rows.map((row) => [...row].toReversed().join(""));
      const isFair = [flipped, rows.toReversed(), flipped.toReversed()].some(
        (other) => other.join("\n") === rows.join("\n"),
      );
      assert.ok(isFair, "one side has the better ground");
    });
  }
});

describe("content that is wrong", () => {
  const [ability, creature] = [
    { id: "poke", name: "Poke", text: "A finger, extended.", range: 5, target: "enemy" },
    {
      ...{ id: "mouse", name: "Mouse", ac: 12, hp: 1, initiative: 2 },
      saves: { str: 0, dex: 0, con: 0, int: 0, wis: 0, cha: 0 },
      attacks: [{ id: "bite", name: "Bite", bonus: 0, damage: ["1 piercing"] }],
    },
  ];
  const effect = { key: "poked", name: "Poked", duration: null };

  it("the smallest content there can be is right", () => {
    assert.equal(loadContent("ability", abilitySchema, [ability]).size, 1);
    assert.equal(loadContent("creature", creatureSchema, [creature]).get("mouse")!.attacks[0]!.reach, 5);
  });

  const wrongAbilities: readonly [fault: object, path: string][] = [
    [{ damage: ["2d7 fire"] }, "damage.0.0"],
    [{ damage: ["2d6 sorrow"] }, "damage.0.1"],
    [{ heal: "much" }, "heal"],
    [{ range: 7 }, "range"],
    [{ range: -5 }, "range"],
    [{ push: Number.NaN }, "push"],
    [{ uses: 0 }, "uses"],
    [{ colour: "red" }, "as a whole"],
    [{ target: "area" }, "as a whole"],
    [{ cost: "reaction" }, "as a whole"],
    [{ trigger: "hit" }, "as a whole"],
    [{ counters: true }, "as a whole"],
    [{ concentration: true }, "as a whole"],
    [{ target: "self" }, "as a whole"],
    [{ target: "ally", check: { kind: "attack" } }, "as a whole"],
    [{ terrain: { duration: { value: 1, unit: "rounds" }, expireOn: "turnEnd" } }, "as a whole"],
    [{ effects: [{ ...effect, stacking: "stack" }] }, "effects.0"],
    [{ effects: [{ ...effect, duration: { value: 0, unit: "rounds" } }] }, "effects.0.duration.value"],
    [{ effects: [{ ...effect, conditions: ["sleepy"] }] }, "effects.0.conditions.0"],
    [{ effects: [{ ...effect, tick: { on: "turnEnd" } }] }, "effects.0.tick"],
  ];
  for (const [fault, path] of wrongAbilities)
    it(`an ability with ${JSON.stringify(fault)} is refused, with its id and where`, () => {
      const expected = new RegExp(`^Error: content: ability "poke": ${path.replaceAll(".", "\\.")}: `);
      assert.throws(() => loadContent("ability", abilitySchema, [{ ...ability, ...fault }]), expected);
    });

  const bite = creature!.attacks![0]!;
  const wrongCreatures: readonly [fault: object, path: string][] = [
    [{ size: 4 }, "size"],
    [{ saves: { str: 0 } }, "saves.dex"],
    [{ playable: true }, "as a whole"],
    [{ attacks: [] }, "attacks"],
    [{ attacks: [bite, bite] }, "as a whole"],
    [{ attacks: [{ ...bite, reach: 0 }] }, "attacks.0"],
    [{ attacks: [{ ...bite, range: { normal: 30, long: 20 } }] }, "attacks.0.range"],
  ];
  for (const [fault, path] of wrongCreatures)
    it(`a creature with ${JSON.stringify(fault)} is refused, with its id and where`, () => {
      const expected = new RegExp(`^Error: content: creature "mouse": ${path.replaceAll(".", "\\.")}: `);
      assert.throws(() => loadContent("creature", creatureSchema, [{ ...creature!, ...fault }]), expected);
    });

  it("two of one id, and names of what is not there, are refused", () => {
    assert.throws(() => loadContent("ability", abilitySchema, [ability, ability]), /ability "poke": id: is taken/);
    assert.throws(
      () => requireAll("creature", "mouse", "abilities", ["poke", "fly"], new Set(["poke"])),
      /creature "mouse": abilities\.1: there is no "fly"/,
    );
  });

  it("a map needs rows of one length, known signs, and two starts with room for sixteen", () => {
    const load = (rows: string[]) =>
      loadContent("map", mapSchema, [{ id: "box", name: "Box", foes, rows } as { id: string }]);
    const foes = [["mouse"], ["mouse"], ["mouse", "mouse"], ["mouse", "mouse"]];
    const rows = ["aaaaaaaa", "aaaaaaaa", ...Array<string>(4).fill("........"), "bbbbbbbb", "bbbbbbbb"];
    assert.deepEqual(load(rows).get("box")!.rows, Array<string>(8).fill("........"));
    assert.deepEqual(load(rows).get("box")!.starts[1]![0], { x: 0, y: 6 });
    assert.throws(() => load([...rows, "..."]), /map "box": rows\.8: /);
    assert.throws(() => load([...rows, "........."]), /map "box": rows: are not of one length/);
    assert.throws(() => load([...rows, "...?...."]), /map "box": rows\.8: /);
    assert.throws(() => load(rows.slice(0, 6).concat(["........", "........"])), /map "box": starts: are fewer/);
    assert.throws(() => load(rows.slice(0, 7).concat(["........"])), /map "box": starts: have room/);
    assert.throws(() => load(rows.slice(0, 7)), /map "box": rows: /);
  });
});
