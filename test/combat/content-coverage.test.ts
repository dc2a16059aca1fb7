import assert from "node:assert/strict";
import {
  type Ability,
  ATTRIBUTES,
  CONDITIONS,
  type Creature,
  DAMAGE_TYPES,
  type EffectSpec,
  type Modifiers,
} from "../../src/combat/combat-types.rules.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { CREATURES } from "../../src/combat/content/creatures.rules.ts";

const abilities = [...ABILITIES.values()];
const creatures = [...CREATURES.values()];
const attacks = creatures.flatMap((creature) => creature.attacks);
const effects: EffectSpec[] = [
  ...abilities.flatMap((ability) => ability.effects),
  ...attacks.flatMap(({ rider }) => rider?.effects ?? []),
];
/** The mechanics, and whether some content uses them. A name is a key of the engine's types, or a value of one. */
type Uses = readonly (readonly [mechanic: string, isUsed: boolean])[];

function each<T>(name: string, values: readonly T[], isUsed: (value: T) => boolean): Uses {
  return values.map((value) => [`${name} ${String(value)}`, isUsed(value)] as const);
}

function eachOf<T>(name: string, items: readonly T[], tests: { readonly [what: string]: (item: T) => boolean }): Uses {
  return Object.entries(tests).map(([what, test]) => [`${name} ${what}`, items.some(test)] as const);
}

const damages = [
  ...abilities.flatMap(({ damage }) => damage),
  ...attacks.flatMap(({ damage }) => damage),
  ...effects.flatMap(({ tick, modifiers }) =>
    [tick?.damage, modifiers.damageDice].filter((found) => found !== undefined),
  ),
];

/** A test for each member, so that a member added to the type does not compile until content is held to use it. */
const ofModifiers: { [M in keyof Required<Modifiers>]: (modifiers: Modifiers) => boolean } = {
  ac: ({ ac }) => ac !== undefined && ac > 0,
  speed: ({ speed }) => speed !== undefined && speed > 0,
  speedZero: ({ speedZero }) => speedZero === true,
  attackDice: ({ attackDice }) => attackDice !== undefined && attackDice.count > 0,
  saveDice: ({ saveDice }) => saveDice !== undefined,
  damageDice: ({ damageDice }) => damageDice !== undefined,
  advantage: ({ advantage }) => advantage !== undefined,
  disadvantage: ({ disadvantage }) => disadvantage !== undefined,
  resist: ({ resist }) => resist !== undefined,
  vulnerable: ({ vulnerable }) => vulnerable !== undefined,
  immune: ({ immune }) => immune !== undefined,
};

const ofEffects: {
  [E in keyof Required<Omit<EffectSpec, "key" | "name" | "modifiers">>]: (effect: EffectSpec) => boolean;
} = {
  on: ({ on }) => on === "source",
  duration: ({ duration }) => duration === null,
  expireOn: ({ expireOn }) => expireOn === "turnStart",
  of: ({ of, on }) => of === "source" && on === "target",
  stacking: ({ stacking }) => stacking === "stack",
  maxStacks: ({ maxStacks }) => maxStacks > 1,
  conditions: ({ conditions, modifiers }) => conditions.length > 0 && Object.keys(modifiers).length > 0,
  tick: ({ tick }) => tick?.heal !== undefined,
  saveEnds: ({ saveEnds }) => saveEnds !== undefined,
};

const ofAbilities: { [A in keyof Required<Omit<Ability, "id" | "name" | "text">>]: (ability: Ability) => boolean } = {
  cost: ({ cost }) => cost === "bonus",
  uses: ({ uses }) => uses === null,
  range: ({ range }) => range > 60,
  target: ({ target }) => target === "area",
  targets: ({ targets, check }) => targets > 1 && check.kind === "attack",
  area: ({ area }) => area !== undefined,
  affects: ({ affects, area }) => area !== undefined && affects === "all",
  check: ({ check }) => check.kind === "save" && check.half,
  damage: ({ damage }) => damage.length > 0,
  heal: ({ heal }) => heal !== undefined,
  tempHp: ({ tempHp }) => tempHp !== undefined,
  effects: (ability) => ability.effects.length > 0,
  concentration: ({ concentration }) => concentration,
  push: ({ push }) => push !== undefined && push < 0,
  terrain: ({ terrain, concentration }) => terrain !== undefined && concentration,
  trigger: ({ trigger }) => trigger === "hit",
  counters: ({ counters }) => counters === true,
};

const ofCreatures: { [C in keyof Required<Omit<Creature, "id" | "name">>]: (creature: Creature) => boolean } = {
  role: ({ role }) => role !== undefined,
  playable: ({ playable }) => !playable,
  size: ({ size }) => size === 3,
  ac: ({ ac }) => ac > 10,
  hp: ({ hp }) => hp > 100,
  speed: ({ speed }) => speed !== 30,
  initiative: ({ initiative }) => initiative < 0,
  saves: ({ saves }) => saves.dex < 0,
  castBonus: ({ castBonus }) => castBonus > 0,
  saveDc: ({ saveDc }) => saveDc > 10,
  resist: ({ resist }) => resist.length > 0,
  vulnerable: ({ vulnerable }) => vulnerable.length > 0,
  immune: ({ immune }) => immune.length > 0,
  conditionImmune: ({ conditionImmune }) => conditionImmune.length > 0,
  attacksPerAction: ({ attacksPerAction }) => attacksPerAction > 1,
  attacks: (creature) => creature.attacks.length > 1,
  abilities: (creature) => creature.abilities.length > 0,
  deathSaves: ({ deathSaves }) => !deathSaves,
};

const mechanics: Uses = [
  ...eachOf(
    "modifier",
    effects.map(({ modifiers }) => modifiers),
    ofModifiers,
  ),
  ...eachOf("effect", effects, ofEffects),
  ...eachOf("ability", abilities, ofAbilities),
  ...eachOf("creature", creatures, ofCreatures),
  ...each("damage", DAMAGE_TYPES, (type) => damages.some((damage) => damage.type === type)),
  ...each("condition", CONDITIONS, (condition) => effects.some(({ conditions }) => conditions.includes(condition))),
  ...each("save with", ATTRIBUTES, (attribute) =>
    abilities.some(({ check }) => check.kind === "save" && check.attribute === attribute),
  ),
  ...each("shape", ["sphere", "cone", "line", "cube"], (shape) => abilities.some(({ area }) => area?.shape === shape)),
  ...each("target", ["self", "ally", "enemy", "creature", "area"], (target) =>
    abilities.some((ability) => ability.target === target),
  ),
  ...each("affects", ["all", "enemies", "allies"], (affects) =>
    abilities.some((ability) => ability.area && ability.affects === affects),
  ),
  ...each("check", ["attack", "save", "none"], (kind) => abilities.some(({ check }) => check.kind === kind)),
  ...each("cost", ["action", "bonus", "reaction"], (cost) => abilities.some((ability) => ability.cost === cost)),
  ...each("trigger", ["hit", "cast"], (trigger) => abilities.some((ability) => ability.trigger === trigger)),
  ...each("stacking", ["refresh", "stack", "ignore"], (way) => effects.some(({ stacking }) => stacking === way)),
  ...eachOf("save that", abilities, {
    "leaves half": ({ check, damage }) => check.kind === "save" && check.half && damage.length > 0,
    "leaves nothing": ({ check, damage }) => check.kind === "save" && !check.half && damage.length > 0,
  }),
  ...["rounds", "turns", "seconds"].flatMap((unit) =>
    ["turnStart", "turnEnd"].flatMap((expireOn) =>
      each(`${unit} until ${expireOn} of`, ["target", "source"], (of) =>
        effects.some((effect) => effect.duration?.unit === unit && effect.expireOn === expireOn && effect.of === of),
      ),
    ),
  ),
  ...(["attacks", "attacksAgainst", "saves"] as const).flatMap((kind) =>
    each(kind, ["advantage", "disadvantage"] as const, (side) =>
      effects.some(({ modifiers }) => modifiers[side]?.includes(kind)),
    ),
  ),
  ...eachOf("effect with", effects, {
    "damage at the start of a turn": ({ tick }) => tick?.on === "turnStart" && tick.damage !== undefined,
    "damage at the end of a turn": ({ tick }) => tick?.on === "turnEnd" && tick.damage !== undefined,
    "a save at the start of a turn": ({ saveEnds }) => saveEnds?.on === "turnStart",
    "a save at the end of a turn": ({ saveEnds }) => saveEnds?.on === "turnEnd",
    "a worse armour class": ({ modifiers }) => (modifiers.ac ?? 0) < 0,
    "less speed": ({ modifiers }) => (modifiers.speed ?? 0) < 0,
    "dice of a modifier alone, which subtracts": ({ modifiers }) => (modifiers.attackDice?.modifier ?? 0) < 0,
  }),
  ...eachOf("ability that", abilities, {
    "pushes away": ({ push }) => (push ?? 0) > 0,
    "holds several friends by concentration": ({ targets, concentration, target }) =>
      targets > 1 && concentration && target === "ally",
    "wounds and lasts": ({ damage, effects }) => damage.length > 0 && effects.length > 0,
    "is readied as a cast": ({ cost, target }) => cost === "action" && target === "enemy",
  }),
  ...eachOf("attack with", attacks, {
    "reach alone": ({ reach, range }) => reach > 0 && !range,
    "range alone": ({ reach, range }) => reach === 0 && range !== undefined,
    "reach and range": ({ reach, range }) => reach > 0 && range !== undefined,
    "a long reach": ({ reach }) => reach > 5,
    "two kinds of damage": ({ damage }) => damage.length > 1,
    "a rider to save against": ({ rider }) => rider?.save !== undefined,
    "a rider that always takes": ({ rider }) => rider !== undefined && !rider.save,
  }),
  ...each("size", [1, 2, 3], (size) => creatures.some((creature) => creature.size === size)),
];

describe("combat content", () => {
  it("uses every mechanic there is", () => {
    assert.deepEqual(
      mechanics.filter(([, isUsed]) => !isUsed).map(([mechanic]) => mechanic),
      [],
    );
    assert.ok(mechanics.length > 120, `only ${mechanics.length} are looked at`);
  });
});
