import { HypogeumError } from "../../src/client/client.ts";
import { byId, setText } from "../dom.ts";
import { pageHypogeum } from "../hypogeum.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { wordsFor } from "../refusal-words.ts";
import { toast } from "../views/toasts.ts";
import { attempts } from "./attempt.ts";
import { confirmed } from "./confirm.ts";
import { say } from "./form.ts";
import { createCodeEntry } from "./views/code-entry.ts";
import { createDevicesView } from "./views/devices.ts";
import { createDoorsView } from "./views/doors.ts";
import { createGamesView } from "./views/games.ts";
import { createOwnDataView } from "./views/own-data.ts";
import { createProfileView } from "./views/profile.ts";

const page = byId("account");
const reason = byId("reason");
const attempt = attempts(reason, signedOut);
const hypogeum = pageHypogeum();
const { auth } = hypogeum;
auth.access.subscribe(oncePerTurn(changed));
/** False until it is known who this is. */
let isKnown = false;
/** Whose lists are shown. */
let shownTo: string | null = null;

const doors = createDoorsView(hypogeum, signedOut);
const codeEntry = createCodeEntry(hypogeum, signedOut);
const devices = createDevicesView(auth, signedOut);
const games = createGamesView(auth, signedOut);
const profile = createProfileView(auth, signedOut, () => void devices.load());
createOwnDataView(auth, signedOut, () => toast("Your account is deleted."));

function changed(): void {
  // Another tab signed in: this one is nobody yet, but need not stay so.
  if (isKnown && auth.current === null && auth.mayBeSignedIn) void findOut();
  else render();
}

function render(): void {
  const who = auth.current;
  const account = who?.account.kind === "full" ? who.account : null;
  page.dataset.state = isKnown ? (account ? "signed-in" : "signed-out") : "loading";
  byId("loading").hidden = isKnown;
  doors.render(who, isKnown && !account);
  byId("rooms").hidden = !account;
  byId("sign-out").hidden = !account;
  byId("who").hidden = !who;
  setText(byId("who"), `You are ${who?.account.name}`);
  if (account) profile.render(account);
  if (account && account.id !== shownTo) enter();
  shownTo = account?.id ?? null;
}

function enter(): void {
  say(reason, null);
  loadLists();
  codeEntry.shown();
}

function loadLists(): void {
  void devices.load();
  void games.load();
}

/** Asks the server who this is. */
async function findOut(): Promise<void> {
  isKnown = false;
  setText(byId("loading-text"), "One moment…");
  byId("load-again").hidden = true;
  render();
  try {
    await auth.restore();
    isKnown = true;
  } catch (error) {
    if (!(error instanceof HypogeumError)) throw error;
    isKnown = !error.retryable;
    if (isKnown) say(reason, wordsFor(error));
    setText(byId("loading-text"), wordsFor(error));
    byId("load-again").hidden = false;
  }
  render();
}

/** The server ended the sign-in: by another device, an administrator, or time. */
function signedOut(error: HypogeumError): void {
  auth.forget();
  say(reason, wordsFor(error));
}

byId("sign-out").addEventListener("click", () => void attempt(() => auth.logout("here")));
byId("sign-out-everywhere").addEventListener("click", () => void signOutEverywhere());
byId("load-again").addEventListener("click", () => void findOut());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && shownTo !== null) loadLists();
});

async function signOutEverywhere(): Promise<void> {
  const question = "Sign out on every device, this one too? They keep their seats in games.";
  if (await confirmed(question, "Sign out everywhere")) await attempt(() => auth.logout("everywhere"));
}

void findOut();
