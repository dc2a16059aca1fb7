import { byId, make, redraw } from "../../dom.ts";
import type { LogLine } from "../fight-log.ts";
import { type RollView, rollWords } from "../rolls.ts";

const LINES_MAX = 250;

/**
 * What happened, newest first, with every die.
 *
 * @param rewind asked for by a press on an entry's number, which only a game master is offered
 */
export function createLogView(rewind: (seq: number) => void) {
  const list = byId("log");
  return {
    render(newestLast: readonly LogLine[], mayRewind: boolean): void {
      const lines = newestLast.slice(-LINES_MAX).reverse();
      redraw(list, [lines, mayRewind], () => lines.map((line) => item(line, mayRewind)));
    },
  };

  function item({ seq, text, rolls, tone }: LogLine, mayRewind: boolean): HTMLElement {
    const secret = tone === "secret" ? [make("span", { class: "tag" }, "only you")] : [];
    return make(
      "li",
      { "data-seq": String(seq), "data-tone": tone },
      make("p", {}, text, ...secret, ...(mayRewind ? [back(seq)] : [])),
      ...(rolls.length > 0 ? [make("p", { class: "rolls" }, ...rolls.map(rollOf))] : []),
    );
  }

  function back(seq: number): HTMLElement {
    const label = `Go back to right after entry ${seq}`;
    const button = make(
      "button",
      { type: "button", class: "back", "data-testid": `rewind-${seq}`, title: label, "aria-label": label },
      "↺",
    );
    button.addEventListener("click", () => rewind(seq));
    return button;
  }
}

/** The dice as dice, and the whole roll in words for those who do not see it. */
export function rollOf(roll: RollView): HTMLElement {
  const { label, dice, modifier, total } = roll;
  const shown = dice.map(({ sides, value, counts }) => {
    const edge = sides === 20 && counts ? (value === 20 ? "best" : value === 1 ? "worst" : "") : "";
    const name = `d${sides}`;
    return make(
      "span",
      { class: "d", "data-die": name, "data-counts": String(counts), "data-edge": edge },
      make("i", {}, name),
      String(value),
    );
  });
  const sign = modifier < 0 ? "−" : "+";
  const plus = modifier === 0 ? [] : [make("span", { class: "mod" }, `${sign} ${Math.abs(modifier)}`)];
  const parts = [...shown, ...plus, make("span", { class: "sum" }, `= ${total}`)];
  const picture = make(
    "span",
    { class: "picture", "aria-hidden": "true" },
    make("span", { class: "roll-label" }, label),
    ...parts,
  );
  return make("span", { class: "roll" }, picture, make("span", { class: "spoken" }, rollWords(roll)));
}
