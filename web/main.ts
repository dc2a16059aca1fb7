import { Actions, type ActionType } from "./actions.ts";
import { byId } from "./dom.ts";
import { GameLog } from "./game-log.ts";
import { missedEvents } from "./history.ts";
import { Guests } from "./identity.ts";
import { linkedTable, linkTo } from "./place.ts";
import { TableLink } from "./table-link.ts";
import { ownSeat } from "./table-view.ts";
import { createCentreView } from "./views/centre.ts";
import { createControlsView } from "./views/controls.ts";
import { createFrameView, toast } from "./views/frame.ts";
import { createLogView } from "./views/log.ts";
import { createSeatsView } from "./views/seats.ts";

declare global {
  interface Window {
    /** For the console and for tests: what this page was sent, decoded. Reading changes nothing. */
    diceTable: {
      /** Ms since the epoch. */
      joinedAt(): number;
      state(): unknown;
    };
  }
}

const guests = new Guests();
const log = new GameLog();
const link = new TableLink(guests, {
  changed: scheduleRender,
  entered: (another) => {
    if (another) log.clear();
    void catchUp();
  },
  event: (event) => {
    log.add(event);
    scheduleRender();
  },
  resumed: (seq) => {
    log.dropAbove(seq);
    void catchUp();
  },
  notice: toast,
});
const actions = new Actions(link, () => guests.serverNow(), scheduleRender);

const frame = createFrameView();
const seats = createSeatsView();
const centre = createCentreView(() => guests.serverNow());
const controls = createControlsView(
  (type, data) => void act(type, data),
  () => {
    link.leave();
    void link.quickPlay();
  },
);
const logView = createLogView();

let scheduled = false;

/** One rendering for all that changed in this turn; not an animation frame, which a hidden tab never gets. */
function scheduleRender(): void {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(() => {
    scheduled = false;
    render();
  });
}

function render(): void {
  const { table } = link;
  frame.render(link, guests.current?.name ?? null);
  if (!table) return;
  const own = link.place?.role === "spectator" ? null : ownSeat(table);
  log.learnNames(table, own);
  centre.render(table, own);
  seats.render(table, own);
  controls.render({ table, own, open: link.isOpen, pending: actions.pending });
  logView.render(log);
}

async function act(type: ActionType, data: object): Promise<void> {
  const problem = await actions.perform(type, data);
  if (problem) toast(problem);
}

/** Fills the log with what this page did not see. */
async function catchUp(): Promise<void> {
  const id = link.place?.id;
  const token = guests.current?.accessToken;
  if (!id || !token) return;
  const missed = await missedEvents(id, log.lastSeq, token);
  if (link.place?.id !== id) return;
  for (const event of missed) log.add(event);
  scheduleRender();
}

async function copyLink(): Promise<void> {
  const url = linkTo(link.place?.id ?? "");
  // Only secure contexts may write to the clipboard; elsewhere the player copies by hand.
  const copied = await navigator.clipboard?.writeText(url).then(
    () => true,
    () => false,
  );
  if (copied) toast("Link copied.");
  else prompt("Copy this link:", url);
}

function wireButtons(): void {
  const tableId = byId<HTMLInputElement>("table-id");
  const readLink = () => {
    tableId.value = linkedTable();
  };
  readLink();
  addEventListener("hashchange", readLink);
  const wanted = () => linkIdOf(tableId.value);
  byId("quick-play").addEventListener("click", () => void link.quickPlay());
  byId("by-id").addEventListener("submit", (event) => {
    event.preventDefault();
    if (wanted()) void link.join(wanted(), "player");
  });
  byId("watch").addEventListener("click", () => wanted() && void link.join(wanted(), "spectator"));
  byId("copy").addEventListener("click", () => void copyLink());
  byId("leave").addEventListener("click", () => link.leave());
  byId("return").addEventListener("click", () => void link.returnToTable());
  byId("back-to-lobby").addEventListener("click", () => link.forget());
}

/** People paste the whole link as well as the id. */
function linkIdOf(text: string): string {
  return text.trim().split("#").at(-1) ?? "";
}

wireButtons();
scheduleRender();
void link.returnToTable();

window.diceTable = {
  joinedAt: () => link.joinedAt,
  state: () => link.room?.state?.toJSON() ?? null,
};
