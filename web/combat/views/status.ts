import { byId, setText } from "../../dom.ts";
import type { FightView } from "../fight-view.ts";
import { bannerOf, mapName } from "../words.ts";

const PAUSED = "Paused. The fight waits as it is, and the clock stands still.";
const TICK_MS = 250;

/** Where the fight stands: a sentence, the round, and the time left. */
export function createStatusView(serverNow: () => number) {
  const phase = byId("phase");
  const round = byId("round");
  const countdown = byId("countdown");
  const bar = byId<HTMLProgressElement>("countdown-bar");
  const seconds = byId("countdown-text");
  let deadline = 0;

  function tick(): void {
    countdown.hidden = deadline === 0;
    if (deadline === 0) return;
    const left = Math.max(0, deadline - serverNow());
    bar.value = left;
    setText(seconds, timeWords(left));
  }
  setInterval(tick, TICK_MS);

  return {
    render(fight: FightView, isPaused: boolean): void {
      phase.dataset.phase = fight.phase;
      phase.dataset.paused = String(isPaused);
      setText(phase, isPaused ? PAUSED : bannerOf(fight));
      setText(round, fight.round > 0 ? `${mapName(fight.map)} · round ${fight.round}` : mapName(fight.map));
      // While the session is paused its timers stand still; the deadline moves on when it is resumed.
      deadline = fight.phase === "ended" || isPaused ? 0 : fight.deadline;
      bar.max = Math.max(1, fight.window ? fight.windowMs : fight.turnMs);
      tick();
    },
  };
}

/** "0:42", and for turns of days "1 d 3 h". */
export function timeWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const [days, hours, minutes] = [Math.floor(seconds / 86_400), Math.floor(seconds / 3600), Math.floor(seconds / 60)];
  if (days > 0) return `${days} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes % 60} min`;
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}
