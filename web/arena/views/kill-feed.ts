import { byId, make } from "../../dom.ts";
import { seatColour } from "../draw/palette.ts";
import { type MatchView, nameOf } from "../match-view.ts";

const SHOWN_MS = 6000;
const SHOWN_MAX = 5;

/** Who took out whom, the latest last; each line goes away by itself. */
export function createKillFeed() {
  const list = byId("kills");

  return {
    add(match: MatchView, by: number, victim: number, own: number | null): void {
      const arrow = make("span", { class: "arrow", "aria-label": "took out" }, "▸");
      const mine = by === own || victim === own ? "" : null;
      const item = make("li", { "data-own": mine }, fighter(match, by), arrow, fighter(match, victim));
      list.append(item);
      while (list.children.length > SHOWN_MAX) list.firstElementChild?.remove();
      setTimeout(() => item.remove(), SHOWN_MS);
    },

    clear(): void {
      list.replaceChildren();
    },
  };
}

function fighter(match: MatchView, seat: number): HTMLElement {
  const name = make("b", {}, nameOf(match, seat));
  name.style.color = seatColour(seat);
  return name;
}
