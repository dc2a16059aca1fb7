import { byId, make, redraw } from "../../dom.ts";
import type { FightView } from "../fight-view.ts";
import { lifeWords, playerOf, resultOf, sideName } from "../words.ts";
import { button } from "./form.ts";

/** How the fight ended, and how everybody came out of it. */
export function createResultView(again: () => void) {
  const panel = byId("result");
  return {
    render(fight: FightView): void {
      panel.hidden = fight.phase !== "ended";
      if (panel.hidden) return;
      const fighters = fight.fighters
        .filter(({ life }) => life !== "gone")
        .sort((a, b) => rank(fight, a.side) - rank(fight, b.side));
      redraw(panel, [fight.winner, fighters, fight.round], () => [
        make("h2", { "data-testid": "result-words" }, resultOf(fight)),
        make("p", { class: "note" }, fight.round === 1 ? "After one round." : `After ${fight.round} rounds.`),
        make(
          "ul",
          {},
          ...fighters.map((fighter) =>
            make(
              "li",
              { "data-side": String(fighter.side % 4), "data-life": fighter.life },
              make("b", {}, fighter.name),
              make("small", {}, `${sideName(fighter.side)} · ${playerOf(fight, fighter)}`),
              make("span", {}, lifeWords(fighter)),
            ),
          ),
        ),
        button("again", "Another fight", again, "primary"),
      ]);
    },
  };
}

function rank({ winner }: FightView, side: number): number {
  return side === winner ? -1 : side;
}
