import { byId, make, redraw, setText } from "../../dom.ts";
import type { TableView } from "../table-view.ts";
import { bannerOf, bidWords, nameOf } from "../words.ts";
import { die } from "./dice.ts";

const PAUSED = "Paused by the host. The table waits as it is, and your seat is kept.";

/** Where the game stands: a sentence, the round, the bid to beat, and the time left. */
export function createCentreView(serverNow: () => number) {
  const phase = byId("phase");
  const round = byId("round");
  const bid = byId("current-bid");
  const countdown = byId("countdown");
  const bar = byId<HTMLProgressElement>("countdown-bar");
  const seconds = byId("countdown-text");
  let deadline = 0;

  function tick(): void {
    const left = Math.max(0, Math.ceil((deadline - serverNow()) / 1000));
    countdown.hidden = deadline === 0;
    if (deadline === 0) return;
    bar.value = left;
    setText(seconds, `${left} s`);
  }
  setInterval(tick, 250);

  return {
    render(table: TableView, own: number | null, isPaused: boolean): void {
      phase.dataset.phase = table.phase;
      phase.dataset.paused = String(isPaused);
      setText(phase, isPaused ? PAUSED : bannerOf(table, own));
      setText(round, table.round > 0 ? `Round ${table.round}` : "Before the first roll");
      redraw(bid, [table.bid, table.phase, own], () => bidPicture(table, own));
      // While the session is paused its timers stand still; the deadline moves on when it is resumed.
      deadline = table.phase === "over" || isPaused ? 0 : table.deadline;
      countdown.dataset.what = table.phase;
      tick();
    },
  };
}

function bidPicture(table: TableView, own: number | null): HTMLElement[] {
  const { bid } = table;
  if (!bid) return [make("span", { class: "nothing" }, table.phase === "bidding" ? "No bid yet" : "—")];
  const count = make("span", { class: "times" }, `${bid.count} ×`);
  const by = make("span", { class: "by" }, `${bidWords(bid.count, bid.face)} · ${nameOf(table, bid.seat, own)}`);
  return [make("span", { class: "figure" }, count, die(bid.face)), by];
}
