import { byId, make, redraw } from "../../dom.ts";
import type { FighterView, FightView } from "../fight-view.ts";
import { isComplete, type Plan, planWords, targetChips } from "../plan.ts";

export interface AimEvents {
  target(id: string): void;
  confirm(): void;
  cancel(): void;
}

/** What is being aimed: who may be chosen, by name too, and the buttons to go through with it or not. */
export function createAimView(events: AimEvents) {
  const panel = byId("aim");

  return {
    render(fight: FightView, actor: FighterView | undefined, plan: Plan): void {
      panel.hidden = plan.kind === "idle" || !actor;
      if (!actor || panel.hidden) return;
      const chips = targetChips(fight, actor, plan);
      const words = planWords(fight, actor, plan);
      redraw(panel, [words, chips, isComplete(plan), plan.kind], () => [
        make("p", { "data-testid": "aim-words" }, words),
        ...(chips.length > 0
          ? [make("div", { class: "chips", role: "group", "aria-label": "Targets" }, ...chips.map(chipOf))]
          : []),
        make("div", { class: "row" }, ...(isComplete(plan) ? [confirmButton(plan)] : []), cancelButton()),
      ]);
    },
  };

  function chipOf({ id, name, why, times, note }: ReturnType<typeof targetChips>[number]): HTMLElement {
    const more = [times > 0 ? `×${times}` : "", why ?? note].filter((part) => part !== "").join(" · ");
    const button = make(
      "button",
      {
        type: "button",
        "data-testid": `target-${id}`,
        "aria-disabled": why === null ? null : "true",
        "data-chosen": String(times > 0),
      },
      name,
      ...(more === "" ? [] : [make("small", {}, more)]),
    );
    button.addEventListener("click", () => events.target(id));
    return button;
  }

  function confirmButton(plan: Plan): HTMLElement {
    const text = plan.kind === "walk" ? `Move ${plan.walk.feet} ft` : "Do it";
    const button = make("button", { type: "button", class: "primary", "data-testid": "aim-confirm" }, text);
    button.addEventListener("click", () => events.confirm());
    return button;
  }

  function cancelButton(): HTMLElement {
    const button = make("button", { type: "button", "data-testid": "aim-cancel" }, "Cancel");
    button.addEventListener("click", () => events.cancel());
    return button;
  }
}
