import type { DiceState } from "../../schema/dice.ts";
import { Guests } from "../identity.ts";
import { wireLobby } from "../lobby.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { SessionLink } from "../session-link.ts";
import { createFrameView } from "../views/frame.ts";
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

const guests = new Guests();
const scheduleRender = oncePerTurn(render);
const log = new GameLog();
const link = new SessionLink<DiceState, TableView>({ room: "dice", read: readTable }, guests, {
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

function render(): void {
  const { view: table } = link;
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

wireLobby(link);
scheduleRender();
void link.comeBack();

window.diceTable = {
  joinedAt: () => link.joinedAt,
  state: () => link.room?.state?.toJSON() ?? null,
};
