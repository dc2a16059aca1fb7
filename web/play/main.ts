import { type Access, HypogeumError } from "../../src/client/client.ts";
import type { Assignment } from "../../src/matchmaking/ticket-view.ts";
import { confirmed } from "../account/confirm.ts";
import { byId, setText } from "../dom.ts";
import { carryToGame } from "../handoff.ts";
import { pageHypogeum } from "../hypogeum.ts";
import { oncePerTurn } from "../once-per-turn.ts";
import { wordsFor } from "../refusal-words.ts";
import { toast } from "../views/toasts.ts";
import { pageLatencies } from "./latencies.ts";
import { LobbyLink } from "./lobby-link.ts";
import { type Invite, inviteIn, readPagePlace } from "./page-place.ts";
import { Party } from "./party.ts";
import type { QueueItem } from "./queue-words.ts";
import { Search, type Wish } from "./search.ts";
import { isWaiting } from "./search-words.ts";
import { createAcceptance } from "./views/acceptance.ts";
import { createBoardView } from "./views/board-view.ts";
import { openDoor, showDoor, showPart } from "./views/page-frame.ts";
import { createPartyPanel } from "./views/party-panel.ts";
import { createPlayerView } from "./views/player-view.ts";
import { createQueuesView } from "./views/queues.ts";
import { createSearchPanel } from "./views/search-panel.ts";
import { createSeatsBanner } from "./views/seats-banner.ts";

/** A party that every queue could take, but for those of its own size. */
const SMALLEST_PARTY = 2;
/** The match this tab was taken to last. */
const TAKEN_KEY = "hypogeum.match";

const scheduleRender = oncePerTurn(render);
const hypogeum = pageHypogeum();
const { auth } = hypogeum;
const now = () => auth.serverNow();
const search = new Search(auth, {
  changed: scheduleRender,
  matched: goToMatch,
  requeued: () => toast("The match fell through. You wait on, and the time you waited counts."),
});
const latencies = pageLatencies(auth);
const party = new Party(auth, scheduleRender);
const lobby = new LobbyLink(hypogeum, {
  ticket: (ticket) => search.told(ticket),
  party: (view) => party.told(view),
  queue: (id, figures) => {
    queues = queues.map((queue) => (queue.id === id ? { ...queue, ...figures } : queue));
  },
  open: () => void search.lookAgain(),
  changed: scheduleRender,
  refused: shut,
});

let queues: readonly QueueItem[] = [];
/** Somebody clicked, and the answer is on its way. */
let isAsking = false;
let invite: Invite | null = null;
/** Whose page this is: null until it is known. */
let shownTo: string | null = null;

const queuesView = createQueuesView((wish) => void ask(() => find(wish)));
const searchPanel = createSearchPanel(search, now, () => void cancel());
const acceptance = createAcceptance(now, (verb) => attempt(() => search.answer(verb)));
const boards = createBoardView(auth, signedOut);
const player = createPlayerView(auth, signedOut);
const seats = createSeatsBanner(hypogeum);
const partyPanel = createPartyPanel({
  create: () => void ask(() => entering(() => party.create(largestParty()))),
  join: (to) => void ask(() => entering(() => party.join(to))),
  leave: (of) => void ask(() => party.leave(of)),
  disband: (of) =>
    void ask(async () => {
      if (await confirmed("Disband the party for everybody?", "Disband")) await party.disband(of);
    }),
  kick: (of, accountId, name) =>
    void ask(async () => {
      if (await confirmed(`Put ${name} out of the party?`, "Put out")) await party.kick(of, accountId);
    }),
  ready: (of, isReady) => void ask(() => party.setReady(of, isReady)),
});

function render(): void {
  const account = auth.current?.account ?? null;
  const { ticket } = search;
  byId("play-page").dataset.state = shownTo ? "known" : "loading";
  byId("who").hidden = account === null;
  setText(byId("who"), `You are ${account?.name}`);
  const pill = byId("connection");
  pill.dataset.state = lobby.isOpen ? "connected" : "connecting";
  setText(pill, lobby.isOpen ? "connected" : "connecting…");
  queuesView.render(queues, party.view, account?.id ?? "", isAsking || ticket !== null || shownTo === null);
  searchPanel.render();
  acceptance.render(ticket);
  partyPanel.render(party.view, account?.id ?? "");
  byId("invited").hidden = invite === null;
  document.title = `${titleOf()}Play · Hypogeum`;
}

/** What calls somebody who is looking elsewhere. */
function titleOf(): string {
  const { ticket } = search;
  if (!ticket) return "";
  if (ticket.acceptance && !ticket.acceptance.mine) return "Match found! · ";
  return isWaiting(ticket) ? "Searching… · " : "";
}

async function find(wish: Wish): Promise<void> {
  const view = party.view;
  const together = view && view.members.length > 1 ? { partyId: view.id } : {};
  try {
    await search.start({ ...wish, ...together, latencies: await latencies.get() });
    // The button that had the focus is barred by now.
    byId("search").focus();
  } finally {
    // Also after a refusal: there may be a ticket already, which this page was not told of.
    lobby.watch();
  }
}

async function cancel(): Promise<void> {
  const queue = search.ticket?.queue;
  await attempt(() => search.cancel());
  if (!search.ticket && queue) document.querySelector<HTMLElement>(`[data-find="${queue}"]`)?.focus();
}

async function entering(act: () => Promise<void>): Promise<void> {
  await act();
  lobby.watch();
}

function goToMatch({ seat, matchId }: Assignment): boolean {
  // Nobody is sent again into the match they left, though its ticket is there for some seconds more.
  if (seat && sessionStorage.getItem(TAKEN_KEY) !== matchId) {
    sessionStorage.setItem(TAKEN_KEY, matchId);
    if (carryToGame(seat)) return true;
    toast("Your match is ready, but it is not played on a page of this site.");
  }
  void seats.load();
  return false;
}

function largestParty(): number {
  return Math.max(SMALLEST_PARTY, ...queues.map(({ partyMax }) => partyMax));
}

/** Tries something; a refusal is told in words, and the end of the sign-in ends the page. */
async function attempt(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof HypogeumError)) throw error;
    if (error.isSignedOut) signedOut(error);
    else toast(wordsFor(error));
  }
}

async function ask(act: () => Promise<void>): Promise<void> {
  isAsking = true;
  scheduleRender();
  await attempt(act);
  isAsking = false;
  scheduleRender();
}

/** Shows what the address says. An invite is shown, but nobody joins before they said so. */
function readAddress(): void {
  const found = inviteIn(location.hash);
  if (found) {
    invite = found;
    // Neither a reload nor the history shall bring it again.
    history.replaceState(null, "", location.pathname);
  }
  showPart(readPagePlace(location.hash).page);
  if (shownTo) void load();
  scheduleRender();
}

async function load(): Promise<void> {
  const place = readPagePlace(location.hash);
  if (place.page === "boards") await boards.load(place.board);
  else if (place.page === "player") await player.load(place.id);
  else await Promise.all([attempt(readQueues), seats.load()]);
}

async function readQueues(): Promise<void> {
  queues = (await auth.call<{ items: QueueItem[] }>({ method: "GET", path: "v1/matchmaking/queues" })).items;
  scheduleRender();
}

/** Asks the server who this is; who is nobody yet becomes a guest. */
async function findOut(): Promise<void> {
  showDoor("One moment…", null);
  try {
    enter(await auth.ensure());
  } catch (error) {
    if (!(error instanceof HypogeumError)) throw error;
    showDoor(wordsFor(error), "Try again");
  }
}

function enter({ account }: Access): void {
  if (shownTo === account.id) return;
  shownTo = account.id;
  openDoor();
  void lobby.open();
  // Before anybody searches: it takes a moment.
  void latencies.get();
  void load();
  scheduleRender();
}

/** Nothing here is whoever's it was. */
function clear(): void {
  shownTo = null;
  lobby.close();
  search.forget();
  party.told(null);
}

/** The server ended the sign-in: by another device, an administrator, or time. */
function signedOut(error: HypogeumError): void {
  shut(wordsFor(error));
}

function shut(words: string): void {
  clear();
  auth.forget();
  showDoor(words, "Go on as a guest");
}

/** Another tab may have signed in, out, or in as somebody else. */
function accessChanged(): void {
  const { current } = auth;
  if (shownTo === null || current?.account.id === shownTo) {
    scheduleRender();
    return;
  }
  clear();
  if (current) enter(current);
  else if (auth.mayBeSignedIn) void findOut();
  else showDoor("You were signed out.", "Go on as a guest");
}

byId("load-again").addEventListener("click", () => void findOut());
byId("join-invited").addEventListener("click", () => {
  const to = invite;
  invite = null;
  if (to) void ask(() => entering(() => party.join(to)));
});
byId("not-now").addEventListener("click", () => {
  invite = null;
  scheduleRender();
});
addEventListener("hashchange", readAddress);
// A page that the browser kept would still be on its way to a match that is long over.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
document.addEventListener("visibilitychange", () => {
  // A board or a profile stays as it is read, page by page; it has a button for that.
  if (!document.hidden && shownTo && readPagePlace(location.hash).page === "play") void load();
});
auth.access.subscribe(oncePerTurn(accessChanged));
readAddress();
void findOut();
