import type { Account, Role } from "../../src/client/client.ts";
import { byId, setText } from "../dom.ts";
import type { LinkState, SessionLink } from "../session-link.ts";

const STATE_TEXT: Record<LinkState, string> = {
  idle: "not in a game",
  connecting: "connecting",
  connected: "connected",
  reconnecting: "reconnecting…",
  resumed: "resumed",
  ended: "ended",
  lost: "lost",
  moved: "moved",
};

const WATCHING: Partial<Record<Role, string>> = {
  spectator: "Watching",
  coach: "Coaching",
  gm: "Game master",
};

/** What the frame shows of a connection, whatever the game. */
type Shown = Pick<SessionLink<never, unknown>, "state" | "place" | "view" | "isOpen" | "detail" | "canReturn">;

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
  const guestsOnly = document.querySelectorAll<HTMLElement>("[data-guests-only]");
  const backText = back.textContent;

  return {
    render({ state, place, view, isOpen, detail, canReturn }: Shown, account: Account | null): void {
      pill.dataset.state = state;
      setText(pill, STATE_TEXT[state]);
      who.hidden = account === null;
      setText(who, (place && WATCHING[place.role]) ?? `You are ${account?.name}`);
      // Two tabs of one account are one player.
      for (const part of guestsOnly) part.hidden = account?.kind === "full";
      const isThere = view !== null;
      board.hidden = !isThere;
      board.dataset.live = String(isOpen);
      const closed = state === "lost" || state === "ended" || state === "moved";
      const returning = place !== null && !isThere;
      lobby.hidden = isThere || closed || returning;
      quickPlay.disabled = state !== "idle";
      interrupted.hidden = !closed && !returning;
      setText(reason, closed ? detail : "Going back to your game…");
      back.hidden = !closed || !canReturn;
      setText(back, state === "moved" ? "Bring it back here" : backText);
      setText(sessionId, place?.id ?? "");
    },
  };
}
