import { byId, make, redraw } from "../../dom.ts";
import type { LogLine } from "../game-log.ts";

/** The game log, newest entry first. */
export function createLogView() {
  const list = byId("log");
  return {
    render(newestLast: readonly LogLine[]): void {
      const lines = [...newestLast].reverse();
      redraw(list, lines, () => lines.map(({ seq, text }) => make("li", { "data-seq": String(seq) }, text)));
    },
  };
}
