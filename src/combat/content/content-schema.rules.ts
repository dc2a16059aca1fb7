import { z } from "zod";
import { type Ability, ATTRIBUTES, CONDITIONS, type Creature, DAMAGE_TYPES, type Dice } from "../combat-types.rules.ts";

/*
 * The shapes of content. What authors write is shorter than what the engine reads: dice are text, and what is usual
 * may be left out.
 */

const id = z.string().regex(/^[a-z][a-z0-9_]{1,31}$/);
const name = z.string().min(1).max(40);
const feet = z.int().min(0).max(320).multipleOf(5);
const bonus = z.int().min(-5).max(20);
const difficulty = z.int().min(5).max(30);
const attribute = z.enum(ATTRIBUTES);
const damageTypes = z.array(z.enum(DAMAGE_TYPES)).readonly();
const conditions = z.array(z.enum(CONDITIONS)).readonly();
const expireOn = z.enum(["turnStart", "turnEnd"]);
const rolls = z.array(z.enum(["attacks", "attacksAgainst", "saves"])).readonly();

/** `2d6+3`, `2d6` or a number alone. */
const DICE = /^(?:([1-9]\d?)d(4|6|8|10|12|20)([+-]\d{1,2})?|([+-]?\d{1,2}))$/;

function toDice(text: string): Dice {
  const [, count, sides, modifier, alone] = DICE.exec(text)!;
  return { count: Number(count ?? 0), sides: Number(sides ?? 1), modifier: Number(alone ?? modifier ?? 0) };
}

const dice = z.string().regex(DICE, "is not dice, such as 2d6+3").transform(toDice);

/** `2d6+3 fire`. */
const damage = z
  .string()
  .transform((text) => text.split(" "))
  .pipe(z.tuple([dice, z.enum(DAMAGE_TYPES)]))
  .transform(([rolled, type]) => ({ ...rolled, type }));

const duration = z.strictObject({
  value: z.int().min(1).max(1000),
  unit: z.enum(["rounds", "turns", "seconds"]),
});

const modifiers = z.strictObject({
  ac: bonus.exactOptional(),
  speed: z.int().min(-60).max(60).multipleOf(5).exactOptional(),
  speedZero: z.boolean().exactOptional(),
  attackDice: dice.exactOptional(),
  saveDice: dice.exactOptional(),
  damageDice: damage.exactOptional(),
  advantage: rolls.exactOptional(),
  disadvantage: rolls.exactOptional(),
  resist: damageTypes.exactOptional(),
  vulnerable: damageTypes.exactOptional(),
  immune: damageTypes.exactOptional(),
});

const tick = z
  .strictObject({ on: expireOn, damage: damage.exactOptional(), heal: dice.exactOptional() })
  .refine((value) => value.damage || value.heal, "a tick damages or heals");

const effect = z
  .strictObject({
    key: id,
    name,
    on: z.enum(["target", "source"]).default("target"),
    duration: duration.nullable(),
    expireOn: expireOn.default("turnEnd"),
    of: z.enum(["target", "source"]).default("target"),
    stacking: z.enum(["refresh", "stack", "ignore"]).default("refresh"),
    maxStacks: z.int().min(1).max(10).default(1),
    conditions: conditions.default([]),
    modifiers: modifiers.default({}),
    tick: tick.exactOptional(),
    saveEnds: z.strictObject({ attribute, on: expireOn }).exactOptional(),
  })
  .refine(({ stacking, maxStacks }) => (stacking === "stack") === maxStacks > 1, "only what stacks has layers");

const area = z.discriminatedUnion("shape", [
  z.strictObject({ shape: z.literal("sphere"), radius: feet.min(5) }),
  z.strictObject({ shape: z.literal("cone"), length: feet.min(5) }),
  z.strictObject({ shape: z.literal("line"), length: feet.min(5), width: feet.min(5) }),
  z.strictObject({ shape: z.literal("cube"), size: feet.min(5) }),
]);

const check = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("attack") }),
  z.strictObject({ kind: z.literal("save"), attribute, half: z.boolean() }),
  z.strictObject({ kind: z.literal("none") }),
]);

export const abilitySchema = z
  .strictObject({
    id,
    name,
    text: z.string().min(10).max(240),
    cost: z.enum(["action", "bonus", "reaction"]).default("action"),
    uses: z.int().min(1).max(20).nullable().default(null),
    range: feet,
    target: z.enum(["self", "ally", "enemy", "creature", "area"]),
    targets: z.int().min(1).max(8).default(1),
    area: area.exactOptional(),
    affects: z.enum(["all", "enemies", "allies"]).default("all"),
    check: check.default({ kind: "none" }),
    damage: z.array(damage).readonly().default([]),
    heal: dice.exactOptional(),
    tempHp: dice.exactOptional(),
    effects: z.array(effect).readonly().default([]),
    concentration: z.boolean().default(false),
    push: z.int().min(-60).max(60).multipleOf(5).exactOptional(),
    terrain: z.strictObject({ duration, expireOn }).exactOptional(),
    trigger: z.enum(["hit", "cast"]).exactOptional(),
    counters: z.boolean().exactOptional(),
  })
  .refine(({ target, area }) => (target === "area") === (area !== undefined), "an area has a shape, and only an area")
  .refine(({ cost, trigger }) => (cost === "reaction") === (trigger !== undefined), "a reaction has a trigger")
  .refine(({ counters, trigger }) => !counters || trigger === "cast", "only a cast can be countered")
  .refine(({ terrain, area }) => !terrain || area, "terrain needs an area")
  .refine((made) => !made.concentration || made.effects.length > 0 || made.terrain, "nothing to concentrate on")
  .refine(({ target, range }) => target !== "self" || range === 0, "the caster is 0 feet away")
  .refine(({ check, target }) => check.kind !== "attack" || target === "enemy", "attacks are made on enemies");

const attack = z
  .strictObject({
    id,
    name,
    bonus,
    reach: feet.max(30).default(5),
    range: z
      .strictObject({ normal: feet.min(5), long: feet.min(5) })
      .refine(({ normal, long }) => normal <= long, "the long range is the longer")
      .exactOptional(),
    damage: z.array(damage).min(1).readonly(),
    rider: z
      .strictObject({
        save: z.strictObject({ attribute, dc: difficulty }).exactOptional(),
        effects: z.array(effect).min(1).readonly(),
      })
      .exactOptional(),
  })
  .refine(({ reach, range }) => reach > 0 || range, "an attack has a reach or a range");

export const creatureSchema = z
  .strictObject({
    id,
    name,
    role: z.string().min(1).max(20).exactOptional(),
    playable: z.boolean().default(false),
    size: z.int().min(1).max(3).default(1),
    ac: z.int().min(5).max(25),
    hp: z.int().min(1).max(500),
    speed: feet.max(80).default(30),
    initiative: bonus,
    saves: z.strictObject({ str: bonus, dex: bonus, con: bonus, int: bonus, wis: bonus, cha: bonus }),
    castBonus: bonus.default(0),
    saveDc: difficulty.default(10),
    resist: damageTypes.default([]),
    vulnerable: damageTypes.default([]),
    immune: damageTypes.default([]),
    conditionImmune: conditions.default([]),
    attacksPerAction: z.int().min(1).max(4).default(1),
    attacks: z.array(attack).min(1).max(6).readonly(),
    abilities: z.array(id).max(10).readonly().default([]),
    deathSaves: z.boolean().default(false),
  })
  .refine(({ playable, role }) => playable === (role !== undefined), "who is playable has a role, and only they")
  .refine(({ attacks }) => new Set(attacks.map((made) => made.id)).size === attacks.length, "two attacks of one id");

/** How content is written; what may be left out is. */
export type AbilityText = z.input<typeof abilitySchema>;
export type CreatureText = z.input<typeof creatureSchema>;

// The engine's types and these shapes are two descriptions of one thing: where they part, this does not compile.
true satisfies z.output<typeof abilitySchema> extends Ability ? true : false;
true satisfies z.output<typeof creatureSchema> extends Creature ? true : false;
