import type { Auth, HypogeumError } from "../../../src/client/client.ts";
import type { MatchView, RatingView } from "../../../src/ranking/players.ts";
import { attempts } from "../../account/attempt.ts";
import { agoElement } from "../../account/times.ts";
import { byId, make, setText } from "../../dom.ts";
import { matchLine } from "../match-words.ts";
import { playerHref } from "../page-place.ts";
import { type Chart, chartOf } from "../rating-chart.ts";
import { ratingHistory } from "../rating-history.ts";
import { changeText, inPoints, ladderName, pointsText, recordText } from "../rating-words.ts";
import { chartElement } from "./chart-view.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const MATCHES_PAGE = 10;
const HISTORY = 50;

/** What everybody may know of a player: ratings with their history, and matches. */
export function createPlayerView(auth: Auth, signedOut: (error: HypogeumError) => void) {
  const ratings = byId("ratings");
  const matches = byId("matches");
  const more = byId<HTMLButtonElement>("more-matches");
  const attempt = attempts(byId("player-problem"), signedOut);
  let id = "";
  let cursor: string | null = null;
  let question = 0;

  async function load(wanted: string | null): Promise<void> {
    question += 1;
    const asked = question;
    const playerId = wanted ?? (await auth.ensure()).account.id;
    if (playerId !== id) clear();
    id = playerId;
    const path = `v1/players/${encodeURIComponent(playerId)}`;
    const [{ name }, rated, page] = await Promise.all([
      auth.call<{ name: string }>({ method: "GET", path }),
      auth.call<{ items: RatingView[] }>({ method: "GET", path: `${path}/rating?history=${HISTORY}` }),
      matchPage(null),
    ]);
    if (asked !== question) return;
    setText(byId("player-name"), name);
    byId("player-you").hidden = playerId !== auth.current?.account.id;
    byId("player-parts").hidden = false;
    byId("no-ratings").hidden = rated.items.length > 0;
    ratings.replaceChildren(
      ...rated.items.map((rating) => ratingCard(rating, chartOf(ratingHistory(rating, page.items, playerId)))),
    );
    showMatches(page, false);
  }

  function clear(): void {
    byId("player-parts").hidden = true;
    setText(byId("player-name"), "…");
    byId("player-you").hidden = true;
  }

  function matchPage(after: string | null): Promise<Page<MatchView>> {
    const query = new URLSearchParams({ limit: String(MATCHES_PAGE), ...(after ? { cursor: after } : {}) });
    return auth.call({ method: "GET", path: `v1/players/${encodeURIComponent(id)}/matches?${query}` });
  }

  function showMatches({ items, nextCursor }: Page<MatchView>, isMore: boolean): void {
    const found = items.flatMap((match) => matchItem(match) ?? []);
    if (isMore) matches.append(...found);
    else matches.replaceChildren(...found);
    byId("no-matches").hidden = matches.children.length > 0;
    cursor = nextCursor;
    more.hidden = cursor === null;
  }

  function matchItem(match: MatchView): HTMLElement | null {
    const line = matchLine(match, id);
    if (!line) return null;
    const { outcome, result, opponents, mates, change, rating, wasReversed } = line;
    const against = [...(mates.length > 0 ? [" with ", ...links(mates)] : []), " against ", ...links(opponents)];
    const ago = agoElement(match.endedAt, auth.serverNow());
    const what = make("p", { class: "what" }, make("span", { class: "outcome" }, result), ladderName(match));
    const who = make("p", { class: "note" }, ...against, " · ", ago);
    const figure = wasReversed
      ? [make("span", { class: "tag" }, "taken back")]
      : [
          make(
            "span",
            { class: "change", "data-testid": "change", "data-sign": String(Math.sign(change ?? 0)) },
            changeText(change ?? 0),
          ),
          make("span", { class: "note" }, `to ${pointsText(rating)}`),
        ];
    return make(
      "li",
      { "data-match": match.id, "data-outcome": outcome },
      make("div", {}, what, who),
      make("p", { class: "figure" }, ...figure),
    );
  }

  more.addEventListener("click", () => {
    void attempt(async () => showMatches(await matchPage(cursor), true));
  });
  byId("player-again").addEventListener("click", () => void attempt(() => load(id || null)));
  return { load: (wanted: string | null) => attempt(() => load(wanted)) };
}

function links(players: MatchView["players"]): (Node | string)[] {
  return players.flatMap(({ playerId, name }, at) => [
    ...(at > 0 ? [", "] : []),
    make("a", { href: playerHref(playerId) }, name),
  ]);
}

function ratingCard(rating: RatingView, chart: Chart | null): HTMLElement {
  const { mu, sigma, rating: sure, season, isProvisional } = rating;
  const name = make(
    "h3",
    {},
    ladderName(rating),
    ...(isProvisional ? [make("span", { class: "tag" }, "provisional")] : []),
  );
  const figure = make("p", { class: "rating", "data-testid": "rating" }, pointsText(inPoints(sure)));
  const skill = `Skill ${pointsText(inPoints(mu))}, give or take ${pointsText(3 * inPoints(sigma))}`;
  return make(
    "li",
    { class: "rated card", "data-ladder": rating.ladder },
    make("div", { class: "rated-head" }, name, figure),
    make("p", { class: "note" }, `${skill} · season ${season}: ${recordText(rating)}`),
    ...(chart
      ? [chartElement(chart, rating)]
      : [make("p", { class: "note" }, "A chart takes a match of this season.")]),
  );
}
