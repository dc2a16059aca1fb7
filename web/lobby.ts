import type { Auth } from "../src/client/client.ts";
import { byId, setText } from "./dom.ts";
import { carriedTo } from "./handoff.ts";
import { linkTo, placeIn } from "./place.ts";
import type { SessionLink } from "./session-link.ts";
import { copyLink } from "./views/toasts.ts";

/** The buttons by which a session is entered, shared and left: the same on every game's page. */
export function wireLobby<State, View>(link: SessionLink<State, View>): void {
  const wanted = byId<HTMLInputElement>("wanted-id");
  const join = byId("join");
  const place = () => placeIn(wanted.value);
  const name = () => setText(join, place()?.role === "coach" ? "Coach" : "Join");
  const readLink = () => {
    wanted.value = decodeURI(location.hash.slice(1));
    name();
  };
  readLink();
  addEventListener("hashchange", readLink);
  wanted.addEventListener("input", name);
  byId("quick-play").addEventListener("click", () => void link.quickPlay());
  byId("by-id").addEventListener("submit", (event) => {
    event.preventDefault();
    const there = place();
    if (there) void link.join(there);
  });
  byId("watch").addEventListener("click", () => {
    const there = place();
    if (there) void link.join({ id: there.id, role: "spectator" });
  });
  for (const button of document.querySelectorAll<HTMLElement>("[data-copy-link]")) {
    button.addEventListener("click", () => void copyLink(linkTo({ id: link.place?.id ?? "" })));
  }
  byId("leave").addEventListener("click", () => link.leave());
  byId("return").addEventListener("click", () => void link.comeBack());
  byId("back-to-lobby").addEventListener("click", () => link.forget());
}

/** Goes on where this tab was: with the seat it was handed, or back to its game, or nowhere yet. */
export async function goOn<State, View>(link: SessionLink<State, View>, auth: Auth): Promise<void> {
  const seat = carriedTo(link.game);
  if (seat) return link.arrive(seat);
  if (link.place) return link.comeBack();
  // Only for the name at the top; whoever enters a game is asked again, and told what is wrong.
  await auth.restore().catch(() => null);
}
