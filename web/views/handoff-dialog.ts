import { type Auth, HypogeumError, type Offer } from "../../src/client/client.ts";
import { byId, make, setText } from "../dom.ts";
import { linkToTake } from "../handoff.ts";
import { wordsFor } from "../refusal-words.ts";
import type { SessionLink } from "../session-link.ts";
import { copyLink } from "./toasts.ts";

const TICK_MS = 250;

/**
 * "Continue on another device": the code that moves the seat, for as long as it is good.
 *
 * @param offerSeat asks the server for a code; null when there is no seat to move
 */
export function createHandoffDialog(auth: Auth, offerSeat: () => Promise<Offer> | null) {
  const opener = byId("open-handoff");
  const time = make("p", { class: "hint", "data-testid": "handoff-time" });
  // Read aloud when it changes; the seconds are not.
  const body = make("div", { class: "handoff-body", "aria-live": "polite" });
  const close = make("button", { type: "button" }, "Close");
  const dialog = make(
    "dialog",
    { class: "card handoff", "data-testid": "handoff", "aria-labelledby": "handoff-title" },
    make("h2", { id: "handoff-title" }, "Continue on another device"),
    ...[body, time, close],
  ) as HTMLDialogElement;
  document.body.append(dialog);
  let offer: Offer | null = null;

  function secondsLeft(): number {
    return offer ? Math.ceil((Date.parse(offer.expiresAt) - auth.serverNow()) / 1000) : 0;
  }

  function tick(): void {
    const left = secondsLeft();
    time.hidden = offer === null;
    if (offer === null) return;
    setText(time, `Good once, for ${left} s.`);
    if (left <= 0) expire();
  }

  function show(...parts: (Node | string)[]): void {
    body.replaceChildren(...parts);
    tick();
  }

  function expire(): void {
    offer = null;
    show(make("p", {}, "The code has expired."), another());
  }

  function another(): HTMLElement {
    const button = make("button", { type: "button", class: "primary", "data-testid": "handoff-again" }, "New code");
    button.addEventListener("click", () => void ask());
    return button;
  }

  async function ask(): Promise<void> {
    offer = null;
    if (auth.current?.account.kind !== "full") return show(...needsAccount());
    show(make("p", {}, "Asking for a code…"));
    try {
      offer = await offerSeat();
      if (offer) show(...codeParts(offer.code));
    } catch (error) {
      if (!(error instanceof HypogeumError)) throw error;
      show(make("p", { role: "alert" }, wordsFor(error)), another());
    }
  }

  opener.addEventListener("click", () => {
    dialog.showModal();
    void ask();
  });
  close.addEventListener("click", () => dialog.close());
  // Escape is for the dialog alone, not for the game under it.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  setInterval(tick, TICK_MS);

  return {
    render({ place, isOpen }: Pick<SessionLink<never, unknown>, "place" | "isOpen">): void {
      opener.hidden = place?.role !== "player";
      if (!isOpen && dialog.open) dialog.close();
    },
  };
}

function codeParts(code: string): HTMLElement[] {
  const copy = make("button", { type: "button" }, "Copy link");
  copy.addEventListener("click", () => void copyLink(linkToTake(code)));
  return [
    make("p", {}, "On the other device, sign in to the same account, open Account and enter"),
    make("output", { class: "code", "data-testid": "handoff-code" }, code),
    copy,
  ];
}

function needsAccount(): HTMLElement[] {
  return [
    make("p", {}, "A guest lives in one tab only. Create an account first: you keep this seat."),
    make(
      "a",
      { class: "button primary", href: "./account.html", "data-testid": "handoff-account" },
      "Create an account",
    ),
  ];
}
