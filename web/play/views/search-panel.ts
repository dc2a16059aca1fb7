import type { Nearby } from "../../../src/matchmaking/matchmaking-types.rules.ts";
import type { TicketView } from "../../../src/matchmaking/ticket-view.ts";
import { byId, make, redraw, setText } from "../../dom.ts";
import { queueName } from "../queue-words.ts";
import type { Search } from "../search.ts";
import {
  clock,
  endInWords,
  estimateInWords,
  isWaiting,
  nearbyInWords,
  statusInWords,
  windowInWords,
} from "../search-words.ts";
import { windowStrip } from "./window-strip.ts";

const TICK_MS = 250;

/** How the search goes. @param now ms since the epoch by the server's clock */
export function createSearchPanel(search: Search, now: () => number, cancel: () => void) {
  const panel = byId("search");
  const ended = byId("search-end");
  const bar = byId<HTMLProgressElement>("search-bar");
  const cancelButton = byId<HTMLButtonElement>("cancel");
  cancelButton.addEventListener("click", cancel);

  function tick(): void {
    const { ticket, explanation } = search;
    if (!ticket) return;
    const waited = now() - Date.parse(ticket.createdAt);
    setText(byId("search-time"), clock(waited));
    setText(byId("search-estimate"), isWaiting(ticket) ? estimateInWords(ticket.estimatedWaitSeconds, waited) : "");
    bar.hidden = !explanation;
    const limit = explanation ? explanation.waitedSeconds + explanation.timeoutInSeconds : 0;
    setText(byId("search-limit"), explanation ? `of ${clock(limit * 1000)}` : "");
    bar.max = Math.max(limit, 1);
    bar.value = Math.min(bar.max, waited / 1000);
  }

  function renderTicket(ticket: TicketView): void {
    const { explanation } = search;
    panel.dataset.status = ticket.status;
    setText(byId("search-status"), statusInWords(ticket));
    setText(byId("search-title"), queueName(ticket.queue));
    setText(byId("search-sentence"), sentenceOf(ticket, explanation?.sentence));
    setText(byId("search-window"), explanation ? windowInWords(explanation) : "");
    const nearest = explanation?.nearest ?? [];
    byId("search-near").hidden = nearest.length === 0;
    redraw(byId("search-strip"), [nearest, explanation?.window], () => (explanation ? [windowStrip(explanation)] : []));
    redraw(byId("search-nearest"), nearest, () => nearest.map(nearby));
    cancelButton.hidden = !isWaiting(ticket);
  }

  setInterval(tick, TICK_MS);
  return {
    render(): void {
      const { ticket, lastEnd } = search;
      panel.hidden = ticket === null;
      const end = ticket || !lastEnd ? null : endInWords(lastEnd);
      ended.hidden = end === null;
      setText(ended, end ?? "");
      if (ticket) renderTicket(ticket);
      tick();
    },
  };
}

function sentenceOf({ status, players }: TicketView, sentence: string | undefined): string {
  if (status === "requires_acceptance") return "Waiting for everybody to accept.";
  if (status === "placing" || status === "completed") return "You are taken to the game.";
  const party = players.length > 1 ? ` Your party of ${players.length} stays together.` : "";
  return (sentence ?? "You are in the queue.") + party;
}

function nearby(one: Nearby): HTMLElement {
  return make("li", { "data-blocked": one.blocked ?? "none" }, nearbyInWords(one));
}
