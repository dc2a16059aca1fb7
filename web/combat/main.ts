import "./quiet-shapes.ts";
import type { CombatState } from "../../schema/combat.ts";
import { HypogeumError } from "../../src/client/client.ts";
import { confirmed } from "../account/confirm.ts";
import { byId } from "../dom.ts";
import { pageHypogeum } from "../hypogeum.ts";
import { goOn, wireLobby } from "../lobby.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { Pause } from "../pause.ts";
import { wordsFor } from "../refusal-words.ts";
import { SessionLink } from "../session-link.ts";
import { createFrameView } from "../views/frame.ts";
import { createHandoffDialog } from "../views/handoff-dialog.ts";
import { toast } from "../views/toasts.ts";
import { wireCreateForm } from "./create-form.ts";
import { FightLog } from "./fight-log.ts";
import { type FightView, fighterOf, isOwn, readFight } from "./fight-view.ts";
import { type Order, reactOrder } from "./orders.ts";
import { Stage } from "./stage.ts";
import { createGmView } from "./views/gm.ts";
import { createInspectView } from "./views/inspect.ts";
import { createLogView } from "./views/log.ts";
import { createMusterView } from "./views/muster.ts";
import { createPeopleView } from "./views/people.ts";
import { createReactionView } from "./views/reaction.ts";
import { createResultView } from "./views/result.ts";
import { createStatusView } from "./views/status.ts";
import { createTrackerView } from "./views/tracker.ts";
import { wireZoom } from "./zoom.ts";

declare global {
  interface Window {
    /** For the console and for tests: what this page knows, and its own way of acting. */
    fight: {
      /** What this page was sent, decoded. */
      state(): unknown;
      /** What it makes of that. */
      view(): FightView | null;
      /** As the buttons do; the code of a refusal, or null. */
      act(order: Order): Promise<string | null>;
      /** A cell as CSS pixels of the window. */
      onScreen(x: number, y: number): { readonly x: number; readonly y: number };
    };
  }
}

const scheduleRender = oncePerTurn(render);
const hypogeum = pageHypogeum();
const { auth } = hypogeum;
auth.access.subscribe(scheduleRender);
const log = new FightLog();
const pause = new Pause(auth, scheduleRender);
const link = new SessionLink<CombatState, FightView>({ room: "combat", read: readFight }, hypogeum, {
  changed: scheduleRender,
  entered: () => {
    log.clear();
    inspected = "";
  },
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
let inspected = "";

const serverNow = () => auth.serverNow();
const send = (order: Order) => void act(order);
const frame = createFrameView();
const handoff = createHandoffDialog(auth, () => link.offerHandoff());
const status = createStatusView(serverNow);
const tracker = createTrackerView(inspect);
const stage = new Stage({ send, changed: scheduleRender, say: toast, inspect });
const zoom = wireZoom(stage.field);
const reaction = createReactionView(serverNow, (id, take) => send(reactOrder(link.view?.window?.id ?? 0, id, take)));
const muster = createMusterView(send);
const gm = createGmView({ send, pause: (isPaused) => void command(isPaused ? "pause" : "resume") });
const inspectView = createInspectView();
const logView = createLogView((toSeq) => void rewind(toSeq));
const people = createPeopleView();
const result = createResultView(() => link.leave());

function render(): void {
  const { isOpen } = link;
  const fight = seen();
  frame.render(link, auth.current?.account ?? null);
  handoff.render(link);
  // The result says it better.
  if (fight?.phase === "ended" && link.state === "ended") byId("interrupted").hidden = true;
  if (!fight) return;
  log.learn(fight);
  const situation = { isOpen, isPaused: pause.isOn, isBusy: link.pending !== null };
  const mayAct = isOpen && !pause.isOn && !situation.isBusy;
  const chosen = fighterOf(fight, inspected) ?? fighterOf(fight, fight.current);
  status.render(fight, pause.isOn);
  tracker.render(fight, chosen?.id ?? "");
  stage.render(fight, situation, inspected);
  zoom.render(fight);
  reaction.render(fight, isOpen && !pause.isOn, situation.isBusy);
  muster.render(fight, mayAct);
  gm.render(fight, chosen, pause.isOn);
  inspectView.render(fight, chosen);
  logView.render(log.lines(link.events), fight.own?.gm === true && fight.phase !== "ended");
  people.render(fight);
  result.render(fight);
  call(fight);
  byId("concede").hidden =
    !fight.own || fight.own.gm || fight.phase !== "active" || !fight.fighters.some((one) => isOwn(fight, one));
}

/** A coach sees with a player's eyes, and plays nobody. */
function seen(): FightView | null {
  const { view, place } = link;
  return view && place?.role === "coach" ? { ...view, own: null, reactors: [] } : view;
}

/** What asks for somebody who is looking elsewhere. */
function call(fight: FightView): void {
  const current = fighterOf(fight, fight.current);
  const isAsked = fight.reactors.length > 0 || (current && !current.autopilot && isOwn(fight, current));
  document.title = `${isAsked && fight.phase === "active" ? "Your turn · " : ""}Encounter · Hypogeum`;
}

function inspect(id: string): void {
  inspected = inspected === id ? "" : id;
  scheduleRender();
}

/** The code of a refusal, or null. */
async function act({ type, data }: Order): Promise<string | null> {
  const outcome = await link.act(type, data);
  if (outcome?.status !== "rejected") return null;
  // Who left the fight does not want to hear of it any more.
  if (outcome.code !== "left") toast(outcome.message);
  return outcome.code;
}

/** What a game master asks of the session itself. */
async function command(what: "pause" | "resume" | "rewind", body: object = {}): Promise<void> {
  const path = `v1/sessions/${encodeURIComponent(link.place?.id ?? "")}/${what}`;
  try {
    await auth.call({ method: "POST", path, ...(what === "rewind" ? { body } : {}) });
  } catch (error) {
    if (!(error instanceof HypogeumError)) throw error;
    toast(wordsFor(error));
  }
}

async function rewind(toSeq: number): Promise<void> {
  const dice = gm.reroll ? "New dice are rolled from there." : "The same dice fall from there.";
  const question = `Take the whole fight back to right after entry ${toSeq}? ${dice}`;
  if (await confirmed(question, "Go back")) await command("rewind", { toSeq, reroll: gm.reroll });
}

async function concede(): Promise<void> {
  if (await confirmed("Give up? Your creature leaves the fight.", "Give up")) await act({ type: "concede", data: {} });
}

wireLobby(link);
byId("concede").addEventListener("click", () => void concede());
wireCreateForm(auth, (created) => link.join(created));
scheduleRender();
void goOn(link, auth);

window.fight = {
  state: () => link.room?.state?.toJSON() ?? null,
  view: () => link.view,
  act,
  onScreen: (x, y) => stage.field.onScreen({ x, y }),
};
