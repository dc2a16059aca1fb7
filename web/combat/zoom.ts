import { byId } from "../dom.ts";
import type { Battlefield } from "./field/battlefield.ts";
import { actorOf, type FightView, fighterOf } from "./fight-view.ts";

/**
 * Close up, a finger meets the square it means; the field then scrolls within its frame and follows whose turn it is.
 * On a screen that is wide enough for all of it there is nothing to choose.
 */
export function wireZoom(field: Battlefield) {
  const toggle = byId("zoom");
  const frame = byId("field-scroll");
  let followed = "";
  let latest: FightView | null = null;

  toggle.addEventListener("click", () => {
    const isWhole = toggle.getAttribute("aria-pressed") !== "true";
    toggle.setAttribute("aria-pressed", String(isWhole));
    frame.dataset.whole = String(isWhole);
    followed = "";
    if (latest) follow(latest);
  });

  function follow(fight: FightView): void {
    const fighter = fighterOf(fight, fight.current) ?? actorOf(fight);
    const key = fighter ? `${fighter.id}:${fighter.at.x}:${fighter.at.y}` : "";
    if (!fighter || key === followed) return;
    followed = key;
    const box = frame.getBoundingClientRect();
    const { x, y } = field.onScreen(fighter.at);
    frame.scrollBy({ left: x - (box.left + box.width / 2), top: y - (box.top + box.height / 2) });
  }

  return {
    render(fight: FightView): void {
      latest = fight;
      toggle.hidden = frame.scrollWidth <= frame.clientWidth && frame.dataset.whole !== "true";
      follow(fight);
    },
  };
}
