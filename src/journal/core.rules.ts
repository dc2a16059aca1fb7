import { CORE, type Draft, type Entry, type SeatRole, TICK } from "./game.ts";
import { type SessionStatus, statusAfter } from "./lifecycle.rules.ts";

export interface Seat {
  readonly seat: number;
  readonly role: SeatRole;
}

/** What every session has, whatever its game: evolved by the ledger beside the game's own state. */
export interface CoreState {
  status: SessionStatus;
  /** Ascending by seat number. */
  seats: Seat[];
  /** How often the API-visible resource changed; ticks and ownership entries do not count. */
  version: number;
  openedAt: number;
  startedAt: number | null;
  endedAt: number | null;
  /** A session that never starts ends at this time. */
  closesAt: number;
  /** When the clock of a real-time game last ticked; a pause moves it on. */
  tickedAt: number | null;
  /** What the end entry said, without the seed. */
  result: Draft["data"] | null;
  // Absent until set, so that what was hashed before there were any hashes the same.
  /** Since when the session is paused. */
  pausedAt?: number;
  /** Fewer players than the game could seat. */
  maxPlayers?: number;
  /** The mode as it was edited; until then the session document's is the only one. */
  mode?: string;
  /** More random numbers than this were never drawn, whatever was rewound since. */
  drawn?: number;
  /** How often the session was taken back. */
  rewinds?: number;
}

/** Game masters sit beyond the players' numbers, so that a game's arrays can be indexed by player seats. */
export const FIRST_GM_SEAT = 100;

/** A table at which nobody starts for this long is closed. */
export const WAITING_LIMIT_MS = 60 * 60 * 1000;

export function initialCore(): CoreState {
  return {
    ...{ status: "waiting", seats: [], version: 0, openedAt: 0, startedAt: null, endedAt: null, closesAt: 0 },
    ...{ tickedAt: null, result: null },
  };
}

export function evolveCore(core: CoreState, entry: Entry): void {
  switch (entry.type) {
    case TICK:
      core.tickedAt = entry.at;
      return;
    case CORE.owner:
      return; // a change of owner is nothing a client of the API can see
    case CORE.opened:
      core.openedAt = entry.at;
      core.closesAt = entry.at + WAITING_LIMIT_MS;
      edit(core, entry.data);
      break;
    case CORE.started:
      core.status = statusAfter(core.status, "start") ?? core.status;
      core.startedAt = entry.at;
      break;
    case CORE.paused:
      core.status = "paused";
      core.pausedAt = entry.at;
      break;
    case CORE.resumed:
      core.status = "active";
      core.tickedAt = quietSince(core) + Number(entry.data.pausedMs);
      delete core.pausedAt;
      break;
    case CORE.edited:
      edit(core, entry.data);
      break;
    case CORE.rewound:
      core.rewinds = (core.rewinds ?? 0) + 1;
      if (entry.data.draws !== undefined) core.drawn = Number(entry.data.draws);
      break;
    case CORE.ended:
      core.status = "ended";
      core.endedAt = entry.at;
      core.result = resultOf(entry);
      break;
    case CORE.seatTaken:
      core.seats = [...core.seats, { seat: entry.seat!, role: entry.data.role as SeatRole }].sort(bySeat);
      break;
    case CORE.seatLeft:
      core.seats = core.seats.filter((taken) => taken.seat !== entry.seat);
      break;
  }
  core.version += 1;
}

function edit(core: CoreState, { mode, maxPlayers }: Draft["data"]): void {
  if (mode !== undefined) core.mode = String(mode);
  if (maxPlayers !== undefined) core.maxPlayers = Number(maxPlayers);
}

function resultOf({ data: { seed: _, ...result } }: Entry): Draft["data"] {
  return result;
}

/** A real-time session whose clock has stood still since `quietSince` for this long ends. */
export const ABANDONED_AFTER_MS = 10 * 60 * 1000;

/** Since when nobody has been playing a started real-time session, in ms since the epoch. */
export function quietSince(core: CoreState): number {
  return core.tickedAt ?? core.startedAt ?? core.openedAt;
}

/** A session paused for this long ends. */
export const PAUSED_LIMIT_MS = 30 * 24 * 60 * 60 * 1000;

/** When the ledger itself ends the session (ms since the epoch), or infinity. Nothing else is due while it is paused. */
export function closingTime(core: CoreState, isRealtime: boolean): number {
  if (core.status === "waiting") return core.closesAt;
  if (core.status === "paused") return core.pausedAt! + PAUSED_LIMIT_MS;
  if (core.status === "active" && isRealtime) return quietSince(core) + ABANDONED_AFTER_MS;
  return Number.POSITIVE_INFINITY;
}

/** The lowest free seat for the role, or undefined when all `max` players' seats are taken. */
export function freeSeat(core: CoreState, role: SeatRole, max: number): number | undefined {
  const taken = new Set(core.seats.map(({ seat }) => seat));
  const first = role === "gm" ? FIRST_GM_SEAT : 0;
  const limit = role === "gm" ? FIRST_GM_SEAT + 1 : max;
  for (let seat = first; seat < limit; seat++) if (!taken.has(seat)) return seat;
  return undefined;
}

function bySeat(a: Seat, b: Seat): number {
  return a.seat - b.seat;
}
