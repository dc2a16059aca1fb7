import type { Action } from "../../../src/client/client.ts";
import { byId, make, setText } from "../../dom.ts";
import { diceOnTable, isLegalBid, lowestBid, type TableView } from "../table-view.ts";

export type ActionType = "roll" | "bid" | "challenge";

export interface ControlsState {
  readonly table: TableView;
  readonly own: number | null;
  readonly open: boolean;
  readonly pending: Action | null;
}

const PENDING_TEXT: Record<ActionType, string> = {
  roll: "Rolling…",
  bid: "Placing your bid…",
  challenge: "Challenging…",
};

/** What the viewer may do now: roll, bid, challenge, or play again. */
export function createControlsView(act: (type: ActionType, data: object) => void, playAgain: () => void) {
  const rollButton = byId<HTMLButtonElement>("roll");
  const bidding = byId<HTMLFormElement>("bidding");
  const count = byId<HTMLInputElement>("bid-count");
  const faces = byId<HTMLFieldSetElement>("bid-face");
  const bidButton = byId<HTMLButtonElement>("bid");
  const challengeButton = byId<HTMLButtonElement>("challenge");
  const again = byId<HTMLButtonElement>("play-again");
  const pendingLine = byId("pending");
  const radios = faceRadios(faces);
  let shown: ControlsState | null = null;

  const chosenFace = () => Number(radios.find(({ checked }) => checked)?.value ?? 0);
  const chosenCount = () => Number(count.value);

  function choose(bid: { count: number; face: number }): void {
    count.value = String(bid.count);
    for (const radio of radios) radio.checked = Number(radio.value) === bid.face;
  }

  function step(by: number): void {
    const most = Number(count.max);
    count.value = String(Math.min(most, Math.max(1, chosenCount() + by)));
    if (shown) renderButtons(shown);
  }

  function renderButtons({ table, own, open, pending }: ControlsState): void {
    const mine = table.turn === own && open && !pending;
    faces.dataset.value = String(chosenFace());
    bidButton.disabled = !mine || !isLegalBid(table, chosenCount(), chosenFace());
    challengeButton.disabled = !mine || !table.bid;
  }

  function renderPending({ open, pending }: ControlsState): void {
    pendingLine.hidden = !pending;
    if (!pending) return;
    const wait = open && pending.tries < 2 ? "" : " Waiting for the server; your move is kept.";
    setText(pendingLine, PENDING_TEXT[pending.type as ActionType] + wait);
  }

  byId("fewer").addEventListener("click", () => step(-1));
  byId("more").addEventListener("click", () => step(1));
  bidding.addEventListener("input", () => shown && renderButtons(shown));
  bidding.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!bidButton.disabled) act("bid", { count: chosenCount(), face: chosenFace() });
  });
  rollButton.addEventListener("click", () => act("roll", {}));
  challengeButton.addEventListener("click", () => act("challenge", {}));
  again.addEventListener("click", playAgain);

  return {
    render(state: ControlsState): void {
      shown = state;
      const { table, own, open, pending } = state;
      const seated = own !== null;
      const canRoll = table.phase === "seating" || table.phase === "reveal";
      rollButton.hidden = !seated || !canRoll;
      rollButton.disabled = !open || pending !== null || table.seats.length < 2;
      setText(rollButton, table.phase === "seating" ? "Roll the dice" : "Next round");
      bidding.hidden =
        !seated || table.phase !== "bidding" || !table.seats.some(({ seat, left }) => seat === own && left > 0);
      again.hidden = table.phase !== "over";
      count.max = String(diceOnTable(table));
      if (table.phase === "bidding" && !isLegalBid(table, chosenCount(), chosenFace()))
        choose(lowestBid(table) ?? NOTHING);
      renderButtons(state);
      renderPending(state);
    },
  };
}

const NOTHING = { count: 1, face: 0 };

/** Radio buttons drawn as dice: arrow keys and screen readers know them. */
function faceRadios(fieldset: HTMLElement): HTMLInputElement[] {
  return [1, 2, 3, 4, 5, 6].map((face) => {
    const radio = make("input", { type: "radio", name: "face", value: String(face), "aria-label": String(face) });
    fieldset.append(
      make("label", {}, radio, make("span", { class: "die", "data-face": String(face), "aria-hidden": "true" })),
    );
    return radio as HTMLInputElement;
  });
}
