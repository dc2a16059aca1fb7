import type { ArenaState } from "../../schema/arena.ts";
import type { GameEvent } from "../../src/client/client.ts";
import { byId } from "../dom.ts";
import { pageHypogeum } from "../hypogeum.ts";
import { goOn, wireLobby } from "../lobby.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { Pause } from "../pause.ts";
import { linkTo } from "../place.ts";
import { SessionLink } from "../session-link.ts";
import { createFrameView } from "../views/frame.ts";
import { createHandoffDialog } from "../views/handoff-dialog.ts";
import { copyLink, toast } from "../views/toasts.ts";
import type { FrameFigures } from "./frame-meter.ts";
import { Keyboard } from "./input/keyboard.ts";
import { type MatchView, readMatch, viewedSeat } from "./match-view.ts";
import { PlayingField } from "./playing-field.ts";
import { createHudView } from "./views/hud.ts";
import { createKillFeed } from "./views/kill-feed.ts";
import { createMenuView } from "./views/menu.ts";
import { createMetersView } from "./views/meters.ts";
import { createStandingsView } from "./views/standings.ts";

declare global {
  interface Window {
    /** For the console and for tests: what this page knows. Reading changes nothing. */
    arena: {
      /** What this page was sent, decoded. */
      state(): unknown;
      /** The seat whose view this is; null for spectators. */
      seat(): number | null;
      /** The own player after the last input, in 1/1024 of a tile; null when this page plays nobody. */
      predicted(): { readonly x: number; readonly y: number; readonly alive: boolean } | null;
      /** How often the server knew better where the own player is. */
      corrections(): number;
      /** Own shots that were drawn at once. */
      fired(): number;
      /** From an input to the state that shows its effect, in ms: the ping and the wait for the next ticks. */
      rtt(): number;
      frames(): FrameFigures;
      /** A place in 1/1024 of a tile as CSS pixels of the page. */
      onScreen(x: number, y: number): { readonly x: number; readonly y: number };
    };
  }
}

const scheduleRender = oncePerTurn(render);
const hypogeum = pageHypogeum();
const { auth } = hypogeum;
auth.access.subscribe(scheduleRender);
const pause = new Pause(auth, scheduleRender);
const link = new SessionLink<ArenaState, MatchView>({ room: "arena", read: readMatch }, hypogeum, {
  changed: scheduleRender,
  entered: () => kills.clear(),
  // Entries that did not become durable are seconds old by now; what they left on screen is long gone.
  open: askWhetherPaused,
  event: happened,
  notice: toast,
});
const keyboard = new Keyboard(isFighting, scheduleRender);
const field = new PlayingField(byId<HTMLCanvasElement>("field"), keyboard);

const frame = createFrameView();
const handoff = createHandoffDialog(auth, () => link.offerHandoff());
const hud = createHudView();
const kills = createKillFeed();
const menu = createMenuView(() => void copyCoachLink());
const standings = createStandingsView(
  () => {
    link.leave();
    void link.quickPlay();
  },
  () => link.leave(),
);
let killer: number | null = null;

function seat(): number | null {
  return link.view && link.place ? viewedSeat(link.view, link.place.role) : null;
}

function askWhetherPaused(): void {
  if (link.place) void pause.ask(link.place.id);
}

function isFighting(): boolean {
  return link.room !== null && link.view !== null && link.view.phase !== "over";
}

function render(): void {
  const { view: match, room, isOpen, place } = link;
  const role = place?.role ?? "spectator";
  frame.render(link, auth.current?.account ?? null);
  handoff.render(link);
  // The result says it better.
  if (match?.phase === "over" && link.state === "ended") byId("interrupted").hidden = true;
  menu.render(match !== null && match.phase !== "over", role);
  byId("open-scores").hidden = match === null || match.phase === "over";
  document.body.dataset.playing = String(match !== null);
  field.show(room, isOpen && !pause.isOn, role, seat());
  if (!match) return;
  hud.render({ match, role, isOpen, isPaused: pause.isOn, seat: seat(), killer });
  standings.render(match, seat(), keyboard.holds("scores"));
  if (match.phase === "over") kills.clear();
}

function happened(event: GameEvent): void {
  const { type, data } = event;
  field.note(event);
  pause.note(event);
  if (type !== "kill" || !link.view) return;
  if (data.seat === seat()) killer = Number(data.by);
  kills.add(link.view, Number(data.by), Number(data.seat), seat());
}

async function copyCoachLink(): Promise<void> {
  const { room, place } = link;
  if (!room || !place) return;
  try {
    const { code } = await room.request<unknown, { code: string }>("coach");
    await copyLink(linkTo({ id: place.id, code }));
  } catch (error) {
    const { reason } = error as { reason?: { message?: string } };
    toast(reason?.message ?? "The server gave no coach link. Try again.");
  }
}

wireLobby(link);
byId("open-scores").addEventListener("click", () => {
  standings.toggle();
  scheduleRender();
});
createMetersView(() => link.room, field.meter);
scheduleRender();
void goOn(link, auth);

window.arena = {
  state: () => link.room?.state?.toJSON() ?? null,
  seat,
  predicted: () => field.predicted,
  corrections: () => field.corrections,
  fired: () => field.fired,
  rtt: () => link.room?.clock.smoothedRtt() ?? 0,
  frames: () => field.meter.figures(),
  onScreen: (x, y) => field.onScreen(x, y),
};
