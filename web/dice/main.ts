import type { DiceState } from "../../schema/dice.ts";
import { Identity } from "../identity.ts";
import { goOn, wireLobby } from "../lobby.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { Pause } from "../pause.ts";
import { SessionLink } from "../session-link.ts";
import { createFrameView } from "../views/frame.ts";
import { createHandoffDialog } from "../views/handoff-dialog.ts";
import { toast } from "../views/toasts.ts";
import { Actions, type ActionType } from "./actions.ts";
import { GameLog } from "./game-log.ts";
import { missedEvents } from "./history.ts";
import { ownSeat, readTable, type TableView } from "./table-view.ts";
import { createCentreView } from "./views/centre.ts";
import { createControlsView } from "./views/controls.ts";
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

const scheduleRender = oncePerTurn(render);
const identity = new Identity(scheduleRender);
const log = new GameLog();
const pause = new Pause(identity, scheduleRender);
const link = new SessionLink<DiceState, TableView>({ room: "dice", read: readTable }, identity, {
  changed: scheduleRender,
  entered: (another) => {
    if (another) log.clear();
    void catchUp();
  },
  event: (event) => {
    log.add(event);
    pause.note(event);
    scheduleRender();
  },
  resumed: (seq) => {
    log.dropAbove(seq);
    void catchUp();
  },
  notice: toast,
});
const actions = new Actions(link, () => identity.serverNow(), scheduleRender);

const frame = createFrameView();
const handoff = createHandoffDialog(identity, () => link.place?.id ?? null);
const seats = createSeatsView();
const centre = createCentreView(() => identity.serverNow());
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
  frame.render(link, identity.current?.account ?? null);
  handoff.render(link);
  if (!table) return;
  const own = link.place?.role === "spectator" ? null : ownSeat(table);
  log.learnNames(table, own);
  centre.render(table, own, pause.isOn);
  seats.render(table, own);
  controls.render({ table, own, open: link.isOpen && !pause.isOn, pending: actions.pending });
  logView.render(log);
}

async function act(type: ActionType, data: object): Promise<void> {
  const problem = await actions.perform(type, data);
  if (problem) toast(problem);
}

/** Fills the log with what this page did not see. */
async function catchUp(): Promise<void> {
  const id = link.place?.id;
  const token = identity.current?.accessToken;
  if (!id || !token) return;
  void pause.ask(id);
  const missed = await missedEvents(id, log.lastSeq, token);
  if (link.place?.id !== id) return;
  for (const event of missed) log.add(event);
  scheduleRender();
}

wireLobby(link);
scheduleRender();
void goOn(link, identity);

window.diceTable = {
  joinedAt: () => link.joinedAt,
  state: () => link.room?.state?.toJSON() ?? null,
};
