import { ABILITIES } from "../../../src/combat/content/abilities.rules.ts";
import { make } from "../../dom.ts";
import { creatureOf, type FighterView, type FightView, isPresent } from "../fight-view.ts";
import type { Order } from "../orders.ts";
import { button, select } from "./form.ts";

const TRIGGERS = [
  ["approach", "comes within reach or range"],
  ["attack", "attacks"],
  ["cast", "uses an ability"],
] as const;

/** Asks what is readied, and what sets it off. */
export function createReadyDialog(send: (order: Order) => void) {
  const body = make("div", { class: "ready-body" });
  const dialog = make(
    "dialog",
    { class: "card ready", "data-testid": "ready", "aria-labelledby": "ready-title" },
    make("h2", { id: "ready-title" }, "Ready an action"),
    body,
  ) as HTMLDialogElement;
  document.body.append(dialog);

  return {
    open(fight: FightView, actor: FighterView): void {
      const by = select("ready-by", "When", [["", "any enemy"], ...enemiesOf(fight, actor)]);
      const trigger = select("ready-trigger", "does this", TRIGGERS);
      const action = select("ready-action", "then", readiableOf(actor));
      const confirm = button("ready-confirm", "Ready", () => {
        const [type = "attack", id = ""] = action.element.value.split(":");
        send({ type: "ready", data: { trigger: trigger.element.value, by: by.element.value, action: { type, id } } });
        dialog.close();
      });
      confirm.classList.add("primary");
      const cancel = button("ready-cancel", "Cancel", () => dialog.close());
      body.replaceChildren(by.row, trigger.row, action.row, make("div", { class: "row" }, confirm, cancel));
      dialog.showModal();
    },
  };
}

function enemiesOf({ fighters }: FightView, { side }: FighterView): [string, string][] {
  return fighters.filter((fighter) => fighter.side !== side && isPresent(fighter)).map(({ id, name }) => [id, name]);
}

/** What can wait for an enemy: attacks, and abilities of cost action that are not for oneself or a friend. */
export function readiableOf(actor: FighterView): [string, string][] {
  const { attacks, abilities } = creatureOf(actor);
  const spells = abilities
    .flatMap((id) => ABILITIES.get(id) ?? [])
    .filter(({ id, cost, target }) => {
      const isAtOthers = target !== "self" && target !== "ally";
      return cost === "action" && isAtOthers && (actor.uses[id] ?? 1) > 0;
    });
  return [
    ...attacks.map(({ id, name }): [string, string] => [`attack:${id}`, name]),
    ...spells.map(({ id, name }): [string, string] => [`cast:${id}`, name]),
  ];
}
