import type { TicketView } from "../../../src/matchmaking/ticket-view.ts";
import { byId, setText } from "../../dom.ts";
import { queueName } from "../queue-words.ts";

const TICK_MS = 200;

/** Asks whether a match that was found is wanted, for as long as there is time. */
export function createAcceptance(now: () => number, answer: (verb: "accept" | "decline") => Promise<void>) {
  const dialog = byId<HTMLDialogElement>("acceptance");
  const accept = byId<HTMLButtonElement>("accept");
  const decline = byId<HTMLButtonElement>("decline");
  const bar = byId<HTMLProgressElement>("accept-bar");
  let endsAt = 0;
  let fullMs = 0;
  let isBusy = false;

  function tick(): void {
    if (!dialog.open) return;
    const left = Math.max(0, endsAt - now());
    bar.max = Math.max(fullMs, 1);
    bar.value = left;
    setText(byId("accept-left"), `${Math.ceil(left / 1000)} s`);
  }

  async function say(verb: "accept" | "decline"): Promise<void> {
    isBusy = true;
    accept.disabled = decline.disabled = true;
    await answer(verb);
    isBusy = false;
  }

  accept.addEventListener("click", () => void say("accept"));
  decline.addEventListener("click", () => void say("decline"));
  // Escape must not decline by accident, and the question must not vanish unanswered.
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  setInterval(tick, TICK_MS);

  return {
    render(ticket: TicketView | null): void {
      const acceptance = ticket?.acceptance;
      if (!ticket || !acceptance) {
        if (dialog.open) dialog.close();
        return;
      }
      endsAt = Date.parse(acceptance.expiresAt);
      const { mine, accepted, players } = acceptance;
      setText(byId("accept-queue"), queueName(ticket.queue));
      setText(byId("accept-count"), `${accepted} of ${players} accepted${mine ? ". Waiting for the others." : ""}`);
      accept.hidden = mine;
      accept.disabled = isBusy || mine;
      decline.disabled = isBusy;
      decline.hidden = mine;
      if (!dialog.open) {
        fullMs = endsAt - now();
        dialog.showModal();
        accept.focus();
      }
      tick();
    },
  };
}
