import type { DiceState } from "../../schema/dice.ts";
import { pageHypogeum } from "../hypogeum.ts";
import { goOn, wireLobby } from "../lobby.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { Pause } from "../pause.ts";
import { SessionLink } from "../session-link.ts";
import { createFrameView } from "../views/frame.ts";
import { createHandoffDialog } from "../views/handoff-dialog.ts";
import { toast } from "../views/toasts.ts";
import { GameLog } from "./game-log.ts";
import { ownSeat, readTable, type TableView } from "./table-view.ts";
import { createCentreView } from "./views/centre.ts";
import { type ActionType, createControlsView } from "./views/controls.ts";
import { createLogView } from "./views/log.ts";
import { createSeatsView } from "./views/seats.ts";

declare global {
  interface Window {
    /** For the console and for tests: what this page was sent, decoded. Reading changes nothing. */
    diceTable: {
      state(): unknown;
    };
  }
}

const scheduleRender = oncePerTurn(render);
const hypogeum = pageHypogeum();
const { auth } = hypogeum;
auth.access.subscribe(scheduleRender);
const log = new GameLog();
const pause = new Pause(auth, scheduleRender);
const link = new SessionLink<DiceState, TableView>({ room: "dice", read: readTable }, hypogeum, {
  changed: scheduleRender,
  entered: () => log.clear(),
  open: () => {
    if (link.place) void pause.ask(link.place.id);
    void link.catchUp();
  },
  event: (event) => {
    pause.note(event);
    scheduleRender();
  },
  notice: toast,
});

const frame = createFrameView();
const handoff = createHandoffDialog(auth, () => link.offerHandoff());
const seats = createSeatsView();
const centre = createCentreView(() => auth.serverNow());
const controls = createControlsView(
  (type, data) => void act(type, data),
  () => {
    link.leave();
    void link.quickPlay();
  },
);
const logView = createLogView();

function render(): void {
  const { view: table } = link;
  frame.render(link, auth.current?.account ?? null);
  handoff.render(link);
  if (!table) return;
  const own = link.place?.role === "spectator" ? null : ownSeat(table);
  log.learnNames(table, own);
  centre.render(table, own, pause.isOn);
  seats.render(table, own);
  controls.render({ table, own, open: link.isOpen && !pause.isOn, pending: link.pending });
  logView.render(log.lines(link.events));
}

async function act(type: ActionType, data: object): Promise<void> {
  const outcome = await link.act(type, data);
  // Who left the table does not want to hear of it any more.
  if (outcome?.status === "rejected" && outcome.code !== "left") toast(outcome.message);
}

wireLobby(link);
scheduleRender();
void goOn(link, auth);

window.diceTable = {
  state: () => link.room?.state?.toJSON() ?? null,
};
