import { CREATURES } from "../../../src/combat/content/creatures.rules.ts";
import { byId, make, redraw, setText } from "../../dom.ts";
import type { FighterView, FightView } from "../fight-view.ts";
import { aboutOrder, editOrder, type Order } from "../orders.ts";
import { sideName } from "../words.ts";
import { button, checkbox, numberInput, select } from "./form.ts";

export interface GmEvents {
  send(order: Order): void;
  pause(isPaused: boolean): void;
}

const HP_MAX = 999;

/** What a game master does beside playing the monsters. */
export function createGmView({ send, pause }: GmEvents) {
  const panel = byId("gm");
  const chosen = make("div", { class: "gm-part", "data-testid": "gm-chosen" });
  const pauseButton = button("gm-pause", "Pause", () => pause(pauseButton.dataset.paused !== "true"));
  const reroll = checkbox("gm-reroll", "Roll anew when going back");
  panel.append(
    make("h2", { id: "gm-title" }, "Game master"),
    make(
      "div",
      { class: "row" },
      pauseButton,
      button("gm-end-turn", "End this turn", () => send({ type: "gm.endTurn", data: {} })),
    ),
    adding(),
    chosen,
    rolling(),
    reroll.row,
    make("p", { class: "note" }, "↺ beside an entry of the log takes the whole fight back to right after it."),
  );

  return {
    get reroll(): boolean {
      return reroll.element.checked;
    },
    render(fight: FightView, inspected: FighterView | undefined, isPaused: boolean): void {
      panel.hidden = !fight.own?.gm;
      if (panel.hidden) return;
      pauseButton.dataset.paused = String(isPaused);
      setText(pauseButton, isPaused ? "Resume" : "Pause");
      pauseButton.disabled = fight.phase === "ended";
      const { id, name, hidden, hp, autopilot, life } = inspected ?? {};
      redraw(chosen, [id, name, hidden, hp, autopilot, life], () => (inspected ? chosenParts(inspected) : nobody()));
    },
  };

  function adding(): HTMLElement {
    const kinds = [...CREATURES.values()].map(({ id, name, hp }) => [id, `${name} (${hp} hp)`] as const);
    const creature = select(
      "gm-creature",
      "Creature",
      kinds.sort((a, b) => (a[1] < b[1] ? -1 : 1)),
    );
    const side = select(
      "gm-side",
      "Side",
      [1, 0, 2, 3].map((each) => [String(each), sideName(each)] as const),
    );
    const hidden = checkbox("gm-hidden", "Hidden");
    const add = button("gm-add", "Add to the fight", () =>
      send({
        type: "gm.add",
        data: { creature: creature.element.value, side: Number(side.element.value), hidden: hidden.element.checked },
      }),
    );
    return make(
      "div",
      { class: "gm-part" },
      make("div", { class: "fields" }, creature.row, side.row),
      make("div", { class: "row" }, hidden.row, add),
    );
  }

  function rolling(): HTMLElement {
    const count = numberInput("gm-count", "Dice", 1, 1, 20);
    const sides = select(
      "gm-sides",
      "Sides",
      [20, 4, 6, 8, 10, 12, 100].map((each) => [String(each), `d${each}`] as const),
    );
    const modifier = numberInput("gm-modifier", "Plus", 0, -50, 50);
    const secret = checkbox("gm-secret", "Secret");
    secret.element.checked = true;
    const roll = button("gm-roll", "Roll", () =>
      send({
        type: "gm.roll",
        data: {
          ...{ count: count.value(), sides: Number(sides.element.value), modifier: modifier.value() },
          secret: secret.element.checked,
        },
      }),
    );
    return make(
      "div",
      { class: "gm-part" },
      make("div", { class: "fields dice" }, count.row, sides.row, modifier.row),
      make("div", { class: "row" }, secret.row, roll),
    );
  }

  function nobody(): HTMLElement[] {
    return [make("p", { class: "note" }, "Choose a creature in the initiative list or on the field to change it.")];
  }

  function chosenParts({ id, name, hidden, hp, maxHp, autopilot, seat }: FighterView): HTMLElement[] {
    const hitPoints = numberInput("gm-hp", "Hit points", hp, 0, Math.min(HP_MAX, maxHp));
    const set = button("gm-set-hp", "Set", () => send(editOrder(id, { hp: hitPoints.value() })));
    // A player's creature cannot be hidden from its own player.
    const veil = button("gm-veil", hidden ? "Reveal" : "Hide", () =>
      send(aboutOrder(hidden ? "gm.reveal" : "gm.hide", id)),
    );
    const auto = button("gm-auto", autopilot ? "Take over" : "Let it play itself", () =>
      send(editOrder(id, { autopilot: !autopilot })),
    );
    veil.disabled = seat !== -1;
    const remove = button("gm-remove", "Remove", () => send(aboutOrder("gm.remove", id)), "danger");
    return [
      make("h3", {}, name),
      make("div", { class: "row" }, hitPoints.row, set),
      make("div", { class: "row" }, veil, auto, remove),
    ];
  }
}
