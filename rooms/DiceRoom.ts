import type { StateView } from "@colyseus/schema";
import { DiceSeat, DiceState } from "../schema/dice.ts";
import type { DiceView } from "../src/dice/dice.rules.ts";
import { SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { LedgerRoom } from "./LedgerRoom.ts";
import { removeOthers, replaceItems, rowOf } from "./project.ts";
import type { Person } from "./table.ts";

export class DiceRoom extends LedgerRoom<DiceState, DiceView> {
  override state = new DiceState();

  protected override project(view: (viewer: Viewer) => DiceView, people: ReadonlyMap<number, Person>): void {
    const { hands, ...table } = view(SPECTATOR);
    Object.assign(this.state, table);
    removeOthers(this.state.seats, hands);
    for (const [index, { seat, left, shown }] of hands.entries()) {
      const row = rowOf(this.state.seats, seat, DiceSeat);
      Object.assign(row, { seat, left }, people.get(seat));
      replaceItems(row.shown, shown);
      replaceItems(row.dice, view({ kind: "seat", seat }).hands[index]!.dice);
    }
  }

  protected override reveal(view: StateView, viewer: Viewer): void {
    if ("seat" in viewer) view.add(this.state.seats.get(String(viewer.seat))!);
  }
}
