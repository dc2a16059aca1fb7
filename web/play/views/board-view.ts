import type { Auth, HypogeumError } from "../../../src/client/client.ts";
import type { BoardView, RecordsPage, RecordView } from "../../../src/ranking/boards.ts";
import { attempts } from "../../account/attempt.ts";
import { day } from "../../account/times.ts";
import { byId, make, setText } from "../../dom.ts";
import { boardHref, playerHref } from "../page-place.ts";
import { boardName, scoreText } from "../rating-words.ts";

const PAGE = 20;
const AROUND = 11;

/** The leaderboards: which there are, and the records of one. */
export function createBoardView(auth: Auth, signedOut: (error: HypogeumError) => void) {
  const nav = byId("board-list");
  const rows = byId("records");
  const more = byId<HTMLButtonElement>("more-records");
  const season = byId<HTMLSelectElement>("season");
  const around = byId<HTMLButtonElement>("around");
  const attempt = attempts(byId("boards-problem"), signedOut);
  let boards: readonly BoardView[] = [];
  let board: BoardView | undefined;
  let isAround = false;
  let cursor: string | null = null;
  /** Grows with every question, so that the answer to a former one is dropped. */
  let question = 0;

  async function load(id: string | null): Promise<void> {
    boards = (await auth.call<{ items: BoardView[] }>({ method: "GET", path: "v1/leaderboards" })).items;
    const chosen = boards.find((one) => one.id === id) ?? boards[0];
    if (chosen?.id !== board?.id) isAround = false;
    board = chosen;
    if (!board) return;
    nav.replaceChildren(...boards.map(link));
    // On a phone they stand in a row that is longer than the screen.
    nav.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    setText(byId("board-title"), boardName(board));
    fillSeasons(board.season.number);
    await read(null);
  }

  /** @param after null for the first page */
  async function read(after: string | null): Promise<void> {
    if (!board) return;
    question += 1;
    const asked = question;
    const query = new URLSearchParams({ limit: String(isAround && !after ? AROUND : PAGE), season: season.value });
    if (after) query.set("cursor", after);
    else if (isAround) query.set("around", "me");
    const path = `v1/leaderboards/${encodeURIComponent(board.id)}/records?${query}`;
    const page = await auth.call<RecordsPage>({ method: "GET", path });
    if (asked === question) show(page, after !== null, board);
  }

  function show({ items, nextCursor, season: shown, total }: RecordsPage, isMore: boolean, of: BoardView): void {
    const found = items.map((record) => row(record, of));
    if (isMore) rows.append(...found);
    else rows.replaceChildren(...found);
    cursor = nextCursor;
    more.hidden = cursor === null;
    const isEmpty = rows.children.length === 0;
    byId("records-table").hidden = isEmpty;
    byId("no-records").hidden = !isEmpty;
    setText(byId("no-records"), emptyWords(isAround, total));
    const players = total === 1 ? "1 player" : `${total.toLocaleString("en-GB")} players`;
    const until = shown.endsAt ? `, ends on ${day(shown.endsAt)}` : "";
    setText(byId("season-words"), `${players} · since ${day(shown.startedAt)}${until}`);
    around.setAttribute("aria-pressed", String(isAround));
  }

  function row({ rank, playerId, name, score, achievedAt }: RecordView, of: BoardView): HTMLElement {
    const isOwn = playerId === auth.current?.account.id;
    const who = make("a", { href: playerHref(playerId) }, name);
    const when = make("time", { datetime: achievedAt }, day(achievedAt));
    return make(
      "tr",
      { "data-own": isOwn ? "" : null, "data-player": playerId },
      make("td", { class: "rank" }, String(rank)),
      make("th", { scope: "row" }, who, ...(isOwn ? [make("span", { class: "tag" }, "you")] : [])),
      make("td", { class: "score" }, scoreText(score, of)),
      make("td", { class: "when" }, when),
    );
  }

  function link(one: BoardView): HTMLElement {
    const current = one.id === board?.id ? "page" : null;
    return make("li", {}, make("a", { href: boardHref(one.id), "aria-current": current }, boardName(one)));
  }

  function fillSeasons(current: number): void {
    const options = Array.from({ length: current }, (_, at) => current - at).map((number) =>
      make("option", { value: String(number) }, number === current ? `${number}, running` : String(number)),
    );
    season.replaceChildren(...options);
  }

  season.addEventListener("change", () => void attempt(() => read(null)));
  around.addEventListener("click", () => {
    isAround = !isAround;
    void attempt(() => read(null));
  });
  more.addEventListener("click", () => void attempt(() => read(cursor)));
  byId("boards-again").addEventListener("click", () => void attempt(() => load(board?.id ?? null)));
  return { load: (id: string | null) => attempt(() => load(id)) };
}

function emptyWords(isAround: boolean, total: number): string {
  if (total === 0) return "Nobody has a place here yet. Be the first.";
  return isAround ? "You have no place here yet. Play a match that counts." : "There are no more.";
}
