import type { Ability, Attack, Condition } from "../../src/combat/combat-types.rules.ts";
import { ABILITIES } from "../../src/combat/content/abilities.rules.ts";
import { CELL_FEET } from "../../src/combat/field-grid.rules.ts";
import { creatureOf, type FighterView, type FightView, hasCondition, isOwn } from "./fight-view.ts";
import type { Aim } from "./targets.ts";

export type Group = "attacks" | "abilities" | "manoeuvres" | "turn";
export type Cost = "action" | "bonus" | "reaction" | "free";

/** What a press of the button does: sends an order, or asks for an aim first, or opens the dialog of readying. */
export type Press =
  | { readonly do: "send"; readonly type: string }
  | { readonly do: "aim"; readonly aim: Aim }
  | { readonly do: "ready" };

export interface ActionItem {
  readonly key: string;
  readonly group: Group;
  readonly label: string;
  /** What it does, in few words. */
  readonly hint: string;
  readonly cost: Cost;
  /** Null for what can be done any number of times. */
  readonly uses: { readonly left: number; readonly of: number } | null;
  /** Why it is not possible now; null when it is. */
  readonly why: string | null;
  readonly press: Press;
}

/** What the page knows beside the fight. */
export interface Situation {
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** A former order is still on its way. */
  readonly isBusy: boolean;
}

const OUT_COLD: readonly Condition[] = ["unconscious", "paralyzed", "stunned", "incapacitated"];
const ROOTED: readonly Condition[] = ["grappled", "restrained", "paralyzed", "stunned", "unconscious"];

/** Everything the creature could ever do, each with the reason why not now. */
export function actionsOf(fight: FightView, actor: FighterView, situation: Situation): ActionItem[] {
  const never = whyNothing(fight, actor, situation);
  const { attacks, abilities } = creatureOf(actor);
  const all = [
    ...attacks.map((attack) => attackItem(actor, attack)),
    ...abilities.flatMap((id) => ABILITIES.get(id) ?? []).map((ability) => abilityItem(actor, ability)),
    ...manoeuvres(fight, actor),
    ...turnItems(fight, actor),
  ];
  // Coming back into the own turn is what one does outside of it.
  return all.map((item) =>
    item.key === "enter" ? enterItem(item, actor, situation) : { ...item, why: never ?? item.why },
  );
}

/** Why nothing at all can be done now, or null. */
export function whyNothing(fight: FightView, actor: FighterView, situation: Situation): string | null {
  if (!situation.isOpen) return "no connection";
  if (situation.isPaused) return "the fight is paused";
  if (situation.isBusy) return "your last order is on its way";
  if (fight.phase === "ended") return "the fight is over";
  if (fight.phase !== "active") return "the fight has not begun";
  if (!isOwn(fight, actor)) return "it is not yours";
  if (fight.current !== actor.id) return actor.turn === "delaying" ? "you are delaying" : "it is not your turn";
  return fight.window ? "a reaction is being decided" : null;
}

function attackItem(actor: FighterView, attack: Attack): ActionItem {
  const { id, name, bonus, reach, range, damage } = attack;
  const far = range ? `${range.normal}/${range.long} ft` : "";
  const where = [reach > 0 ? `${reach} ft` : "", far].filter((part) => part !== "").join(" or ");
  const dice = damage.map((part) => `${diceWords(part)} ${part.type}`).join(" + ");
  return {
    ...{ key: `attack:${id}`, group: "attacks" as const, label: name, cost: "action" as const, uses: null },
    hint: `${signed(bonus)}, ${where}, ${dice}`,
    why: actor.attacks > 0 ? cannotAct(actor) : noAction(actor),
    press: { do: "aim", aim: { kind: "attack", attack } },
  };
}

function abilityItem(actor: FighterView, ability: Ability): ActionItem {
  const { id, name, text, cost, uses, target } = ability;
  const left = actor.uses[id] ?? uses;
  const needsNoAim = target === "self" && !ability.area;
  return {
    ...{ key: `cast:${id}`, group: "abilities" as const, label: name, hint: text, cost },
    uses: uses === null ? null : { left: left ?? uses, of: uses },
    why: whyNotCast(actor, ability, left),
    press: needsNoAim ? { do: "send", type: `cast:${id}` } : { do: "aim", aim: { kind: "cast", ability } },
  };
}

function whyNotCast(actor: FighterView, { cost, uses }: Ability, left: number | null): string | null {
  if (cost === "reaction") return "only when it is asked for";
  if (uses !== null && (left ?? 0) <= 0) return "no uses left";
  if (cost === "bonus") return cannotAct(actor) ?? (actor.bonus ? null : "bonus action used");
  return noAction(actor);
}

function manoeuvres(fight: FightView, actor: FighterView): ActionItem[] {
  const item = (key: string, label: string, hint: string, why: string | null, press: Press, cost: Cost = "action") => ({
    ...{ key, label, hint, why, press, cost, uses: null },
    group: "manoeuvres" as const,
  });
  const send = (type: string): Press => ({ do: "send", type });
  const action = noAction(actor);
  const prone = hasCondition(actor, "prone");
  return [
    item("dash", "Dash", "your speed again as movement", action, send("dash")),
    item("dodge", "Dodge", "attacks on you are hindered", action, send("dodge")),
    item("disengage", "Disengage", "leave reach unharmed", action, send("disengage")),
    item("help", "Help", "an ally attacks better", action, { do: "aim", aim: { kind: "help" } }),
    item("ready", "Ready", "act when something happens", action, { do: "ready" }),
    ...(prone ? [item("stand", "Stand up", "half of your speed", whyNotStand(actor), send("stand"), "free")] : []),
    ...(actor.concentration === ""
      ? []
      : [item("drop", "Let go", `stop ${ABILITIES.get(actor.concentration)?.name ?? ""}`, null, send("drop"), "free")]),
    ...(fight.current === actor.id
      ? [
          item(
            "interact",
            "Interact",
            "a door, a lever, a dropped thing",
            whyNotInteract(actor),
            send("interact"),
            "free",
          ),
        ]
      : []),
  ];
}

function turnItems({ current }: FightView, actor: FighterView): ActionItem[] {
  const item = (key: string, label: string, hint: string, why: string | null): ActionItem => ({
    ...{ key, label, hint, why, cost: "free", group: "turn", uses: null },
    press: { do: "send", type: key },
  });
  const spent = !actor.action || !actor.bonus || !actor.interaction;
  if (actor.turn === "delaying" && current !== actor.id)
    return [item("enter", "Act now", "after the current turn", null)];
  return [
    item("delay", "Delay", "act later this round", spent ? "your turn has begun" : null),
    item("endTurn", "End turn", "", null),
  ];
}

function enterItem(item: ActionItem, { turn }: FighterView, { isOpen, isPaused, isBusy }: Situation): ActionItem {
  const why = !isOpen
    ? "no connection"
    : isPaused
      ? "the fight is paused"
      : isBusy
        ? "your last order is on its way"
        : null;
  return { ...item, why: why ?? (turn === "delaying" ? null : "you come next") };
}

function cannotAct(actor: FighterView): string | null {
  if (actor.surprised) return "surprised";
  return OUT_COLD.find((condition) => hasCondition(actor, condition)) ?? null;
}

function noAction(actor: FighterView): string | null {
  return cannotAct(actor) ?? (actor.action ? null : "action used");
}

function whyNotStand(actor: FighterView): string | null {
  return whyRooted(actor) ?? (actor.movement > 0 ? null : "no movement left");
}

function whyNotInteract(actor: FighterView): string | null {
  return cannotAct(actor) ?? (actor.interaction ? null : "done this turn");
}

function whyRooted(actor: FighterView): string | null {
  return ROOTED.find((condition) => hasCondition(actor, condition)) ?? null;
}

/** Why the creature cannot walk now, or null. */
export function whyNotMove(fight: FightView, actor: FighterView, situation: Situation): string | null {
  const why = whyNothing(fight, actor, situation) ?? whyRooted(actor);
  return why ?? (actor.movement >= CELL_FEET ? null : "no movement left");
}

export function signed(value: number): string {
  return value < 0 ? `−${-value}` : `+${value}`;
}

export function diceWords({ count, sides, modifier }: { count: number; sides: number; modifier: number }): string {
  if (count === 0) return String(modifier);
  return `${count}d${sides}${modifier === 0 ? "" : signed(modifier)}`;
}
