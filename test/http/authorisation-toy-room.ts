import { type SchemaType, schema, t } from "@colyseus/schema";
import { LedgerRoom } from "../../rooms/LedgerRoom.ts";
import { SPECTATOR, type Viewer } from "../../src/journal/game.ts";
import type { ToyView } from "../support/toy-game.ts";

const ToyTable = schema({ rolls: t.uint8().default(0) }, "ToyTable");
type ToyTable = SchemaType<typeof ToyTable>;

/** Where the toy game is played, which alone has game masters. */
export class ToyRoom extends LedgerRoom<ToyTable, ToyView> {
  override state = new ToyTable();

  protected override project(view: (viewer: Viewer) => ToyView): void {
    this.state.rolls = view(SPECTATOR).rolls.length;
  }
}
