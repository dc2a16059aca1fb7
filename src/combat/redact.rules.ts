import type { Draft, Entry, Viewer } from "../journal/game.ts";
import type { Combatant, Effect, Window } from "./combat-state.rules.ts";
import type { Facts, FactType } from "./facts.rules.ts";

type Fields = { readonly [T in FactType]: readonly (keyof Facts[T])[] };

const THROW = ["sides", "rolls", "modifier", "total"] as const;
const D20 = [...THROW, "natural", "advantage", "bonus", "bonusDice"] as const;

/** What of each fact players and watchers may see; what is not listed is hidden, as is every fact without a list. */
const SHOWN: Fields = {
  setUp: ["mode", "map", "rules"],
  joined: ["combatant"],
  rollingBegan: [],
  initiativeRolled: ["id", ...THROW],
  rolledOff: ["id", ...THROW],
  // Places count the hidden too: players see the order in their view.
  ordered: [],
  fightBegan: [],
  slotted: ["id", "initiative"],
  roundStarted: ["round"],
  turnStarted: ["id"],
  turnEnded: ["id", "why"],
  turnSkipped: ["id"],
  turnDelayed: ["id"],
  turnEntering: ["id"],
  turnEntered: ["id"],
  returned: ["id"],
  acted: ["id", "action"],
  // What was readied, and for whom, is for who did it and shows in the own view.
  readied: ["id"],
  attacked: ["id", "target", "attack", "cost"],
  abilityUsed: ["id", "ability", "targets", "at", "cost"],
  countered: ["id", "by", "ability"],
  moved: ["id", "path", "cost"],
  pushed: ["id", "to"],
  revealed: ["id"],
  hid: ["id"],
  attackRolled: ["id", "target", "attack", "hit", "critical", "secret", ...D20],
  deflected: ["id", "target"],
  damaged: ["target", "by", "parts", "tempLost", "lost"],
  healed: ["target", "gained", ...THROW],
  tempGained: ["target", "tempHp", ...THROW],
  saved: ["id", "attribute", "against", "dc", "success", ...D20],
  deathSaved: ["id", "natural", "successes", "failures", ...THROW],
  deathFailed: ["id", "failures"],
  lifeChanged: ["id", "life"],
  effectAdded: ["effect", "bearer", "ability"],
  effectRenewed: ["effect", "bearer", "key", "until", "stacks"],
  effectEnded: ["effect", "bearer", "key", "why"],
  concentrationEnded: ["id", "ability"],
  windowOpened: ["window"],
  reacted: ["id", "window", "take", "kind"],
  windowClosed: ["window"],
  removed: ["id", "why"],
  edited: ["id", "patch"],
  rolledByGm: ["secret", ...THROW],
};

/** The fact as this viewer may see it. Facts that name somebody hidden carry `gm`, and are the game master's alone. */
export function redactFact({ type, data }: Entry, viewer: Viewer): Draft | null {
  if (viewer.kind === "gm" || viewer.kind === "system") return { type, data };
  if (data.gm === true || !Object.hasOwn(SHOWN, type)) return null;
  if (type === "rolledByGm" && data.secret === true) return null;
  const isSecret = type === "attackRolled" && data.secret === true;
  const fields = (SHOWN[type as FactType] as readonly string[]).filter((field) => !isSecret || !isRoll(field));
  const pairs = fields.filter((field) => data[field] !== undefined).map((field) => [field, within(type, data[field])]);
  return { type, data: Object.fromEntries(pairs) };
}

function isRoll(field: string): boolean {
  return (D20 as readonly string[]).includes(field);
}

function within(type: string, value: unknown): unknown {
  if (type === "joined") return newcomer(value as Combatant);
  if (type === "effectAdded") return plainEffect(value);
  if (type === "windowOpened") return plainWindow(value as Window);
  return value;
}

function newcomer({ id, creature, ordinal, seat, side, at }: Combatant) {
  return { id, creature, ordinal, seat, side, at };
}

function plainEffect(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const { id, spec, bearer, source, of, expireOn, until, stacks } = value as Effect;
  const { key, name, conditions, duration } = spec;
  return { id, key, name, conditions, duration, bearer, source, of, expireOn, until, stacks };
}

function plainWindow({ id, kind, by, reactors }: Window) {
  return { id, kind, by, waiting: reactors.map((reactor) => reactor.id) };
}
