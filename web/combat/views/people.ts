import { byId, make, redraw } from "../../dom.ts";
import type { FightView } from "../fight-view.ts";

/** Who sits at the table, and whether they are there. */
export function createPeopleView() {
  const list = byId("people");
  return {
    render({ people, own }: FightView): void {
      redraw(list, [people, own], () =>
        people.map(({ seat, gm, name, connected }) => {
          const state = connected ? "connected" : "away";
          const dot = make("span", { class: "dot", role: "img", "aria-label": state, title: state });
          const you = seat === own?.seat ? " (you)" : "";
          const tag = gm ? [make("span", { class: "tag" }, "game master")] : [];
          return make(
            "li",
            { class: "person", "data-seat": String(seat), "data-connected": String(connected) },
            dot,
            `${name || `Seat ${seat + 1}`}${you}`,
            ...tag,
          );
        }),
      );
    },
  };
}
