import type { Role } from "../../../src/client/client.ts";
import { byId } from "../../dom.ts";

/** The panel with links and the way out; also shown while the match waits for its second fighter. */
export function createMenuView(copyCoachLink: () => void) {
  const menu = byId("menu");
  const button = byId("open-menu");
  const coach = byId("copy-coach");
  let open = false;

  function toggle(wanted = !open): void {
    open = wanted;
    button.setAttribute("aria-expanded", String(open));
    menu.hidden = !open;
    // Back to the game, whose keys a focused button would keep to itself.
    if (!open && document.activeElement instanceof HTMLElement) document.activeElement.blur();
  }

  button.addEventListener("click", () => toggle());
  coach.addEventListener("click", copyCoachLink);
  addEventListener("keydown", ({ code }) => code === "Escape" && !button.hidden && toggle());
  byId("field").addEventListener("pointerdown", () => toggle(false));

  return {
    close: () => toggle(false),
    render(isThere: boolean, role: Role): void {
      button.hidden = !isThere;
      if (!isThere && open) toggle(false);
      for (const part of [coach, coach.parentElement!.nextElementSibling as HTMLElement]) {
        part.hidden = role !== "player";
      }
    },
  };
}
