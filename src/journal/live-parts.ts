import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../log.ts";
import type { FlushGrid } from "./flush-grid.ts";
import type { Entry } from "./game.ts";
import type { Journal } from "./journal.ts";
import type { LiveSession } from "./live-session.ts";
import type { CloseReason } from "./presenter.ts";

/** What all live sessions of a process share: one object for all of them, for there may be very many. */
export interface LiveParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Logger;
  /** How long `normal` entries may wait for company, in ms. */
  readonly flushMs: number;
  /** How much play of a real-time game a crash may undo, in ms. */
  readonly tickMs: number;
  /** When the ticks of real-time games go to the journal. */
  readonly grid: FlushGrid;
  /** After every durable batch: the projection and the snapshots follow it. */
  readonly onDurable: (session: LiveSession, entries: readonly Entry[]) => void;
  readonly onClosed: (session: LiveSession, reason: CloseReason) => void;
  /** The game's code threw. */
  readonly onFault: (session: LiveSession, error: unknown) => void;
}
