import { HZ } from "../../../src/arena/world.rules.ts";
import { byId, make, redraw, setText } from "../../dom.ts";
import { seatColour } from "../draw/palette.ts";
import { clockText, type MatchView, nameOf, type PlayerView, standings } from "../match-view.ts";

/** The scores during the match, and the result after it. */
export function createStandingsView(playAgain: () => void, toStart: () => void) {
  const scores = byId("scores");
  const rows = byId("scores-rows");
  const result = byId("result");
  const title = byId("result-title");
  const text = byId("result-text");
  const resultRows = byId("result-rows");
  const button = byId("open-scores");
  let pinned = false;

  byId("play-again").addEventListener("click", playAgain);
  byId("to-start").addEventListener("click", toStart);

  return {
    /** On a phone there is no key to hold. */
    toggle(): void {
      pinned = !pinned;
      button.setAttribute("aria-pressed", String(pinned));
    },

    /** @param held whether the key for the scores is down */
    render(match: MatchView, seat: number | null, held: boolean): void {
      const over = match.phase === "over";
      scores.hidden = over || !(held || pinned);
      result.hidden = !over;
      const players = standings(match);
      if (!scores.hidden) redraw(rows, [players.map(rowKey), seat], () => tableRows(players, seat));
      if (!over) return;
      setText(title, titleOf(match, seat));
      setText(text, textOf(match, seat));
      redraw(resultRows, [players.map(rowKey), seat], () => tableRows(players, seat));
      result.dataset.won = String(match.winner === seat);
    },
  };
}

function titleOf(match: MatchView, seat: number | null): string {
  if (match.winner < 0) return "Draw";
  if (match.winner === seat) return "Victory";
  return seat === null ? `${nameOf(match, match.winner)} wins` : "Defeat";
}

function textOf(match: MatchView, seat: number | null): string {
  const lasted = clockText(Math.floor(match.tick / HZ));
  if (match.winner < 0) return `Nobody came out on top in ${lasted}.`;
  if (match.winner !== seat) return `${nameOf(match, match.winner)} takes the match after ${lasted}.`;
  return match.players.length > 1
    ? `The arena is yours after ${lasted}.`
    : `You are the last one here after ${lasted}.`;
}

function rowKey({ seat, name, score, deaths, connected, away }: PlayerView) {
  return [seat, name, score, deaths, connected, away];
}

function tableRows(players: readonly PlayerView[], own: number | null): HTMLElement[] {
  return players.map(({ seat, name, score, deaths, connected, away }) => {
    const dot = make("span", { class: "dot" });
    dot.style.background = seatColour(seat);
    const state = connected ? (away ? "away" : null) : "disconnected";
    const tag = state ? [make("span", { class: "tag" }, state)] : [];
    const who = make("th", { scope: "row" }, dot, name || `Seat ${seat + 1}`, ...tag);
    const figures = [score, deaths].map((figure) => make("td", {}, String(figure)));
    return make("tr", { "data-seat": String(seat), "data-own": seat === own ? "" : null }, who, ...figures);
  });
}
