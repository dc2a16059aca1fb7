import { type Auth, type Call, HypogeumError } from "../../../src/client/client.ts";
import { byId, make } from "../../dom.ts";
import { PAGES } from "../../handoff.ts";
import { writePlace } from "../../place.ts";
import { attempts } from "../attempt.ts";
import { confirmed } from "../confirm.ts";
import { company, gameName, outcome, type SessionItem, statusWords } from "../session-words.ts";
import { agoElement } from "../times.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const RUNNING_MAX = 20;
const PLAYED_PAGE = 10;

/** Where the account has a seat, with the way back into it; what it has played, and how that ended. */
export function createGamesView(auth: Auth, signedOut: (error: HypogeumError) => void) {
  const running = byId("games");
  const played = byId("played");
  const more = byId("more-played");
  const attempt = attempts(byId("games-problem"), signedOut);
  let open: readonly SessionItem[] = [];
  let ended: readonly SessionItem[] = [];
  let cursor: string | null = null;

  async function read(): Promise<void> {
    const [seats, page] = await Promise.all([openSessions(), playedPage(null)]);
    [open, ended, cursor] = [seats, page.items, page.nextCursor];
    render();
  }

  async function readMore(): Promise<void> {
    const page = await playedPage(cursor);
    [ended, cursor] = [[...ended, ...page.items], page.nextCursor];
    render();
  }

  function render(): void {
    running.replaceChildren(...(open.length > 0 ? open.map(openItem) : [nothing("You have no seat in any game.")]));
    played.replaceChildren(...(ended.length > 0 ? ended.map(playedItem) : [nothing("Nothing yet.")]));
    more.hidden = cursor === null;
  }

  /** The seats say where; only the session itself says who is its host. */
  async function openSessions(): Promise<SessionItem[]> {
    const path = `v1/me/seats?limit=${RUNNING_MAX}`;
    const { items } = await auth.call<Page<{ sessionId: string }>>({ method: "GET", path });
    const found = await Promise.all(items.map(({ sessionId }) => sessionOf(sessionId)));
    return found.filter((session) => session !== null);
  }

  /** Null for one that went away in between. */
  async function sessionOf(id: string): Promise<SessionItem | null> {
    try {
      return await auth.call<SessionItem>({ method: "GET", path: `v1/sessions/${encodeURIComponent(id)}` });
    } catch (error) {
      if (error instanceof HypogeumError && error.status === 404) return null;
      throw error;
    }
  }

  async function playedPage(after: string | null): Promise<Page<SessionItem>> {
    const query = new URLSearchParams({ playerId: me(), status: "ended", limit: String(PLAYED_PAGE) });
    if (after) query.set("cursor", after);
    return auth.call<Page<SessionItem>>({ method: "GET", path: `v1/sessions?${query}` });
  }

  function openItem(session: SessionItem): HTMLElement {
    const { id, type, hostId, status, lastUpdated } = session;
    const time = agoElement(lastUpdated, auth.serverNow());
    const where = make("p", { class: "note" }, `${company(session, me())} · last change `, time);
    const state = make("span", { class: "tag", "data-status": status }, statusWords(session));
    const what = make("div", {}, make("p", { class: "what" }, gameName(type), state), where);
    const buttons = make(
      "div",
      { class: "row" },
      ...wayBack(session),
      ...(hostId === me() ? hostButtons(session) : []),
    );
    return make("li", { "data-session": id, "data-status": status }, what, buttons);
  }

  function playedItem(session: SessionItem): HTMLElement {
    const time = agoElement(session.endedAt ?? session.lastUpdated, auth.serverNow());
    const where = make("p", { class: "note" }, `${company(session, me())} · ended `, time);
    const result = make("span", { class: "result" }, outcome(session, me()));
    return make("li", {}, make("div", {}, make("p", { class: "what" }, gameName(session.type)), where), result);
  }

  function hostButtons({ id, status }: SessionItem): HTMLElement[] {
    const path = `v1/sessions/${encodeURIComponent(id)}`;
    const pause = button("Pause", "pause", () => change({ method: "POST", path: `${path}/pause` }));
    const resume = button("Resume", "resume", () => change({ method: "POST", path: `${path}/resume` }));
    const end = button("End", "end", async () => {
      if (await confirmed("End this game for everybody?", "End game")) await change({ method: "DELETE", path });
    });
    return [...(status === "active" ? [pause] : []), ...(status === "paused" ? [resume] : []), end];
  }

  /** The answer is the session as it is now: the lists follow the journal a moment later. */
  async function change(call: Pick<Call, "method" | "path">): Promise<void> {
    await attempt(async () => {
      const session = await auth.call<SessionItem>(call);
      const isOver = session.status === "ended";
      if (isOver) ended = [session, ...ended];
      open = open.flatMap((known) => (known.id !== session.id ? [known] : isOver ? [] : [session]));
      render();
    });
  }

  function me(): string {
    return auth.current?.account.id ?? "";
  }

  more.addEventListener("click", () => void attempt(readMore));
  return { load: () => attempt(read) };
}

/** A link into the session: the game's page goes where the tab was last. */
function wayBack({ id, type }: SessionItem): HTMLElement[] {
  const page = PAGES[type];
  if (page === undefined) return [];
  const link = make("a", { class: "button primary", href: `${page}#${id}`, "data-testid": "way-back" }, "Go on");
  link.addEventListener("click", () => writePlace(type, { id, role: "player" }));
  return [link];
}

function button(text: string, testId: string, act: () => Promise<void>): HTMLElement {
  const element = make("button", { type: "button", "data-testid": testId }, text);
  element.addEventListener("click", () => void act());
  return element;
}

function nothing(text: string): HTMLElement {
  return make("li", { class: "nothing" }, text);
}
