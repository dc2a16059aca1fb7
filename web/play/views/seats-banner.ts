import type { Hypogeum, MySeat } from "../../../src/client/client.ts";
import { gameName } from "../../account/session-words.ts";
import { byId, make } from "../../dom.ts";
import { PAGES } from "../../handoff.ts";
import { writePlace } from "../../place.ts";

/** The way back into games that run, as for somebody who went away from a match. */
export function createSeatsBanner(hypogeum: Hypogeum) {
  const banner = byId("seats");

  function link({ sessionId, type, role }: MySeat): HTMLElement[] {
    const page = PAGES[type];
    if (page === undefined) return [];
    const element = make("a", { class: "button primary", href: `${page}#${sessionId}` }, `Back to ${gameName(type)}`);
    element.addEventListener("click", () => writePlace(type, { id: sessionId, role }));
    return [element];
  }

  return {
    async load(): Promise<void> {
      // An extra: without an answer there is none.
      const seats = await hypogeum.seats().catch(() => []);
      const links = seats.flatMap(link);
      banner.hidden = links.length === 0;
      const count = links.length === 1 ? "A game of yours is running." : `${links.length} games of yours are running.`;
      banner.replaceChildren(make("p", {}, count), make("div", { class: "row" }, ...links));
    },
  };
}
