import { byId, make, redraw } from "../../dom.ts";
import type { GameLog } from "../game-log.ts";

/** The game log, newest entry first. */
export function createLogView() {
  const list = byId("log");
  return {
    render(log: GameLog): void {
      const lines = [...log.lines].reverse();
      redraw(list, lines, () => lines.map(({ seq, text }) => make("li", { "data-seq": String(seq) }, text)));
    },
  };
}
