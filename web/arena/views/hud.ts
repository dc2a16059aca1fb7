import { RESPAWN_TICKS } from "../../../src/arena/fighters.rules.ts";
import { SCORE_LIMIT } from "../../../src/arena/result.rules.ts";
import { HZ } from "../../../src/arena/world.rules.ts";
import type { Role } from "../../../src/client/client.ts";
import { byId, setText } from "../../dom.ts";
import { clockText, type MatchView, nameOf, type PlayerView, secondsLeft, standings } from "../match-view.ts";

export interface HudState {
  readonly match: MatchView;
  readonly role: Role;
  /** False while the page has no connection. */
  readonly isOpen: boolean;
  readonly isPaused: boolean;
  /** The seat whose view this is, or null. */
  readonly seat: number | null;
  /** Who took that seat out last, or null. */
  readonly killer: number | null;
}

/** Clock, health, countdown and what to say to those who are out of play. Writes only what changed. */
export function createHudView() {
  const clock = byId("clock");
  const standing = byId("standing");
  const phase = byId("phase");
  const count = byId("count");
  const waiting = byId("waiting");
  const fallen = createFallenView();
  const vitals = createVitalsView();

  return {
    render(state: HudState): void {
      const { match, seat } = state;
      const me = match.players.find((player) => player.seat === seat);
      waiting.hidden = match.phase !== "waiting";
      phase.dataset.phase = match.phase;
      phase.dataset.paused = String(state.isPaused);
      setText(phase, phaseText(state));
      phase.hidden = phaseText(state) === "";
      setText(clock, match.phase === "playing" ? clockText(secondsLeft(match)) : "");
      clock.dataset.late = String(match.phase === "playing" && secondsLeft(match) <= 10);
      setText(standing, match.phase === "playing" ? standingText(match, me) : "");
      count.hidden = match.phase !== "countdown" || state.isPaused;
      setText(count, String(Math.max(1, secondsLeft(match))));
      vitals.render(match, me);
      fallen.render(state, me);
    },
  };
}

function phaseText({ match, role, seat, isOpen, isPaused }: HudState): string {
  if (!isOpen) return "The server is out of reach. The match goes on where it was.";
  if (isPaused && match.phase !== "over") return "Paused by the host. Everything stands still, and your seat is kept.";
  if (match.phase === "countdown") return "Get ready";
  if (match.phase !== "playing") return "";
  if (role === "coach" && seat !== null) return `Coaching ${nameOf(match, seat)}`;
  return role === "spectator" ? "Watching" : "";
}

function standingText(match: MatchView, me: PlayerView | undefined): string {
  const [first, second] = standings(match);
  if (!first) return "";
  if (!me) return `${first.name} leads with ${first.score} of ${SCORE_LIMIT}`;
  const rival = first.seat === me.seat ? second : first;
  return `You ${me.score} · ${rival ? `${rival.name} ${rival.score}` : ""} · first to ${SCORE_LIMIT}`;
}

function createVitalsView() {
  const vitals = byId("vitals");
  const rapid = byId("rapid");
  const health = byId("health");
  const fill = byId("health-fill");
  const text = byId("health-text");

  return {
    render({ phase }: MatchView, me: PlayerView | undefined): void {
      vitals.hidden = !me?.alive || phase === "waiting" || phase === "over";
      if (!me || me.hp === null) return;
      rapid.hidden = !me.rapid;
      if (text.textContent === String(me.hp)) return;
      setText(text, String(me.hp));
      fill.style.width = `${me.hp}%`;
      health.dataset.level = me.hp > 60 ? "high" : me.hp > 30 ? "middle" : "low";
    },
  };
}

/** For a player who is out of play: why, and for how long. */
function createFallenView() {
  const fallen = byId("fallen");
  const title = byId("fallen-title");
  const text = byId("fallen-text");
  let backAt = 0;

  return {
    render({ match, killer, role }: HudState, me: PlayerView | undefined): void {
      const wasUp = fallen.hidden;
      fallen.hidden = me === undefined || me.alive || match.phase !== "playing";
      if (fallen.hidden || !me) return;
      // The rules tell nobody when somebody else comes back; for oneself it is a fixed time.
      if (wasUp) backAt = match.tick + RESPAWN_TICKS;
      const subject = role === "coach" ? `${me.name} is` : "You are";
      if (me.away) {
        setText(title, `${subject} away`);
        setText(text, role === "coach" ? "" : "Move or fire to come back.");
        return;
      }
      setText(title, killer === null ? `${subject} out` : `Taken out by ${nameOf(match, killer)}`);
      setText(text, `Back in ${Math.max(1, Math.ceil((backAt - match.tick) / HZ))}`);
    },
  };
}
