import { byId, make, redraw } from "../../dom.ts";
import type { ActionItem, Group } from "../action-bar.ts";
import { creatureOf, type FighterView, type FightView } from "../fight-view.ts";

const GROUPS: Readonly<Record<Group, string>> = {
  attacks: "Attacks",
  abilities: "Abilities",
  manoeuvres: "Manoeuvres",
  turn: "Turn",
};
const COSTS: Readonly<Record<ActionItem["cost"], string>> = {
  action: "Action",
  bonus: "Bonus",
  reaction: "Reaction",
  free: "Free",
};

export interface Bar {
  readonly actor: FighterView;
  readonly items: readonly ActionItem[];
  /** The key of the action that is being aimed. */
  readonly aiming: string;
  /** Why nothing at all can be done now, or null: said once and not on every button. */
  readonly never: string | null;
  readonly whyNotMove: string | null;
}

/** What the own creature may do now. What it may not do says why, and can still be reached by keyboard to be read. */
export function createActionsView(press: (item: ActionItem) => void) {
  const bar = byId("bar");

  return {
    render(fight: FightView, state: Bar | null): void {
      bar.hidden = !state || fight.phase !== "active";
      if (!state || bar.hidden) return;
      const { actor, items, aiming, never, whyNotMove } = state;
      bar.dataset.mine = String(fight.current === actor.id);
      bar.dataset.quiet = String(never !== null);
      const focused = bar.contains(document.activeElement)
        ? (document.activeElement as HTMLElement).dataset.testid
        : null;
      redraw(bar, [resourcesOf(actor), items, aiming, never, whyNotMove, actor.name], () => [
        head(actor, never, aiming, whyNotMove),
        ...(["turn", "attacks", "abilities", "manoeuvres"] as const).flatMap((group) => {
          const found = items.filter((item) => item.group === group);
          return found.length > 0 ? [groupOf(group, found, aiming, never, press)] : [];
        }),
      ]);
      // A drawing of the bar replaces its buttons; who came by keyboard goes on where it was.
      if (focused) bar.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus({ preventScroll: true });
    },
  };
}

function resourcesOf({ action, bonus, reaction, movement, attacks }: FighterView) {
  return [action, bonus, reaction, movement, attacks];
}

function head(actor: FighterView, never: string | null, aiming: string, whyNotMove: string | null): HTMLElement {
  const { action, bonus, reaction, movement, attacks } = actor;
  const attacksLeft = attacks > 0 ? [pip(`${attacks} ${attacks === 1 ? "attack" : "attacks"} left`, true)] : [];
  return make(
    "div",
    { class: "bar-head" },
    make("h2", {}, actor.name, make("small", {}, creatureOf(actor).role ?? "")),
    make(
      "ul",
      { class: "pips", "aria-label": "What is left of the turn", "data-testid": "resources" },
      ...[pip("Action", action), ...attacksLeft, pip("Bonus", bonus), pip("Reaction", reaction)],
      pip(`${movement} ft`, whyNotMove === null),
    ),
    make("p", { class: "move-hint", "data-testid": "bar-note" }, noteOf(never, aiming, whyNotMove)),
  );
}

function noteOf(never: string | null, aiming: string, whyNotMove: string | null): string {
  if (never !== null) return `You cannot act now: ${never}.`;
  if (aiming !== "") return "Choose on the field, or among the names below it.";
  return whyNotMove === null ? "Choose a lit square to walk there." : `Movement: ${whyNotMove}.`;
}

function pip(text: string, isLeft: boolean): HTMLElement {
  const spoken = make("span", { class: "spoken" }, isLeft ? "left: " : "used: ");
  return make("li", { class: "pip", "data-left": String(isLeft) }, spoken, text);
}

function groupOf(
  group: Group,
  items: readonly ActionItem[],
  aiming: string,
  never: string | null,
  press: (item: ActionItem) => void,
): HTMLElement {
  const buttons = items.map((item) => button(item, aiming === item.key, never, press));
  return make(
    "div",
    { class: `group ${group}`, role: "group", "aria-label": GROUPS[group] },
    make("h3", {}, GROUPS[group]),
    ...buttons,
  );
}

function button(
  item: ActionItem,
  isAiming: boolean,
  never: string | null,
  press: (item: ActionItem) => void,
): HTMLElement {
  const { key, label, hint, cost, why, uses } = item;
  const note = why === null ? hint : why === never ? "" : why;
  const left = uses ? ` · ${uses.left} of ${uses.of}` : "";
  const element = make(
    "button",
    {
      ...{ type: "button", class: "act", "data-testid": `act-${key}`, "data-cost": cost, title: why ?? hint },
      "aria-disabled": why === null ? null : "true",
      "aria-pressed": item.press.do === "aim" ? String(isAiming) : null,
    },
    make("span", { class: "label" }, label),
    ...(item.group === "turn" ? [] : [make("span", { class: "cost" }, COSTS[cost] + left)]),
    ...(note === "" ? [] : [make("small", { class: why === null ? "note" : "note why" }, note)]),
  );
  if (key === "endTurn" && why === null) element.classList.add("primary");
  element.addEventListener("click", () => press(item));
  return element;
}
