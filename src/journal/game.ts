import type { ZodType } from "zod";
import type { Json } from "../lib/canonical.ts";
import type { Draw } from "../lib/rng.ts";

/** Who is looking. What a viewer may see is decided by `view` and `redact`; whatever they leave out is hidden. */
export type Viewer =
  | { readonly kind: "seat"; readonly seat: number }
  | { readonly kind: "gm"; readonly seat: number }
  | { readonly kind: "spectator" }
  | { readonly kind: "system" };

export const SPECTATOR: Viewer = { kind: "spectator" };
export const SYSTEM: Viewer = { kind: "system" };

/** What `decide` returns and `evolve` receives before the ledger has numbered it. */
export interface Draft {
  readonly type: string;
  readonly data: { readonly [key: string]: Json };
}

/** One fact of a session (L2). It knows seat numbers, never accounts, devices, names or addresses. */
export interface Entry extends Draft {
  readonly seq: number;
  /** Milliseconds since the epoch; never less than the entry before it. */
  readonly at: number;
  readonly seat: number | null;
  readonly actionId?: string;
}

/** A rule's "no": one of the codes in the game's `refusals` table, or of the product's own. */
export interface Refused {
  readonly refused: string;
}

export interface Command {
  readonly type: string;
  readonly data: { readonly [key: string]: Json };
}

/** What a decision may use besides the state (L5). */
export interface DecideContext {
  readonly at: number;
  /** The acting seat; null for the system (timers). */
  readonly seat: number | null;
  /** Draw number `index` of this session: pass `state.draws + n`, and let `evolve` count the draws. */
  readonly rng: Draw;
}

/** L3. critical: nothing shows its effect before it is durable. normal: shown at once. ephemeral: never journaled. */
export type Durability = "critical" | "normal" | "ephemeral";

export interface CommandSpec {
  /** The shape of `data`; what does not fit never reaches `decide`. */
  readonly data: ZodType;
  readonly durability: Durability;
}

/** A seat changed hands. `onSeat` says what follows from it, or refuses it. */
export interface SeatChange {
  readonly kind: "taken" | "left";
  readonly seat: number;
  readonly role: SeatRole;
}

export type SeatRole = "player" | "gm";

/** One tick's effective inputs as the journal keeps them: flat integers in the game's own layout. */
export type TickInputs = readonly number[];

/** What makes a game a real-time game: it advances by fixed ticks, whose inputs are journaled. */
export interface Realtime<State> {
  /** Ticks per second. */
  readonly hz: number;
  /** False while the game's clock stands still, as before a match. */
  runs(state: State): boolean;
  /**
   * One fixed tick: mutates the state and returns what it decided (hits, scores). Recovery and replay call it again
   * with the journaled inputs and must get the same facts. To end the session return a `session.ended`.
   */
  step(state: State, inputs: TickInputs): readonly Draft[];
}

/**
 * A game: pure functions over a plain JSON state. The ledger drives them for the live room, for crash recovery, for
 * replay and for actions on a session that no room holds, so each of the four tests the others.
 *
 * Determinism (L6): integers, no clock, no randomness but `ctx.rng`, iteration by ascending seat or id.
 */
export interface Game<State, ClientView = unknown> {
  readonly id: string;
  /** Raise it with every change that makes `evolve` answer differently; recovery refuses a version it lacks. */
  readonly version: number;
  readonly seats: { readonly min: number; readonly max: number };
  /** True when the host may take a game master's seat. */
  readonly gameMaster?: boolean;
  readonly commands: { readonly [type: string]: CommandSpec };
  /** Every code of its own that `decide` and `onSeat` can refuse with, and the sentence a player sees. */
  readonly refusals: { readonly [code: string]: string };

  init(): State;
  decide(state: State, command: Command, ctx: DecideContext): readonly Draft[] | Refused;
  evolve(state: State, entry: Entry): void;
  /** What this viewer may see. Build it up from nothing: a field that is not copied is hidden. */
  view(state: State, viewer: Viewer): ClientView;
  /** The entry as this viewer may see it, or nothing. */
  redact(entry: Entry, viewer: Viewer): Draft | null;
  /** What follows when a seat is taken or left; by default nothing. */
  onSeat?(state: State, change: SeatChange, ctx: DecideContext): readonly Draft[] | Refused;
  /** When the system must send `timer` (ms since the epoch), or null. Firing it must move it. */
  wakeAt?(state: State): number | null;
  /** Whether a new player may still sit down once the game has started; by default nobody may. */
  admits?(state: State): boolean;
  readonly realtime?: Realtime<State>;
  /** True when it is played over HTTP alone: no room ever presents its sessions. */
  readonly roomless?: boolean;
  /**
   * True when a game master may take the session back to an earlier entry. The state must be all there is to the game,
   * and its count of draws, if it draws, a top-level number called `draws`: a reroll moves it beyond every number drawn.
   */
  readonly rewindable?: boolean;
  /** Lifts the state of a snapshot written by an older version, or throws. */
  upgrade?(state: unknown, fromVersion: number): State;
}

/** A game of any state, for registries that only hand it on. */
// biome-ignore lint/suspicious/noExplicitAny: the state's type is known to the game alone; `unknown` would forbid assignment
export type AnyGame = Game<any, unknown>;

export type GameRegistry = ReadonlyMap<string, AnyGame>;

/** The command type by which the ledger tells a game that its `wakeAt` has come. */
export const TIMER = "timer";

/** Entry type of a tick: `{in: TickInputs, facts?: Draft[]}`. Clients see its facts as events, never its inputs. */
export const TICK = "tick";

/**
 * Entry types of the ledger itself. Games may emit `started` and `ended`; the rest only the ledger writes. A game's
 * `evolve` is given none of `owner`, `paused` and `edited`, and `rewound` after its state was taken back.
 */
export const CORE = {
  opened: "session.opened",
  owner: "session.owner",
  started: "session.started",
  /** `{}` */
  paused: "session.paused",
  /** `{pausedMs}` */
  resumed: "session.resumed",
  /** `{mode?, maxPlayers?, metadata?: true, metadataHash?}` */
  edited: "session.edited",
  /** `{toSeq, reroll, elapsedMs, seats, draws?}`; `seats` are those taken now, which may not be those of then. */
  rewound: "session.rewound",
  ended: "session.ended",
  seatTaken: "seat.taken",
  seatLeft: "seat.left",
} as const;

/**
 * By how many ms a game's absolute deadlines move with this entry: time stood still while the session was paused, and a
 * session that was taken back has as much time left as it had then.
 */
export function deadlineShift({ type, data }: Entry): number {
  if (type === CORE.resumed) return Number(data.pausedMs);
  return type === CORE.rewound ? Number(data.elapsedMs) : 0;
}
