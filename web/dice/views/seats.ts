import { byId, make, redraw } from "../../dom.ts";
import type { SeatView, TableView } from "../table-view.ts";
import { nameOf } from "../words.ts";
import { cup, diceRow, die } from "./dice.ts";

/** The players at the table: everybody else above, the viewer's own seat and dice below. */
export function createSeatsView() {
  const others = byId("seats");
  const own = byId("own");
  const ownHead = byId("own-head");
  const ownDice = byId("own-dice");

  function renderOwn(table: TableView, seat: SeatView | undefined): void {
    own.hidden = !seat;
    if (!seat) return;
    describe(own, table, seat);
    redraw(ownHead, [seat, table.turn, table.phase, table.winner], () => head(table, seat, `You · ${seat.name}`));
    const dice = seat.dice ?? [];
    const match = matchFace(table);
    setData(ownDice, "dice", dice.join(","));
    redraw(ownDice, [dice, match, seat.left], () => ownTray(table, seat, match));
  }

  return {
    render(table: TableView, ownSeat: number | null): void {
      const seats = table.seats.filter(({ seat }) => seat !== ownSeat);
      others.hidden = seats.length === 0;
      redraw(others, [seats, table.turn, table.phase, table.bid, table.loser, table.winner], () =>
        seats.map((seat) => otherSeat(table, seat)),
      );
      renderOwn(
        table,
        table.seats.find(({ seat }) => seat === ownSeat),
      );
    },
  };
}

function otherSeat(table: TableView, seat: SeatView): HTMLElement {
  const item = make("li", { class: "seat" });
  describe(item, table, seat);
  item.append(...head(table, seat, nameOf(table, seat.seat, null)), hand(table, seat));
  return item;
}

function hand(table: TableView, seat: SeatView): HTMLElement {
  if (seat.shown.length > 0) return diceRow(seat.shown, matchFace(table));
  return seat.left > 0 ? cup(seat.left) : make("span", { class: "out" }, "Out of dice");
}

function ownTray(table: TableView, seat: SeatView, match: number | null): HTMLElement[] {
  if (seat.dice && seat.dice.length > 0) return seat.dice.map((face) => die(face, face === match));
  if (seat.left === 0) return [make("span", { class: "out" }, "You are out of dice.")];
  return table.phase === "seating" ? [cup(seat.left)] : [];
}

function head(table: TableView, seat: SeatView, name: string): HTMLElement[] {
  const state = seat.connected ? "connected" : "away";
  const dot = make("span", { class: "dot", role: "img", "aria-label": state, title: state });
  const title = make("span", { class: "name" }, name);
  const tag = tagOf(table, seat);
  return [make("span", { class: "seat-head" }, dot, title, ...(tag ? [make("span", { class: "tag" }, tag)] : []))];
}

function tagOf(table: TableView, { seat, connected }: SeatView): string | null {
  if (table.phase === "over" && table.winner === seat) return "winner";
  if (table.phase === "reveal" && table.bid && table.loser === seat) return "loses a die";
  if (table.phase === "bidding" && table.turn === seat) return "to bid";
  return connected ? null : "away";
}

/** Hooks for styles and tests. */
function describe(element: HTMLElement, table: TableView, seat: SeatView): void {
  setData(element, "testid", `seat-${seat.seat}`);
  setData(element, "connected", String(seat.connected));
  setData(element, "left", String(seat.left));
  setData(element, "turn", String(table.phase === "bidding" && table.turn === seat.seat));
  setData(element, "loser", String(table.phase === "reveal" && table.bid !== null && table.loser === seat.seat));
}

function setData(element: HTMLElement, name: string, value: string): void {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

/** Once the dice lie open, those that were bid on stand out. */
function matchFace(table: TableView): number | null {
  const open = table.phase === "reveal" || table.phase === "over";
  return open && table.bid ? table.bid.face : null;
}
