import { ERRORS, type ErrorCode, Refusal, refusal } from "../errors.ts";
import { type CoreState, closingTime, freeSeat } from "./core.rules.ts";
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
import { type Plan, refuse, type Situation, staleness, write } from "./plan.ts";
import { type Edit, type Past, planEdit, planPause, planResume, planRewind } from "./session-orders.ts";

/**
 * Everything that can be asked of a session. With `ifVersion` it is refused as `version_conflict` unless that is the
 * session's version at the moment of the decision; a repeated action is answered whatever the version is by now.
 */
export type Order = (
  | { readonly kind: "act"; readonly seat: number; readonly command: Command; readonly actionId?: string }
  | { readonly kind: "take"; readonly role: SeatRole }
  | { readonly kind: "leave"; readonly seat: number }
  | { readonly kind: "timer" }
  | { readonly kind: "pause" }
  | { readonly kind: "resume" }
  | { readonly kind: "edit"; readonly edit: Edit }
  /** `past` is used up: the session goes on with the very object. */
  | { readonly kind: "rewind"; readonly past: Past; readonly reroll: boolean }
  | { readonly kind: "end"; readonly reason: string }
) & { readonly ifVersion?: number | undefined };

export function plan(order: Order, now: Situation): Plan {
  if (now.core.status === "ended") return planAfterEnd(order, now);
  if (order.kind === "act") return planAction(order, now);
  return staleness(order, now) ?? planOther(order, now);
}

function planOther(order: Exclude<Order, { kind: "act" }>, now: Situation): Plan {
  switch (order.kind) {
    case "take":
      return planTake(order.role, now);
    case "leave":
      return planLeave(order.seat, now);
    case "timer":
      return planTimer(now);
    case "pause":
      return planPause(now);
    case "resume":
      return planResume(now);
    case "edit":
      return planEdit(order.edit, now);
    case "rewind":
      return planRewind(order, now);
    case "end":
      return write([{ type: CORE.ended, data: { reason: order.reason } }]);
  }
}

/** A retry of what did take effect is still answered; everything else comes too late. */
function planAfterEnd(order: Order, now: Situation): Plan {
  if (order.kind === "act" && order.actionId !== undefined) {
    const known = now.actions.check(order.seat, order.actionId, now.at);
    if (known && !(known instanceof Refusal)) return { kind: "repeat", answer: known };
  }
  return refuse(order.kind === "pause" || order.kind === "resume" ? "invalid_transition" : "session_ended");
}

function planAction(order: Extract<Order, { kind: "act" }>, now: Situation): Plan {
  const { seat, actionId } = order;
  if (!roleOf(now.core, seat)) return refuse("not_seated");
  if (actionId !== undefined) {
    const known = now.actions.check(seat, actionId, now.at);
    if (known instanceof Refusal) return refuse(known);
    if (known) return { kind: "repeat", answer: known };
  }
  if (now.core.status === "paused") return refuse("session_paused");
  const stale = staleness(order, now);
  if (stale) return stale;
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
  const { game, core } = now;
  // A paused session stays as its players left it: who wants in waits for them.
  if (core.status === "paused") return refuse("session_paused");
  if (role === "gm" && !game.gameMaster) return refuse("forbidden");
  const seat = freeSeat(core, role, core.maxPlayers ?? game.seats.max);
  if (seat === undefined) return refuse("session_full");
  const outcome = game.onSeat?.(now.state, { kind: "taken", seat, role }, { at: now.at, seat, rng: now.rng }) ?? [];
  return settle(game, startingOnce(core, outcome), [{ type: CORE.seatTaken, data: { role } }], seat);
}

/** A game that starts when its first seat is taken says so again when that seat was left and somebody else takes it. */
function startingOnce({ status }: CoreState, outcome: readonly Draft[] | Refused): readonly Draft[] | Refused {
  if (status === "waiting" || "refused" in outcome) return outcome;
  return outcome.filter(({ type }) => type !== CORE.started);
}

function planLeave(seat: number, now: Situation): Plan {
  const role = roleOf(now.core, seat);
  if (!role) return refuse("not_seated");
  const ctx = { at: now.at, seat, rng: now.rng };
  const outcome = now.game.onSeat?.(now.state, { kind: "left", seat, role }, ctx) ?? [];
  return settle(now.game, outcome, [{ type: CORE.seatLeft, data: {} }], seat);
}

/** A fired timer carries an id made of its due time, so that two sweepers cannot fire it twice. */
function planTimer(now: Situation): Plan {
  const { wakeAt: due, at, core } = now;
  if (due === null || due > at) return write([], null);
  // What fired before a rewind may fire again after it.
  const actionId = core.rewinds === undefined ? `timer/${due}` : `timer/${due}/${core.rewinds}`;
  if (now.actions.has(null, actionId)) throw new Error(`the timer due at ${due} fired and did not move`);
  if (closingTime(core, now.game.realtime !== undefined) <= at) {
    const reason = core.status === "waiting" ? "never_started" : "abandoned";
    return write([{ type: CORE.ended, data: { reason } }], null, actionId);
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
  if (message !== undefined) return new Refusal(code, 409, message, false);
  if (Object.hasOwn(ERRORS, code)) return refusal(code as ErrorCode);
  throw new Error(`game ${game.id} refused with ${code}, which its table does not list`);
}

const LEDGER_ONLY: ReadonlySet<string> = new Set(
  [TICK, ...Object.values(CORE)].filter((type) => type !== CORE.started && type !== CORE.ended),
);

/** L3: seats, timers and endings are always critical; a game says it of its own commands. */
export function durabilityOf(game: AnyGame, order: Order): Durability {
  if (order.kind !== "act" || !Object.hasOwn(game.commands, order.command.type)) return "critical";
  return game.commands[order.command.type]!.durability;
}

export function roleOf(core: CoreState, seat: number): SeatRole | undefined {
  return core.seats.find((taken) => taken.seat === seat)?.role;
}
