import { ABILITIES } from "../../../src/combat/content/abilities.rules.ts";
import { byId, make, redraw, setText } from "../../dom.ts";
import { creatureOf, type FightView, fighterOf, type OptionView, type ReactorView } from "../fight-view.ts";
import { nameOf } from "../words.ts";
import { timeWords } from "./status.ts";

const REASONS: Readonly<Record<string, (by: string) => string>> = {
  opportunity: (by) => `${by} is about to leave your reach.`,
  hit: (by) => `${by} hits you. The damage is not rolled yet.`,
  cast: (by) => `${by} begins to cast.`,
  ready: (by) => `${by} sets off what you readied.`,
};
const TICK_MS = 250;

/**
 * The prompt for a reaction, with the time that is left for it. It takes the focus once, when it opens.
 *
 * @param react `take` is the index of the option, or null to let it pass
 */
export function createReactionView(serverNow: () => number, react: (id: string, take: number | null) => void) {
  const panel = byId("reaction");
  let deadline = 0;
  let shownFor = "";

  function tick(): void {
    const time = panel.querySelector<HTMLElement>("[data-time]");
    if (!time || deadline === 0) return;
    setText(time, timeWords(Math.max(0, deadline - serverNow())));
  }
  setInterval(tick, TICK_MS);

  return {
    render(fight: FightView, isOpen: boolean, isBusy: boolean): void {
      const reactor = fight.reactors[0];
      const { window } = fight;
      panel.hidden = !reactor || !window || fight.phase !== "active";
      deadline = fight.deadline;
      if (!reactor || !window || panel.hidden) return;
      redraw(panel, [window.id, reactor, isOpen && !isBusy, deadline > 0], () =>
        parts(fight, reactor, isOpen && !isBusy),
      );
      tick();
      const key = `${window.id}:${reactor.id}`;
      if (key !== shownFor) panel.querySelector<HTMLElement>("button")?.focus({ preventScroll: false });
      shownFor = key;
    },
  };

  function parts(fight: FightView, reactor: ReactorView, mayAnswer: boolean): HTMLElement[] {
    const { window, deadline: until } = fight;
    const why = REASONS[window?.kind ?? ""]?.(nameOf(fight, window?.by ?? "")) ?? "";
    const time = make("span", { class: "time", "data-time": "", "aria-hidden": "true" });
    const options = reactor.options.map((option, index) =>
      button(optionWords(fight, reactor.id, option), `react-${index}`, index),
    );
    const pass = button("Let it pass", "react-pass", null);
    if (!mayAnswer) for (const each of [...options, pass]) each.setAttribute("disabled", "");
    options[0]?.classList.add("primary");
    const title = make("h2", { id: "reaction-title" }, `Reaction: ${nameOf(fight, reactor.id)}`);
    return [
      make("div", { class: "reaction-head" }, title, ...(until > 0 ? [time] : [])),
      make("p", {}, why),
      make("div", { class: "row" }, ...options, pass),
    ];

    function button(text: string, testId: string, take: number | null): HTMLElement {
      const element = make("button", { type: "button", "data-testid": testId }, text);
      element.addEventListener("click", () => react(reactor.id, take));
      return element;
    }
  }
}

function optionWords(fight: FightView, id: string, { kind, what, target }: OptionView): string {
  const fighter = fighterOf(fight, id);
  const on = target === id ? "" : ` on ${nameOf(fight, target)}`;
  if (kind === "ability") return `Use ${ABILITIES.get(what)?.name ?? what}${on}`;
  if (!fighter) return "React";
  const attack = kind === "attack" ? what : fighter.readyId;
  const name =
    creatureOf(fighter).attacks.find((each) => each.id === attack)?.name ?? ABILITIES.get(attack)?.name ?? attack;
  return kind === "attack" ? `Attack with ${name}${on}` : `Carry out ${name}${on}`;
}
