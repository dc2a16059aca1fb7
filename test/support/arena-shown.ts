import type { ArenaState } from "../../schema/arena.ts";
import type { ArenaView } from "../../src/arena/arena.rules.ts";

/** Seat, score, deaths; ascending by seat. */
export type Score = readonly [seat: number, score: number, deaths: number];

/** A match as somebody is shown it: decoded by a client, or as the rules would show it. */
export interface ShownMatch {
  readonly tick: number;
  readonly phase: string;
  readonly winner: number;
  /** All that is shown to everybody alike, as one line to compare. */
  readonly line: string;
  /** Seat and health of those whose health can be read. */
  readonly hp: readonly (readonly [seat: number, hp: number])[];
  readonly scores: readonly Score[];
}

/** A player without the aim (which a client gets in 256 steps), name and connection (which are not the rules'). */
interface Shown {
  readonly seat: number;
  readonly x: number;
  readonly y: number;
  readonly alive: boolean;
  readonly away: boolean;
  readonly shielded: boolean;
  readonly rapid: boolean;
  readonly score: number;
  readonly deaths: number;
  /** Undefined where it is hidden. */
  readonly hp?: number;
}

type Table = Pick<ArenaState, "phase" | "map" | "tick" | "until" | "winner">;

/** What a client has decoded. */
export function shownToClient(state: ArenaState): ShownMatch {
  const shots = [...state.shots.keys()].map(Number);
  return shown(state, [...state.players.values()], [...state.pickups], shots);
}

/** What the rules show of a state in which the viewer may see every player's health. */
export function shownByRules(view: ArenaView): ShownMatch {
  const shots = view.shots.map(({ id }) => id);
  return shown(view, view.fighters, view.pickups, shots);
}

function shown(table: Table, players: readonly Shown[], pickups: readonly number[], shots: readonly number[]) {
  const { phase, map, tick, until, winner } = table;
  const seated = players.toSorted((a, b) => a.seat - b.seat);
  const flying = shots.toSorted((a, b) => a - b);
  return {
    ...{ phase, tick, winner },
    line: `${phase} map ${map} until ${until} winner ${winner} ${seated.map(lineOf).join(" ")} [${pickups}] (${flying})`,
    hp: seated.filter(({ hp }) => hp !== undefined).map(({ seat, hp }) => [seat, hp!] as const),
    scores: seated.map(({ seat, score, deaths }): Score => [seat, score, deaths]),
  };
}

function lineOf({ seat, x, y, alive, away, shielded, rapid, score, deaths }: Shown): string {
  const flags = `${alive ? "A" : "-"}${away ? "W" : "-"}${shielded ? "S" : "-"}${rapid ? "R" : "-"}`;
  return `#${seat}@${x},${y}${flags}${score}:${deaths}`;
}
