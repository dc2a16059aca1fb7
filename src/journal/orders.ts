import { Refusal, refusal } from "../errors.ts";
import type { Draw } from "../lib/rng.ts";
import type { ActionAnswer, ActionWindow } from "./action-window.ts";
import { ABANDONED_AFTER_MS, type CoreState, freeSeat, quietSince } from "./core.rules.ts";
import {
  type AnyGame,
  CORE,
  type Command,
  type Draft,
  type Durability,
  type Refused,
  type SeatRole,
  TICK,
  TIMER,
} from "./game.ts";

/** Everything that can be asked of a session. */
export type Order =
  | { readonly kind: "act"; readonly seat: number; readonly command: Command; readonly actionId?: string }
  | { readonly kind: "take"; readonly role: SeatRole }
  | { readonly kind: "leave"; readonly seat: number }
  | { readonly kind: "timer" }
  | { readonly kind: "end"; readonly reason: string };

/** What an order comes to, before anything has changed. */
export type Plan =
  | {
      readonly kind: "write";
      readonly drafts: readonly Draft[];
      readonly seat: number | null;
      readonly actionId?: string;
    }
  | { readonly kind: "repeat"; readonly answer: ActionAnswer }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** What a plan may look at; it changes none of it. */
export interface Situation {
  readonly game: AnyGame;
  readonly core: CoreState;
  readonly state: unknown;
  readonly actions: ActionWindow;
  readonly rng: Draw;
  readonly wakeAt: number | null;
  readonly at: number;
}

export function plan(order: Order, now: Situation): Plan {
  if (now.core.status === "ended") return planAfterEnd(order, now);
  switch (order.kind) {
    case "act":
      return planAction(order, now);
    case "take":
      return planTake(order.role, now);
    case "leave":
      return planLeave(order.seat, now);
    case "timer":
      return planTimer(now);
    case "end":
      return write([{ type: CORE.ended, data: { reason: order.reason } }], null);
  }
}

/** A retry of what did take effect is still answered; everything else comes too late. */
function planAfterEnd(order: Order, now: Situation): Plan {
  if (order.kind === "act" && order.actionId !== undefined) {
    const known = now.actions.check(order.seat, order.actionId, now.at);
    if (known && !(known instanceof Refusal)) return { kind: "repeat", answer: known };
  }
  return refuse(refusal("session_ended"));
}

function planAction(order: Extract<Order, { kind: "act" }>, now: Situation): Plan {
  const { seat, actionId } = order;
  if (!roleOf(now.core, seat)) return refuse(refusal("not_seated"));
  if (actionId !== undefined) {
    const known = now.actions.check(seat, actionId, now.at);
    if (known instanceof Refusal) return refuse(known);
    if (known) return { kind: "repeat", answer: known };
  }
  const command = parseCommand(now.game, order.command);
  if (command instanceof Refusal) return refuse(command);
  const outcome = now.game.decide(now.state, command, { at: now.at, seat, rng: now.rng });
  return settle(now.game, outcome, [], seat, actionId);
}

function parseCommand(game: AnyGame, command: Command): Command | Refusal {
  // `commands["constructor"]` would find Object's: only what the game itself lists is a command.
  const spec = Object.hasOwn(game.commands, command.type) ? game.commands[command.type] : undefined;
  if (!spec) return refusal("unknown_action");
  const { success, data, error } = spec.data.safeParse(command.data);
  if (success) return { type: command.type, data: data as Command["data"] };
  const errors = error.issues.map(({ path, message }) => ({ path: ["data", ...path].join("."), message }));
  return refusal("validation_failed", undefined, errors);
}

function planTake(role: SeatRole, now: Situation): Plan {
  const { game } = now;
  if (role === "gm" && !game.gameMaster) return refuse(refusal("forbidden"));
  const seat = freeSeat(now.core, role, game.seats.max);
  if (seat === undefined) return refuse(refusal("session_full"));
  const outcome = game.onSeat?.(now.state, { kind: "taken", seat, role }, { at: now.at, seat, rng: now.rng }) ?? [];
  return settle(game, outcome, [{ type: CORE.seatTaken, data: { role } }], seat);
}

function planLeave(seat: number, now: Situation): Plan {
  const role = roleOf(now.core, seat);
  if (!role) return refuse(refusal("not_seated"));
  const ctx = { at: now.at, seat, rng: now.rng };
  const outcome = now.game.onSeat?.(now.state, { kind: "left", seat, role }, ctx) ?? [];
  return settle(now.game, outcome, [{ type: CORE.seatLeft, data: {} }], seat);
}

/** A fired timer carries an id made of its due time, so that two sweepers cannot fire it twice. */
function planTimer(now: Situation): Plan {
  const { wakeAt: due, at } = now;
  if (due === null || due > at) return write([], null);
  const actionId = `timer/${due}`;
  if (now.actions.has(null, actionId)) throw new Error(`the timer due at ${due} fired and did not move`);
  if (now.core.status === "waiting" && now.core.closesAt <= at) {
    return write([{ type: CORE.ended, data: { reason: "never_started" } }], null, actionId);
  }
  if (now.game.realtime && now.core.status === "active" && quietSince(now.core) + ABANDONED_AFTER_MS <= at) {
    return write([{ type: CORE.ended, data: { reason: "abandoned" } }], null, actionId);
  }
  const outcome = now.game.decide(now.state, { type: TIMER, data: {} }, { at, seat: null, rng: now.rng });
  // An id is remembered with the entries it wrote: without any, this timer would fire again at once, for ever.
  if (!("refused" in outcome) && outcome.length === 0) throw new Error(`the timer due at ${due} wrote nothing`);
  return settle(now.game, outcome, [], null, actionId);
}

function settle(
  game: AnyGame,
  outcome: readonly Draft[] | Refused,
  first: readonly Draft[],
  seat: number | null,
  actionId?: string,
): Plan {
  if ("refused" in outcome) return refuse(ruleRefusal(game, outcome.refused));
  const forged = outcome.find(({ type }) => LEDGER_ONLY.has(type));
  if (forged) throw new Error(`game ${game.id} may not write ${forged.type}: only the ledger does`);
  return write([...first, ...outcome], seat, actionId);
}

function ruleRefusal(game: AnyGame, code: string): Refusal {
  const message = game.refusals[code];
  if (message === undefined) throw new Error(`game ${game.id} refused with ${code}, which its table does not list`);
  return new Refusal(code, 409, message, false);
}

const LEDGER_ONLY: ReadonlySet<string> = new Set([TICK, CORE.opened, CORE.owner, CORE.seatTaken, CORE.seatLeft]);

/** L3: seats, timers and endings are always critical; a game says it of its own commands. */
export function durabilityOf(game: AnyGame, order: Order): Durability {
  if (order.kind !== "act" || !Object.hasOwn(game.commands, order.command.type)) return "critical";
  return game.commands[order.command.type]!.durability;
}

export function roleOf(core: CoreState, seat: number): SeatRole | undefined {
  return core.seats.find((taken) => taken.seat === seat)?.role;
}

function write(drafts: readonly Draft[], seat: number | null, actionId?: string): Plan {
  return { kind: "write", drafts, seat, ...(actionId === undefined ? {} : { actionId }) };
}

function refuse(reason: Refusal): Plan {
  return { kind: "refused", refusal: reason };
}
