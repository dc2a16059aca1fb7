import type { ArenaPlayer, ArenaState } from "../../schema/arena.ts";
import { HZ } from "../../src/arena/world.rules.ts";
import type { Role } from "../../src/client/client.ts";

export interface PlayerView {
  readonly seat: number;
  readonly name: string;
  readonly connected: boolean;
  readonly alive: boolean;
  readonly away: boolean;
  readonly rapid: boolean;
  readonly score: number;
  readonly deaths: number;
  /** Null when it is not for this viewer to see. */
  readonly hp: number | null;
}

/** What the match looks like beside the playing field. */
export interface MatchView {
  readonly phase: ArenaState["phase"];
  readonly tick: number;
  readonly until: number;
  readonly winner: number;
  /** Ascending by seat. */
  readonly players: readonly PlayerView[];
}

export function readMatch({ phase, tick, until, winner, players }: ArenaState): MatchView {
  const seats = [...(players?.values() ?? [])].map(readPlayer).sort((a, b) => a.seat - b.seat);
  return { phase, tick, until, winner, players: seats };
}

function readPlayer({ seat, name, connected, alive, away, rapid, score, deaths, hp }: ArenaPlayer): PlayerView {
  // A field that the server keeps from this viewer is not there at all, whatever its type says.
  return { seat, name, connected, alive, away, rapid, score, deaths, hp: hp ?? null };
}

/** The seat whose view this is: the player's own, or the coached one. It is the only one whose health is shown. */
export function viewedSeat({ players }: MatchView, role: Role): number | null {
  return role === "spectator" ? null : (players.find(({ hp }) => hp !== null)?.seat ?? null);
}

/** The best first: most kills, then fewest deaths. */
export function standings({ players }: MatchView): PlayerView[] {
  return [...players].sort((a, b) => b.score - a.score || a.deaths - b.deaths || a.seat - b.seat);
}

/** Whole seconds until the phase ends, as a clock on the wall shows them. */
export function secondsLeft({ tick, until }: MatchView): number {
  return Math.max(0, Math.ceil((until - tick) / HZ));
}

/** Minutes and seconds: 2:05. */
export function clockText(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function nameOf({ players }: MatchView, seat: number): string {
  // A seat is there a moment before its name is.
  return players.find((player) => player.seat === seat)?.name || `Seat ${seat + 1}`;
}
