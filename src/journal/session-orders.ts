import { refusal } from "../errors.ts";
import { CORE, type Draft } from "./game.ts";
import { statusAfter } from "./lifecycle.rules.ts";
import type { Order } from "./orders.ts";
import { type Plan, refuse, type Situation, write } from "./plan.ts";

/*
 * Orders about the session itself, whatever its game: none of them asks the game.
 */

export function planPause({ core }: Situation): Plan {
  if (!statusAfter(core.status, "pause")) return refuse("invalid_transition");
  return write([{ type: CORE.paused, data: {} }]);
}

export function planResume({ core, at }: Situation): Plan {
  if (!statusAfter(core.status, "resume")) return refuse("invalid_transition");
  return write([{ type: CORE.resumed, data: { pausedMs: at - core.pausedAt! } }]);
}

/** What an edit may change. The metadata themselves are none of the journal's business (L2): it notes their hash. */
export interface Edit {
  readonly mode?: string | undefined;
  readonly maxPlayers?: number | undefined;
  readonly metadataHash?: string | undefined;
}

export function planEdit({ mode, maxPlayers, metadataHash }: Edit, now: Situation): Plan {
  if (maxPlayers !== undefined && !seatsEnough(maxPlayers, now)) {
    const message = "Not fewer than sit there or the game needs, not more than the game can seat.";
    return refuse(refusal("validation_failed", undefined, [{ path: "maxPlayers", message }]));
  }
  const data: Draft["data"] = {
    ...(mode === undefined ? {} : { mode }),
    ...(maxPlayers === undefined ? {} : { maxPlayers }),
    ...(metadataHash === undefined ? {} : { metadata: true, metadataHash }),
  };
  return write(Object.keys(data).length === 0 ? [] : [{ type: CORE.edited, data }]);
}

function seatsEnough(maxPlayers: number, { game, core }: Situation): boolean {
  const seated = core.seats.filter(({ role }) => role === "player").length;
  return maxPlayers >= Math.max(seated, game.seats.min) && maxPlayers <= game.seats.max;
}

/** A state the session was in, and when: a pause, which nothing happens in, counts as its beginning. */
export interface Past {
  readonly seq: number;
  readonly at: number;
  readonly state: unknown;
}

export function planRewind({ past, reroll }: Extract<Order, { kind: "rewind" }>, now: Situation): Plan {
  const { core, game, at } = now;
  if (core.status === "waiting") return refuse("invalid_transition");
  if (!game.rewindable || past.seq >= now.seq) return refuse("not_rewindable");
  const elapsedMs = (core.pausedAt ?? at) - past.at;
  const seats = core.seats.map(({ seat }) => seat);
  return write([{ type: CORE.rewound, data: { toSeq: past.seq, reroll, elapsedMs, seats, ...drawn(now) } }]);
}

/** How many random numbers were ever drawn, for a reroll to begin after. */
function drawn({ core, state }: Situation): { draws?: number } {
  const { draws } = state as { draws?: unknown };
  return typeof draws === "number" ? { draws: Math.max(draws, core.drawn ?? 0) } : {};
}
