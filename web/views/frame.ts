import { byId, setText } from "../dom.ts";
import type { LinkState, TableLink } from "../table-link.ts";

const STATE_TEXT: Record<LinkState, string> = {
  idle: "not at a table",
  connecting: "connecting",
  connected: "connected",
  reconnecting: "reconnecting…",
  resumed: "resumed",
  ended: "ended",
  lost: "lost",
};

/** Everything around the game: who plays, the connection, and which part of the page is there. */
export function createFrameView() {
  const pill = byId("connection");
  const who = byId("who");
  const lobby = byId("lobby");
  const board = byId("board");
  const interrupted = byId("interrupted");
  const reason = byId("interrupted-text");
  const back = byId("return");
  const sessionId = byId("session-id");
  const quickPlay = byId<HTMLButtonElement>("quick-play");

  return {
    render(link: TableLink, name: string | null): void {
      pill.dataset.state = link.state;
      setText(pill, STATE_TEXT[link.state]);
      who.hidden = name === null;
      setText(who, link.place?.role === "spectator" ? "Watching" : `You are ${name}`);
      const atTable = link.table !== null;
      board.hidden = !atTable;
      board.dataset.live = String(link.isOpen);
      const closed = link.state === "lost" || link.state === "ended";
      const returning = link.place !== null && !atTable;
      lobby.hidden = atTable || closed || returning;
      quickPlay.disabled = link.state !== "idle";
      interrupted.hidden = !closed && !returning;
      setText(reason, closed ? link.detail : "Going back to your table…");
      back.hidden = !closed || !link.canReturn;
      setText(sessionId, link.place?.id ?? "");
    },
  };
}

const TOAST_MS = 8000;
const TOASTS_MAX = 3;

/** A sentence that goes away by itself. */
export function toast(text: string): void {
  const list = byId("toasts");
  const item = document.createElement("p");
  item.className = "toast";
  item.textContent = text;
  list.append(item);
  while (list.children.length > TOASTS_MAX) list.firstElementChild?.remove();
  setTimeout(() => item.remove(), TOAST_MS);
}
