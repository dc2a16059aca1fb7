import { byId, setText } from "../../dom.ts";

/** Shows one of the page's parts, and which of the links leads to it. */
export function showPart(page: string): void {
  for (const section of document.querySelectorAll<HTMLElement>("[data-page]")) {
    section.hidden = section.dataset.page !== page;
  }
  for (const link of document.querySelectorAll<HTMLElement>("[data-to]")) {
    if (link.dataset.to === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

/** Stands before everything else while nobody is signed in. @param button what leads in; null while nothing does */
export function showDoor(words: string, button: string | null): void {
  byId("rooms").hidden = true;
  byId("loading").hidden = false;
  setText(byId("loading-text"), words);
  byId("load-again").hidden = button === null;
  setText(byId("load-again"), button ?? "");
}

export function openDoor(): void {
  byId("loading").hidden = true;
  byId("rooms").hidden = false;
}
