import { byId, setText } from "../../dom.ts";
import type { FrameMeter } from "../frame-meter.ts";
import type { ArenaRoom } from "../net/prediction.ts";

const EVERY_MS = 1000;

/**
 * Ping and frames per second, for those who like to know. The ping is asked for: what the SDK measures by inputs
 * includes their wait for the server's next tick, and a spectator sends none.
 */
export function createMetersView(room: () => ArenaRoom | null, meter: FrameMeter): void {
  const meters = byId("meters");
  setInterval(() => {
    const here = room();
    meters.hidden = here === null;
    here?.ping((ms) => setText(meters, `${ms} ms · ${Math.round(meter.rate())} fps`));
  }, EVERY_MS);
}
