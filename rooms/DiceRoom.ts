import type { StateView } from "@colyseus/schema";
import { DiceSeat, DiceState } from "../schema/dice.ts";
import type { DiceView } from "../src/dice/dice.rules.ts";
import { SPECTATOR, type Viewer } from "../src/journal/game.ts";
import { LedgerRoom } from "./LedgerRoom.ts";
import { removeOthers, replaceItems } from "./project.ts";
import type { Person } from "./table.ts";

export class DiceRoom extends LedgerRoom<DiceState, DiceView> {
  override state = new DiceState();

  protected override project(view: (viewer: Viewer) => DiceView, people: ReadonlyMap<number, Person>): void {
    const { phase, round, turn, bid, loser, winner, deadline, hands } = view(SPECTATOR);
    const { seat: bidSeat = -1, count: bidCount = 0, face: bidFace = 0 } = bid ?? {};
    Object.assign(this.state, { phase, round, turn, bidSeat, bidCount, bidFace, loser, winner, deadline: deadline ?? 0 });
    removeOthers(this.state.seats, new Set(hands.map(({ seat }) => String(seat))));
    for (const { seat, left, shown } of hands) {
      const key = String(seat);
      if (!this.state.seats.has(key)) this.state.seats.set(key, new DiceSeat().assign({ seat }));
      const row = this.state.seats.get(key)!;
      Object.assign(row, { left, name: people.get(seat)?.name ?? "", connected: people.get(seat)?.connected ?? false });
      replaceItems(row.shown, shown);
      const own = view({ kind: "seat", seat }).hands.find((hand) => hand.seat === seat)!;
      replaceItems(row.dice, own.dice);
    }
  }

  protected override reveal(view: StateView, viewer: Viewer): void {
    if ("seat" in viewer) view.add(this.state.seats.get(String(viewer.seat))!);
  }
}
